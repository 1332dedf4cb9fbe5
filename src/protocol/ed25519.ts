/** ed25519 keys and signatures (appendices, "Signing JSON"), by libsodium as in Synapse. */
import sodium from 'sodium-native';
import { decodeBase64, decodeBriefly, encodeBase64 } from './base64.ts';
import type { KeyId } from './ids/key-id.ts';

/** A key pair with the id under which it signs. */
export interface SigningKey {
  readonly keyId: KeyId;
  readonly publicKey: Uint8Array;
  /** Unpadded base64 of `publicKey`. */
  readonly publicKeyText: string;
  /** 32 bytes from which the pair is made: what key files hold. */
  readonly seed: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** Length of the seed that a key pair is made from. */
export const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The key pair of a 32-byte seed. Throws a RangeError for another length. */
export function signingKeyFromSeed(keyId: KeyId, seed: Uint8Array): SigningKey {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${String(SEED_BYTES)} bytes`);
  const publicKey = Buffer.alloc(PUBLIC_KEY_BYTES);
  const secretKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(seed));
  return { keyId, publicKey, publicKeyText: encodeBase64(publicKey), seed, secretKey };
}

/** The signature of a text's UTF-8 bytes, in unpadded base64. */
export function signText(key: SigningKey, text: string): string {
  const signature = Buffer.alloc(SIGNATURE_BYTES);
  sodium.crypto_sign_detached(signature, Buffer.from(text), asBuffer(key.secretKey));
  return encodeBase64(signature);
}

/** Whether `signature` (base64) is the key's over the text. Malformed signatures and keys are simply wrong. */
export function verifyText(publicKey: Uint8Array, text: string, signature: string): boolean {
  const bytes = decodeBriefly(signature);
  if (bytes?.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
  return sodium.crypto_sign_verify_detached(bytes, Buffer.from(text), asBuffer(publicKey));
}

/** The bytes of a public key in base64; `undefined` where it is not 32 bytes long. */
export function decodePublicKey(text: string): Uint8Array | undefined {
  const bytes = decodeBase64(text);
  return bytes?.length === PUBLIC_KEY_BYTES ? bytes : undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
