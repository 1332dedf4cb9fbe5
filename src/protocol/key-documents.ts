/** Published server keys and their validity (server-server API, "Publishing Keys", "Validating hashes and signatures"). */
import { decodePublicKey, type SigningKey } from './ed25519.ts';
import { algorithmOf, parseKeyId, type KeyId } from './ids/key-id.ts';
import type { ServerName } from './ids/server-name.ts';
import { own, ownObject, ownString, isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { signaturesBy, signedTextOf, signJson, verifySignaturesBy } from './signing.ts';

/** A key that a server publishes, with the time up to which it counts. */
export interface VerifyKey {
  readonly publicKey: Uint8Array;
  /** Milliseconds. Of a current key: until when its server vouches for it. Of an old one: when it stopped signing. */
  readonly validUntilTs: number;
  /** An `old_verify_keys` entry: good for events up to `validUntilTs`, never for requests. */
  readonly expired: boolean;
}

/** A server's keys, current and old, as one document lists them; `validUntilTs` in milliseconds. */
export interface ServerKeys {
  readonly serverName: ServerName;
  readonly validUntilTs: number;
  readonly keys: ReadonlyMap<KeyId, VerifyKey>;
}

/** `detail` says why the document cannot be trusted. */
export type ServerKeysResult = { ok: true; keys: ServerKeys } | { ok: false; detail: string };

/** How far ahead `valid_until_ts` counts at the most: 7 days ("Publishing Keys"). */
export const MAX_KEY_VALIDITY_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_KEYS_IN_DOCUMENT = 256;

/** Reads a `/key/v2/server` document: its `server_name` is the expected one and one of its own keys signed it. */
export function parseServerKeys(document: JsonValue, expected: ServerName): ServerKeysResult {
  if (!isJsonObject(document)) return { ok: false, detail: 'the document is no object' };
  if (ownString(document, 'server_name') !== expected) return { ok: false, detail: `server_name is not ${expected}` };
  const validUntilTs = own(document, 'valid_until_ts');
  if (typeof validUntilTs !== 'number') return { ok: false, detail: 'valid_until_ts is no integer' };
  const keys = new Map<KeyId, VerifyKey>();
  readOldKeys(ownObject(document, 'old_verify_keys') ?? {}, keys);
  const current = readKeys(ownObject(document, 'verify_keys') ?? {});
  for (const [keyId, publicKey] of current) keys.set(keyId, { publicKey, validUntilTs, expired: false });
  if (keys.size > MAX_KEYS_IN_DOCUMENT) return { ok: false, detail: 'the document lists too many keys' };
  const signatures = signaturesBy(document, expected);
  const check = verifySignaturesBy(expected, signatures, signedTextOf(document), (_, keyId) => current.get(keyId));
  if (!check.ok) return { ok: false, detail: `the document is not signed by its own keys (${check.reason.type})` };
  return { ok: true, keys: { serverName: expected, validUntilTs, keys } };
}

function readKeys(object: JsonObject): Map<KeyId, Uint8Array> {
  const keys = new Map<KeyId, Uint8Array>();
  for (const [text, entry] of Object.entries(object)) {
    const keyId = parseKeyId(text);
    if (keyId === undefined || algorithmOf(keyId) !== 'ed25519' || !isJsonObject(entry)) continue;
    const publicKey = decodePublicKey(ownString(entry, 'key') ?? '');
    if (publicKey !== undefined) keys.set(keyId, publicKey);
  }
  return keys;
}

function readOldKeys(object: JsonObject, into: Map<KeyId, VerifyKey>): void {
  for (const [keyId, publicKey] of readKeys(object)) {
    const entry = ownObject(object, keyId);
    const expiredTs = entry === undefined ? undefined : own(entry, 'expired_ts');
    if (typeof expiredTs === 'number') into.set(keyId, { publicKey, validUntilTs: expiredTs, expired: true });
  }
}

/**
 * Whether a key may verify an event of `originServerTs`. Up to room version 4 `valid_until_ts` is ignored; an old key
 * counts until it expired in every version (room version 5, "Signing key validity period").
 * @NOTE Synapse ignores the expiry of old keys too in versions 1–4; the text does not say so.
 */
export function keyCoversEvent(key: VerifyKey, originServerTs: number, enforceValidity: boolean, now: number): boolean {
  if (key.expired) return originServerTs <= key.validUntilTs;
  if (!enforceValidity) return true;
  return originServerTs <= Math.min(key.validUntilTs, now + MAX_KEY_VALIDITY_MS);
}

/** Whether a key may authenticate a request made now. */
export function keyCoversRequest(key: VerifyKey, now: number): boolean {
  return !key.expired && key.validUntilTs >= now;
}

/** A key that no longer signs; `expiredTs` in milliseconds is when it stopped. */
export interface OldKey {
  readonly keyId: KeyId;
  /** Unpadded base64. */
  readonly publicKeyText: string;
  readonly expiredTs: number;
}

/** The document that `GET /_matrix/key/v2/server` answers. The policy key does not belong into it. */
export function makeServerKeys(
  serverName: ServerName,
  key: SigningKey,
  oldKeys: readonly OldKey[],
  validUntilTs: number,
): JsonObject {
  const document: JsonObject = {
    server_name: serverName,
    verify_keys: { [key.keyId]: { key: key.publicKeyText } },
    old_verify_keys: Object.fromEntries(
      oldKeys.map((old) => [old.keyId, { key: old.publicKeyText, expired_ts: old.expiredTs }]),
    ),
    valid_until_ts: validUntilTs,
  };
  return signJson(document, serverName, key);
}
