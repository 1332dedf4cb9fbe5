/** `GET /_matrix/federation/v1/make_knock/{roomId}/{userId}` (data/api/server-server/knocks.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, type SignedEndpoint } from '../endpoint.ts';
import { queryOf, requiredQuery } from '../query.ts';
import { grantedValue, roomInPath, templateAnswer } from './resident-answer.ts';

export const makeKnock: SignedEndpoint<Pick<Resident, 'makeKnock'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/make_knock/{roomId}/{userId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const query = queryOf(request);
    requiredQuery(query, 'ver');
    const versions = query.getAll('ver');
    const { origin } = request;
    const input = { origin, roomId: roomInPath(request), userId: pathParam(request, 'userId'), versions };
    return templateAnswer(grantedValue(await deps.makeKnock(input)));
  },
};
