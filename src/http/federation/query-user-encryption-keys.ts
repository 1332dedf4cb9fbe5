/** `POST /_matrix/federation/v1/user/keys/query` (data/api/server-server/user_keys.yaml): the bot has no devices. */
import { own, ownObject } from '../../protocol/json.ts';
import { documentAnswer, requiredBody, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import type { BotDeps } from './get-user-devices.ts';

export const queryUserEncryptionKeys: SignedEndpoint<BotDeps> = {
  method: 'POST',
  path: '/_matrix/federation/v1/user/keys/query',
  auth: 'x-matrix',
  bodyLimit: 1024 * 1024,
  handler: (request, { botUserId }) => {
    const asked = ownObject(requiredBody(request), 'device_keys');
    if (asked === undefined) throw matrixError('M_BAD_JSON', 400, 'device_keys is missing or no object.');
    // Users that are not ours are left out.
    const isAsked = own(asked, botUserId) !== undefined;
    return documentAnswer({ device_keys: isAsked ? { [botUserId]: {} } : {} });
  },
};
