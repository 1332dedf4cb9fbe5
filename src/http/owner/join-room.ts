/** `POST /_gatehouse/admin/v1/rooms/join`: joins a public room by id or alias, through the servers given. */
import { parseRoomAlias, type RoomAlias } from '../../protocol/ids/room-alias.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { parseServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonArray, own, ownString, type JsonValue } from '../../protocol/json.ts';
import type { JoinOutcome } from '../../rooms/outcomes.ts';
import { requiredBody, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface JoinDeps {
  readonly joinRoom: (target: RoomId | RoomAlias, via: readonly ServerName[]) => Promise<JoinOutcome>;
}

export const joinRoom: OpenEndpoint<JoinDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/rooms/join',
  auth: 'owner',
  bodyLimit: 64 * 1024,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const text = ownString(body, 'target') ?? '';
    const target = parseRoomId(text) ?? parseRoomAlias(text);
    if (target === undefined) throw matrixError('M_INVALID_PARAM', 400, 'target is no room id and no room alias.');
    return valueAnswer(await deps.joinRoom(target, serverNames(own(body, 'via') ?? [])));
  },
};

function serverNames(via: JsonValue): readonly ServerName[] {
  if (!isJsonArray(via)) throw matrixError('M_INVALID_PARAM', 400, 'via is no array.');
  return via.map((item) => {
    const name = typeof item === 'string' ? parseServerName(item) : undefined;
    if (name === undefined) throw matrixError('M_INVALID_PARAM', 400, 'via holds what is no server name.');
    return name;
  });
}
