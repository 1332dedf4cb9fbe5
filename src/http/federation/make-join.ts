/** `GET /_matrix/federation/v1/make_join/{roomId}/{userId}` (data/api/server-server/joins-v1.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, type SignedEndpoint } from '../endpoint.ts';
import { queryOf } from '../query.ts';
import { grantedValue, roomInPath, templateAnswer } from './resident-answer.ts';

/** What servers know that do not say what they know. */
const DEFAULT_VERSIONS = ['1'];

export const makeJoin: SignedEndpoint<Pick<Resident, 'makeJoin'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/make_join/{roomId}/{userId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const given = queryOf(request).getAll('ver');
    const versions = given.length === 0 ? DEFAULT_VERSIONS : given;
    const { origin } = request;
    const input = { origin, roomId: roomInPath(request), userId: pathParam(request, 'userId'), versions };
    return templateAnswer(grantedValue(await deps.makeJoin(input)));
  },
};
