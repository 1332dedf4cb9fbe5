import type { VerifyKey } from '../protocol/key-documents.ts';

/**
 * What is known of a key once a server's document has told about it again. Other bytes under a known id never count. An
 * old document must not take validity away, nor bring a key back that has expired since.
 */
export function renewedKey(known: VerifyKey, told: VerifyKey): VerifyKey {
  if (!sameBytes(known.publicKey, told.publicKey)) return known;
  if (told.expired) return told;
  return told.validUntilTs > known.validUntilTs ? told : known;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
