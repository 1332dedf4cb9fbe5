/** `GET /_matrix/federation/v1/query/profile` (data/api/server-server/query.yaml): asked by servers that invite the bot. */
import type { UserId } from '../../protocol/ids/user-id.ts';
import { documentAnswer, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface ProfileDeps {
  readonly botUserId: UserId;
  readonly botDisplayName: string;
}

export const queryProfile: SignedEndpoint<ProfileDeps> = {
  method: 'GET',
  path: '/_matrix/federation/v1/query/profile',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: (request, deps) => {
    const start = request.uri.indexOf('?');
    const query = new URLSearchParams(start === -1 ? '' : request.uri.slice(start));
    const userId = query.get('user_id');
    if (userId === null) throw matrixError('M_MISSING_PARAM', 400, 'user_id is missing.');
    if (userId !== deps.botUserId) throw matrixError('M_NOT_FOUND', 404, 'User does not exist.');
    const field = query.get('field');
    // A field that the user does not have is left out of the answer.
    return documentAnswer(field === null || field === 'displayname' ? { displayname: deps.botDisplayName } : {});
  },
};
