/** `PUT /_matrix/federation/v1/send_knock/{roomId}/{eventId}` (data/api/server-server/knocks.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { EVENT_BODY_LIMIT } from '../policy/sign-answer.ts';
import { arrayText, grantedValue, roomInPath } from './resident-answer.ts';

export const sendKnock: SignedEndpoint<Pick<Resident, 'sendKnock'>> = {
  method: 'PUT',
  path: '/_matrix/federation/v1/send_knock/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  handler: async (request, deps) => {
    const roomId = roomInPath(request);
    const eventId = pathParam(request, 'eventId');
    const event = requiredBody(request);
    const stripped = grantedValue(await deps.sendKnock({ origin: request.origin, roomId, eventId, event }));
    return textAnswer(`{"knock_room_state":${arrayText(stripped)}}`);
  },
};
