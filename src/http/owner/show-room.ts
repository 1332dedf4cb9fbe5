/** `GET /_gatehouse/admin/v1/rooms/{roomId}`: one room, and the `m.room.policy` content that it should have. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { GraphOverview } from '../../rooms/inspection.ts';
import type { RoomSummary } from '../../rooms/outcomes.ts';
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { roomIdParam } from './room-id-param.ts';

export interface ShowRoomDeps {
  readonly showRoom: (roomId: RoomId) => Promise<RoomSummary | undefined>;
  readonly showGraph: (roomId: RoomId) => Promise<GraphOverview | undefined>;
  /** The content of `m.room.policy` to copy into a room. */
  readonly policyContent: () => JsonObject;
}

export interface RoomDetails {
  readonly room: RoomSummary;
  readonly graph: GraphOverview | undefined;
  readonly policyContent: JsonObject;
}

export const showRoom: OpenEndpoint<ShowRoomDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/rooms/{roomId}',
  auth: 'owner',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const roomId = roomIdParam(request);
    const room = await deps.showRoom(roomId);
    if (room === undefined) throw matrixError('M_NOT_FOUND', 404, 'The bot has never been in that room.');
    const graph = await deps.showGraph(roomId);
    return valueAnswer({ room, graph, policyContent: deps.policyContent() } satisfies RoomDetails);
  },
};
