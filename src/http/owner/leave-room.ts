/** `POST /_gatehouse/admin/v1/rooms/{roomId}/leave` */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { LeaveOutcome } from '../../rooms/outcomes.ts';
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { roomIdParam } from './room-id-param.ts';

export interface LeaveDeps {
  readonly leaveRoom: (roomId: RoomId) => Promise<LeaveOutcome>;
}

export const leaveRoom: OpenEndpoint<LeaveDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/rooms/{roomId}/leave',
  auth: 'owner',
  bodyLimit: 1024,
  handler: async (request, deps) => valueAnswer(await deps.leaveRoom(roomIdParam(request))),
};
