/** `POST /_matrix/federation/v1/user/keys/claim` (data/api/server-server/user_keys.yaml): nobody here has one-time keys. */
import { ownObject } from '../../protocol/json.ts';
import { documentAnswer, requiredBody, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export const claimUserEncryptionKeys: SignedEndpoint<object> = {
  method: 'POST',
  path: '/_matrix/federation/v1/user/keys/claim',
  auth: 'x-matrix',
  bodyLimit: 1024 * 1024,
  handler: (request) => {
    if (ownObject(requiredBody(request), 'one_time_keys') === undefined) {
      throw matrixError('M_BAD_JSON', 400, 'one_time_keys is missing or no object.');
    }
    return documentAnswer({ one_time_keys: {} });
  },
};
