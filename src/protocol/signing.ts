/** Signed JSON and signed events (appendices, "Signing JSON"; server-server API, "Signing Events"). */
import { canonicalText } from './canonical-json.ts';
import { encodeBase64 } from './base64.ts';
import { signText, verifyText, type SigningKey } from './ed25519.ts';
import { signableTextOf, signableText, type Pdu } from './events.ts';
import { contentHash } from './hashes.ts';
import { algorithmOf, parseKeyId, type KeyId } from './ids/key-id.ts';
import { parseOpaqueEventId } from './ids/event-id.ts';
import type { ServerName } from './ids/server-name.ts';
import { parseUserId, serverNameOf } from './ids/user-id.ts';
import { isJsonObject, own, ownObject, ownString, withKeys, type JsonObject, type JsonValue } from './json.ts';
import type { RoomVersionRules } from './room-versions.ts';

const NOT_SIGNED: ReadonlySet<string> = new Set(['signatures', 'unsigned']);

/** The text whose bytes are signed for a JSON object: canonical, without `signatures` and `unsigned`. */
export function signedTextOf(object: JsonObject): string {
  return canonicalText(object, NOT_SIGNED);
}

/** A copy of the object with our signature added to those it has. */
export function signJson(object: JsonObject, serverName: ServerName, key: SigningKey): JsonObject {
  return addSignature(object, serverName, key.keyId, signText(key, signedTextOf(object)));
}

/** A copy of the event with our signature added; its hashes are left as they are. */
export function signEvent(
  raw: JsonObject,
  rules: RoomVersionRules,
  serverName: ServerName,
  key: SigningKey,
): JsonObject {
  return addSignature(raw, serverName, key.keyId, signText(key, signableTextOf(raw, rules)));
}

/** A new event of ours: content hash first, then the signature over its redacted form. */
export function hashAndSignEvent(
  draft: JsonObject,
  rules: RoomVersionRules,
  serverName: ServerName,
  key: SigningKey,
): JsonObject {
  const hashed = withKeys(draft, new Map([['hashes', { sha256: encodeBase64(contentHash(draft)) }]]));
  return signEvent(hashed, rules, serverName, key);
}

/** A copy with a signature (base64) added; what other signatures there are stays. */
export function addSignature(object: JsonObject, serverName: string, keyId: string, signature: string): JsonObject {
  const signatures = ownObject(object, 'signatures') ?? {};
  const ofServer = withKeys(ownObject(signatures, serverName) ?? {}, new Map([[keyId, signature]]));
  return withKeys(object, new Map([['signatures', withKeys(signatures, new Map([[serverName, ofServer]]))]]));
}

/** The ed25519 signatures that an object claims to have from a server: key id and base64 text. */
export function signaturesBy(object: JsonObject, serverName: ServerName): ReadonlyMap<KeyId, string> {
  const found = new Map<KeyId, string>();
  const signatures = own(object, 'signatures');
  const ofServer = isJsonObject(signatures) ? own(signatures, serverName) : undefined;
  if (!isJsonObject(ofServer)) return found;
  for (const [text, signature] of Object.entries(ofServer)) {
    const keyId = parseKeyId(text);
    if (keyId !== undefined && algorithmOf(keyId) === 'ed25519' && typeof signature === 'string') {
      found.set(keyId, signature);
    }
  }
  return found;
}

/**
 * A server's key as the verifier may use it for one event: `undefined` where the key is not known (it is skipped), an
 * expired one is not given either.
 */
export type KeyLookup = (serverName: ServerName, keyId: KeyId) => Uint8Array | undefined;

/** `unknownKeys`: none of the keys could be had, so the check may come out otherwise later. */
export type SignatureFailure =
  | { type: 'noSignature'; serverName: ServerName }
  | { type: 'unknownKeys'; serverName: ServerName; keyIds: readonly KeyId[] }
  | { type: 'wrongSignature'; serverName: ServerName; keyId: KeyId };

/** The first server whose signature is missing or wrong decides. */
export type SignatureCheck = { ok: true } | { ok: false; reason: SignatureFailure };

/**
 * Check 2 on receipt of a PDU: every server that must have signed it has, by at least one known key, and none of its
 * known keys signed wrongly ("Validating hashes and signatures on received events", v1.19).
 */
export function verifyEventSignatures(pdu: Pdu, keys: KeyLookup): SignatureCheck {
  for (const serverName of requiredSigners(pdu)) {
    const check = verifySignaturesBy(serverName, signaturesBy(pdu.raw, serverName), signableText(pdu), keys);
    if (!check.ok) return check;
  }
  return { ok: true };
}

/** One server's signatures over a text: at least one known key, and no known key wrongly. */
export function verifySignaturesBy(
  serverName: ServerName,
  signatures: ReadonlyMap<KeyId, string>,
  text: string,
  keys: KeyLookup,
): SignatureCheck {
  if (signatures.size === 0) return { ok: false, reason: { type: 'noSignature', serverName } };
  let verified = 0;
  for (const [keyId, signature] of signatures) {
    const publicKey = keys(serverName, keyId);
    if (publicKey === undefined) continue;
    if (!verifyText(publicKey, text, signature)) {
      return { ok: false, reason: { type: 'wrongSignature', serverName, keyId } };
    }
    verified += 1;
  }
  return verified > 0
    ? { ok: true }
    : { ok: false, reason: { type: 'unknownKeys', serverName, keyIds: [...signatures.keys()] } };
}

/**
 * The servers that must have signed an event: the sender's (but for invites made from third-party ones), in versions 1
 * and 2 that of the event id, and from version 8 on the one that authorised a restricted join.
 */
export function requiredSigners(pdu: Pdu): readonly ServerName[] {
  const signers = new Set<ServerName>();
  if (!isThirdPartyInvite(pdu)) signers.add(serverNameOf(pdu.sender));
  if (pdu.rules.eventIdFormat === 'opaque') {
    const opaque = parseOpaqueEventId(pdu.eventId);
    if (opaque !== undefined) signers.add(opaque.serverName);
  }
  const authoriser = authorisingUser(pdu);
  if (authoriser !== undefined) signers.add(serverNameOf(authoriser));
  return [...signers];
}

function authorisingUser(pdu: Pdu) {
  if (!pdu.rules.auth.restrictedJoins || pdu.type !== 'm.room.member') return undefined;
  if (ownString(pdu.content, 'membership') !== 'join') return undefined;
  return parseUserId(ownString(pdu.content, 'join_authorised_via_users_server') ?? '');
}

function isThirdPartyInvite(pdu: Pdu): boolean {
  if (pdu.type !== 'm.room.member' || ownString(pdu.content, 'membership') !== 'invite') return false;
  const invite: JsonValue | undefined = own(pdu.content, 'third_party_invite');
  return isJsonObject(invite) && isJsonObject(own(invite, 'signed'));
}
