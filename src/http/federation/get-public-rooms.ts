/** `GET /_matrix/federation/v1/publicRooms` (data/api/server-server/public_rooms.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import type { SignedEndpoint } from '../endpoint.ts';
import { integerQuery, queryOf } from '../query.ts';
import { publicRoomsAnswer } from './public-rooms-answer.ts';

export const getPublicRooms: SignedEndpoint<Pick<Resident, 'publicRooms'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/publicRooms',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const query = queryOf(request);
    const limit = integerQuery(query, 'limit');
    return await publicRoomsAnswer(deps, {
      // 0 stands for no limit.
      limit: limit === 0 ? undefined : limit,
      since: query.get('since') ?? undefined,
      searchTerm: undefined,
      roomTypes: undefined,
      otherNetwork: query.has('third_party_instance_id'),
    });
  },
};
