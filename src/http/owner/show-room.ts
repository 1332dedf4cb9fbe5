/** `GET /_gatehouse/admin/v1/rooms/{roomId}`: one room, and the `m.room.policy` content that it should have. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { RoomSummary } from '../../rooms/outcomes.ts';
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { roomIdParam } from './room-id-param.ts';

export interface ShowRoomDeps {
  readonly showRoom: (roomId: RoomId) => Promise<RoomSummary | undefined>;
  /** The content of `m.room.policy` to copy into a room. */
  readonly policyContent: () => JsonObject;
}

export interface RoomDetails {
  readonly room: RoomSummary;
  readonly policyContent: JsonObject;
}

export const showRoom: OpenEndpoint<ShowRoomDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/rooms/{roomId}',
  auth: 'owner',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const room = await deps.showRoom(roomIdParam(request));
    if (room === undefined) throw matrixError('M_NOT_FOUND', 404, 'The bot has never been in that room.');
    return valueAnswer({ room, policyContent: deps.policyContent() } satisfies RoomDetails);
  },
};
