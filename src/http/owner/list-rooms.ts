/** `GET /_gatehouse/admin/v1/rooms`: the rooms that the bot is in, is getting into, or has left. */
import type { RoomSummary } from '../../rooms/outcomes.ts';
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface ListRoomsDeps {
  readonly listRooms: () => Promise<readonly RoomSummary[]>;
}

export interface RoomList {
  readonly rooms: readonly RoomSummary[];
}

export const listRooms: OpenEndpoint<ListRoomsDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/rooms',
  auth: 'owner',
  bodyLimit: 0,
  handler: async (_request, deps) => valueAnswer({ rooms: await deps.listRooms() } satisfies RoomList),
};
