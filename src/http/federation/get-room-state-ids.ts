/** `GET /_matrix/federation/v1/state_ids/{roomId}` (data/api/server-server/events.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { valueAnswer, type SignedEndpoint } from '../endpoint.ts';
import { queryOf, requiredQuery } from '../query.ts';
import { eventIdFrom, grantedValue, roomInPath } from './resident-answer.ts';

export const getRoomStateIds: SignedEndpoint<Pick<Resident, 'stateIdsAt'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/state_ids/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const { origin } = request;
    const eventId = eventIdFrom(requiredQuery(queryOf(request), 'event_id'));
    const { state, authChain } = grantedValue(await deps.stateIdsAt({ origin, roomId: roomInPath(request), eventId }));
    return valueAnswer({ pdu_ids: state, auth_chain_ids: authChain });
  },
};
