/** Content and reference hashes (server-server API, "Calculating the content hash for an event", "… reference hash"). */
import { hash } from 'node:crypto';
import { canonicalText } from './canonical-json.ts';
import { decodeBase64 } from './base64.ts';
import { isJsonObject, own, type JsonObject } from './json.ts';

/** Keys that the content hash does not cover. */
export const NOT_IN_CONTENT_HASH: ReadonlySet<string> = new Set(['unsigned', 'signatures', 'hashes']);

/**
 * SHA-256 over the event without `unsigned`, `signatures` and `hashes`.
 * @NOTE Synapse also leaves out top-level `age_ts`, `outlier` and `destinations`; the text does not, nor does this.
 */
export function contentHash(event: JsonObject): Uint8Array {
  return sha256(canonicalText(event, NOT_IN_CONTENT_HASH));
}

/** `mismatch` means that only the redacted event may be trusted. */
export type ContentHashCheck = 'match' | 'mismatch' | 'missing';

/** `missing` where there is no `hashes.sha256`; `mismatch` also where it is no base64. */
export function checkContentHash(event: JsonObject): ContentHashCheck {
  return checkContentHashOfText(event, canonicalText(event, NOT_IN_CONTENT_HASH));
}

/** As `checkContentHash`, where the canonical text that the hash covers is at hand. */
export function checkContentHashOfText(event: JsonObject, text: string): ContentHashCheck {
  const hashes = own(event, 'hashes');
  const claimed = isJsonObject(hashes) ? own(hashes, 'sha256') : undefined;
  if (claimed === undefined) return 'missing';
  if (typeof claimed !== 'string') return 'mismatch';
  const expected = sha256Text(text, 'base64');
  // Nearly all are written without padding and in the standard alphabet.
  if (claimed === expected.slice(0, -1)) return 'match';
  const bytes = decodeBase64(claimed);
  return bytes !== undefined && Buffer.compare(bytes, Buffer.from(expected, 'base64')) === 0 ? 'match' : 'mismatch';
}

/** SHA-256 of the text in UTF-8, 32 bytes. */
export function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}

/** SHA-256 of the text in UTF-8, written in base64: padded, or URL-safe and unpadded. */
export function sha256Text(text: string, encoding: 'base64' | 'base64url'): string {
  return hash('sha256', text, encoding);
}
