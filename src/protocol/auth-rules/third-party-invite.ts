/** Invites made from third-party ones: `content.third_party_invite` of a member event, step 1 of the rule for invites. */
import { decodePublicKey, verifyText } from '../ed25519.ts';
import type { Pdu } from '../events.ts';
import { algorithmOf, parseKeyId } from '../ids/key-id.ts';
import { isJsonArray, isJsonObject, own, ownObject, ownString, type JsonObject } from '../json.ts';
import { signedTextOf } from '../signing.ts';
import { membershipOf, type AuthScene } from './auth-state.ts';
import { ALLOWED, reject, type AuthVerdict } from './verdict.ts';

/**
 * Signatures that are tried, over all keys.
 * @NOTE the text sets no limit; an event could hold enough keys and signatures to occupy a server for a minute.
 */
const MAX_VERIFICATIONS = 256;

/** Steps 1–8 for an invite whose content has `third_party_invite`; `rule` is the number of that step. */
export function checkThirdPartyInvite(scene: AuthScene, rule: string, target: string): AuthVerdict {
  const { pdu } = scene;
  // 1. If target user is banned, reject.
  if (membershipOf(scene, target) === 'ban') return reject(`${rule}.1`, 'the invited user is banned');
  // 2. If content.third_party_invite does not have a signed property, reject.
  const signed = ownObject(ownObject(pdu.content, 'third_party_invite') ?? {}, 'signed');
  if (signed === undefined) return reject(`${rule}.2`, 'third_party_invite has no signed property');
  // 3. If signed does not have mxid and token properties, reject.
  const mxid = ownString(signed, 'mxid');
  const token = ownString(signed, 'token');
  if (mxid === undefined || token === undefined) return reject(`${rule}.3`, 'signed has no mxid or no token');
  // 4. If mxid does not match state_key, reject.
  if (mxid !== target) return reject(`${rule}.4`, 'mxid is not the invited user');
  // 5. If there is no m.room.third_party_invite event in the current room state with state_key matching token, reject.
  const invite = scene.state.get('m.room.third_party_invite', token);
  if (invite === undefined) return reject(`${rule}.5`, 'the room has no third-party invite with this token');
  // 6. If sender does not match sender of the m.room.third_party_invite, reject.
  if (invite.sender !== pdu.sender) return reject(`${rule}.6`, 'the third-party invite was made by another user');
  // 7. If any signature in signed matches any public key in the m.room.third_party_invite event, allow.
  // @NOTE Synapse gives up on a key at the first signature that it did not make; the text asks for any.
  if (isSignedFor(pdu, signed, invite)) return ALLOWED;
  // 8. Otherwise, reject.
  return reject(`${rule}.8`, 'no signature is by a key of the third-party invite');
}

const signedFor = new WeakMap<Pdu, WeakMap<Pdu, boolean>>();

/** Remembered, as state resolution asks for the same pair of events again and again. */
function isSignedFor(pdu: Pdu, signed: JsonObject, invite: Pdu): boolean {
  const known = signedFor.get(pdu) ?? new WeakMap<Pdu, boolean>();
  signedFor.set(pdu, known);
  const isSigned = known.get(invite) ?? isSignedByAny(signed, publicKeysOf(invite));
  known.set(invite, isSigned);
  return isSigned;
}

/** `public_key`, then those in the list `public_keys`; whatever is no ed25519 key is left out. */
function publicKeysOf(invite: Pdu): readonly Uint8Array[] {
  const texts = [ownString(invite.content, 'public_key')];
  const list = own(invite.content, 'public_keys');
  if (isJsonArray(list)) {
    for (const item of list) if (isJsonObject(item)) texts.push(ownString(item, 'public_key'));
  }
  return texts
    .map((text) => (text === undefined ? undefined : decodePublicKey(text)))
    .filter((key) => key !== undefined);
}

function isSignedByAny(signed: JsonObject, publicKeys: readonly Uint8Array[]): boolean {
  const text = signedTextOf(signed);
  let left = MAX_VERIFICATIONS;
  for (const signature of signaturesOf(signed)) {
    for (const publicKey of publicKeys) {
      if (left === 0) return false;
      left -= 1;
      if (verifyText(publicKey, text, signature)) return true;
    }
  }
  return false;
}

function* signaturesOf(signed: JsonObject): Generator<string> {
  for (const ofServer of Object.values(ownObject(signed, 'signatures') ?? {})) {
    if (!isJsonObject(ofServer)) continue;
    for (const [name, signature] of Object.entries(ofServer)) {
      const keyId = parseKeyId(name);
      if (keyId !== undefined && algorithmOf(keyId) === 'ed25519' && typeof signature === 'string') yield signature;
    }
  }
}
