/** `PUT /_matrix/federation/v2/send_leave/{roomId}/{eventId}` (data/api/server-server/leaving-v2.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { EVENT_BODY_LIMIT } from '../policy/sign-answer.ts';
import { grantedValue, roomInPath } from './resident-answer.ts';

export const sendLeaveV2: SignedEndpoint<Pick<Resident, 'sendLeave'>> = {
  method: 'PUT',
  path: '/_matrix/federation/v2/send_leave/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  handler: async (request, deps) => {
    const roomId = roomInPath(request);
    const eventId = pathParam(request, 'eventId');
    grantedValue(await deps.sendLeave({ origin: request.origin, roomId, eventId, event: requiredBody(request) }));
    return textAnswer('{}');
  },
};
