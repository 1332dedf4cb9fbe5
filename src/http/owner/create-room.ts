/** `POST /_gatehouse/admin/v1/rooms`: a new room, with the bot as its creator. */
import type { RoomAlias } from '../../protocol/ids/room-alias.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import { isJsonArray, own, ownString, type JsonObject } from '../../protocol/json.ts';
import type { CreateOutcome, NewRoom } from '../../rooms/sending/create-room.ts';
import { requiredBody, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface CreateRoomDeps {
  readonly createRoom: (wanted: NewRoom) => Promise<CreateOutcome>;
  readonly defaultRoomVersion: string;
  /** An alias of this server; `undefined` where the text is none. */
  readonly ownAlias: (text: string) => RoomAlias | undefined;
}

const MAX_INVITES = 500;
const MAX_NAME_BYTES = 1_024;

export const createRoom: OpenEndpoint<CreateRoomDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/rooms',
  auth: 'owner',
  bodyLimit: 256 * 1024,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const name = ownString(body, 'name');
    if (Buffer.byteLength(name ?? '') > MAX_NAME_BYTES) throw matrixError('M_INVALID_PARAM', 400, 'name is too long.');
    return valueAnswer(
      await deps.createRoom({
        version: ownString(body, 'version') ?? deps.defaultRoomVersion,
        name,
        alias: aliasOf(body, deps),
        isPublic: own(body, 'public') === true,
        invite: invitedUsers(body),
        isProtected: own(body, 'policy') !== false,
      }),
    );
  },
};

function aliasOf(body: JsonObject, deps: CreateRoomDeps): RoomAlias | undefined {
  const text = ownString(body, 'alias');
  if (text === undefined) return undefined;
  const alias = deps.ownAlias(text);
  if (alias === undefined) throw matrixError('M_INVALID_PARAM', 400, 'alias is no room alias of this server.');
  return alias;
}

function invitedUsers(body: JsonObject): readonly UserId[] {
  const list = own(body, 'invite') ?? [];
  if (!isJsonArray(list) || list.length > MAX_INVITES) {
    throw matrixError('M_INVALID_PARAM', 400, `invite is no array of at most ${String(MAX_INVITES)} user ids.`);
  }
  return list.map((item) => {
    const userId = typeof item === 'string' ? parseUserId(item) : undefined;
    if (userId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'invite holds what is no user id.');
    return userId;
  });
}
