/** Which policy server a room names (server-server API, "Determining if a Policy Server is enabled in a room"; MSC4284). */
import { decodePublicKey } from './ed25519.ts';
import { parseServerName, type ServerName } from './ids/server-name.ts';
import { ownObject, ownString, type JsonObject } from './json.ts';

/** State event, with an empty state key, that names the policy server; never signed by it. */
export const POLICY_EVENT_TYPE = 'm.room.policy';
/** The same from before MSC4284 was merged. */
export const UNSTABLE_POLICY_EVENT_TYPE = 'org.matrix.msc4284.policy';

/** The server to ask and the 32 bytes of its policy key. Whether it has a user in the room is the caller's to know. */
export interface RoomPolicy {
  readonly via: ServerName;
  readonly publicKey: Uint8Array;
}

/** Reads the content of `m.room.policy`; `undefined` where it names no policy server that could be used. */
export function readRoomPolicy(content: JsonObject): RoomPolicy | undefined {
  return readPolicy(content, ownString(ownObject(content, 'public_keys') ?? {}, 'ed25519'));
}

/** The unstable event may carry its key as `public_key`. */
export function readUnstableRoomPolicy(content: JsonObject): RoomPolicy | undefined {
  const listed = ownString(ownObject(content, 'public_keys') ?? {}, 'ed25519');
  return readPolicy(content, listed ?? ownString(content, 'public_key'));
}

function readPolicy(content: JsonObject, key: string | undefined): RoomPolicy | undefined {
  const via = parseServerName(ownString(content, 'via') ?? '');
  const publicKey = key === undefined ? undefined : decodePublicKey(key);
  return via === undefined || publicKey === undefined ? undefined : { via, publicKey };
}

/** The content that a moderator puts into the room's `m.room.policy`. */
export function roomPolicyContent(via: ServerName, publicKeyText: string): JsonObject {
  return { via, public_keys: { ed25519: publicKeyText } };
}
