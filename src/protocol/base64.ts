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
  const bytes = decodeBriefly(text);
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

/** As `decodeBase64`, for bytes that are looked at and let go: those kept would keep a piece of a pool from being freed. */
export function decodeBriefly(text: string): Buffer | undefined {
  if (!ALPHABETS.test(text)) return undefined;
  const end = text.indexOf('=');
  const digits = end === -1 ? text.length : end;
  return digits % 4 === 1 ? undefined : Buffer.from(text, 'base64');
}
