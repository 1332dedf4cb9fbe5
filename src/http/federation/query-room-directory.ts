/** `GET /_matrix/federation/v1/query/directory` (data/api/server-server/query.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { valueAnswer, type SignedEndpoint } from '../endpoint.ts';
import { queryOf, requiredQuery } from '../query.ts';
import { grantedValue } from './resident-answer.ts';

export const queryRoomDirectory: SignedEndpoint<Pick<Resident, 'resolveAlias'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/query/directory',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const outcome = await deps.resolveAlias(requiredQuery(queryOf(request), 'room_alias'));
    const { roomId, servers } = grantedValue(outcome);
    return valueAnswer({ room_id: roomId, servers });
  },
};
