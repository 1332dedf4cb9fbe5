/**
 * What ids of the form `&localpart:domain` share (appendices, "Common Identifier Format"): at most 255 bytes in UTF-8,
 * a localpart of any code points but `:`, NUL and surrogates, and a server name.
 */
import { parseServerName, type ServerName } from './server-name.ts';

export const MAX_ID_BYTES = 255;

export interface SigilId {
  localpart: string;
  serverName: ServerName;
}

export function splitSigilId(text: string, sigil: string): SigilId | undefined {
  if (!text.startsWith(sigil) || !fitsId(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  const localpart = text.slice(1, colon);
  if (localpart.includes('\0')) return undefined;
  const serverName = parseServerName(text.slice(colon + 1));
  return serverName === undefined ? undefined : { localpart, serverName };
}

export function fitsId(text: string): boolean {
  if (text.length > MAX_ID_BYTES || !text.isWellFormed()) return false;
  return text.length <= MAX_ID_BYTES / 3 || Buffer.byteLength(text) <= MAX_ID_BYTES;
}
