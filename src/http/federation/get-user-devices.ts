/** `GET /_matrix/federation/v1/user/devices/{userId}` (data/api/server-server/user_devices.yaml): the bot has none. */
import type { UserId } from '../../protocol/ids/user-id.ts';
import { documentAnswer, pathParam, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface BotDeps {
  readonly botUserId: UserId;
}

export const getUserDevices: SignedEndpoint<BotDeps> = {
  method: 'GET',
  path: '/_matrix/federation/v1/user/devices/{userId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: (request, deps) => {
    const userId = pathParam(request, 'userId');
    if (userId !== deps.botUserId) throw matrixError('M_NOT_FOUND', 404, 'User does not exist.');
    return documentAnswer({ user_id: userId, stream_id: 1, devices: [] });
  },
};
