/** `GET /_matrix/federation/v1/make_leave/{roomId}/{userId}` (data/api/server-server/leaving-v1.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, type SignedEndpoint } from '../endpoint.ts';
import { grantedValue, roomInPath, templateAnswer } from './resident-answer.ts';

export const makeLeave: SignedEndpoint<Pick<Resident, 'makeLeave'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/make_leave/{roomId}/{userId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const { origin } = request;
    const input = { origin, roomId: roomInPath(request), userId: pathParam(request, 'userId') };
    return templateAnswer(grantedValue(await deps.makeLeave(input)));
  },
};
