/**
 * What ids of the form `&localpart:domain` share (appendices, "Common Identifier Format"): at most 255 bytes in UTF-8,
 * a localpart of any code points but `:`, NUL and surrogates, and a server name.
 */
import { parseServerName, type ServerName } from './server-name.ts';

/** Longest id, sigil and domain included, in bytes of UTF-8. */
export const MAX_ID_BYTES = 255;

/** `localpart` is everything between the sigil and the first colon, and may be empty. */
export interface SigilId {
  localpart: string;
  serverName: ServerName;
}

/** `undefined` where the text has another sigil, no server name, or is too long. */
export function splitSigilId(text: string, sigil: string): SigilId | undefined {
  if (!text.startsWith(sigil) || !fitsId(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  const localpart = text.slice(1, colon);
  if (localpart.includes('\0')) return undefined;
  const serverName = parseServerName(text.slice(colon + 1));
  return serverName === undefined ? undefined : { localpart, serverName };
}

/** Whether the text is well-formed and at most 255 bytes long. */
export function fitsId(text: string): boolean {
  if (text.length > MAX_ID_BYTES || !text.isWellFormed()) return false;
  return text.length <= MAX_ID_BYTES / 3 || Buffer.byteLength(text) <= MAX_ID_BYTES;
}
