/** `GET /_matrix/federation/v1/event_auth/{roomId}/{eventId}` (data/api/server-server/event_auth.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { arrayText, eventInPath, grantedValue, roomInPath } from './resident-answer.ts';

export const getEventAuth: SignedEndpoint<Pick<Resident, 'eventAuth'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/event_auth/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const ask = { origin: request.origin, roomId: roomInPath(request), eventId: eventInPath(request) };
    return textAnswer(`{"auth_chain":${arrayText(grantedValue(await deps.eventAuth(ask)))}}`);
  },
};
