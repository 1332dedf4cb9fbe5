/** `GET /_matrix/federation/v1/state/{roomId}` (data/api/server-server/events.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { queryOf, requiredQuery } from '../query.ts';
import { arrayText, eventIdFrom, grantedValue, roomInPath } from './resident-answer.ts';

export const getRoomState: SignedEndpoint<Pick<Resident, 'stateAt'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/state/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const { origin } = request;
    const eventId = eventIdFrom(requiredQuery(queryOf(request), 'event_id'));
    const { state, authChain } = grantedValue(await deps.stateAt({ origin, roomId: roomInPath(request), eventId }));
    return textAnswer(`{"pdus":${arrayText(state)},"auth_chain":${arrayText(authChain)}}`);
  },
};
