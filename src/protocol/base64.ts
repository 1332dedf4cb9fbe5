/** Unpadded base64 (appendices, "Unpadded Base64"). */

const ALPHABETS = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Standard alphabet, no padding: the form in which Gatehouse writes keys, hashes and signatures. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/, '');
}

/** URL-safe alphabet, no padding: event ids of room versions 4 and later. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Decodes either alphabet, padded or not.
 * @NOTE the specification's own example of a policy key is URL-safe although its text says unpadded base64, and Synapse
 * takes both; so both are read.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!ALPHABETS.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  if (digits.length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(digits, 'base64'));
}
