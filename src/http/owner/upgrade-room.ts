/** `POST /_gatehouse/admin/v1/rooms/{roomId}/upgrade`: replaces a room by one of another version. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { ownString } from '../../protocol/json.ts';
import type { UpgradeOutcome } from '../../rooms/sending/upgrade-room.ts';
import { requiredBody, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { roomIdParam } from './room-id-param.ts';

export interface UpgradeRoomDeps {
  readonly upgradeRoom: (roomId: RoomId, version: string) => Promise<UpgradeOutcome>;
}

export const upgradeRoom: OpenEndpoint<UpgradeRoomDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/rooms/{roomId}/upgrade',
  auth: 'owner',
  bodyLimit: 1024,
  handler: async (request, deps) => {
    const version = ownString(requiredBody(request), 'version');
    if (version === undefined) throw matrixError('M_INVALID_PARAM', 400, 'version is missing.');
    return valueAnswer(await deps.upgradeRoom(roomIdParam(request), version));
  },
};
