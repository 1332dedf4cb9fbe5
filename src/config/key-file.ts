/** The text of a key file, as Synapse writes it: `ed25519 <version> <unpadded base64 of the seed>`. */
import { decodeBase64, encodeBase64 } from '../protocol/base64.ts';
import { SEED_BYTES, signingKeyFromSeed, type SigningKey } from '../protocol/ed25519.ts';
import { parseKeyId } from '../protocol/ids/key-id.ts';

const LINE = /^ed25519 (\S{1,200}) (\S+)$/;

export function formatKeyFile(key: SigningKey): string {
  return `${key.keyId.replace(':', ' ')} ${encodeBase64(key.seed)}\n`;
}

/** Undefined where the text is not exactly one ed25519 key. */
export function parseKeyFile(text: string): SigningKey | undefined {
  const [, version, base64] = LINE.exec(text.trim()) ?? [];
  if (version === undefined || base64 === undefined) return undefined;
  const keyId = parseKeyId(`ed25519:${version}`);
  const seed = decodeBase64(base64);
  if (keyId === undefined || seed?.length !== SEED_BYTES) return undefined;
  return signingKeyFromSeed(keyId, seed);
}
