/** `GET /_matrix/federation/v1/timestamp_to_event/{roomId}` (data/api/server-server/events.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { valueAnswer, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { integerQuery, queryOf, requiredQuery } from '../query.ts';
import { grantedValue, roomInPath } from './resident-answer.ts';

export const getEventByTimestamp: SignedEndpoint<Pick<Resident, 'eventNear'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/timestamp_to_event/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const query = queryOf(request);
    const timestamp = integerQuery(query, 'ts');
    if (timestamp === undefined) throw matrixError('M_MISSING_PARAM', 400, 'ts is missing.');
    const direction = requiredQuery(query, 'dir');
    if (direction !== 'f' && direction !== 'b') throw matrixError('M_INVALID_PARAM', 400, 'dir is neither f nor b.');
    const { origin } = request;
    const found = await deps.eventNear({ origin, roomId: roomInPath(request), timestamp, direction });
    const { eventId, originServerTs } = grantedValue(found);
    return valueAnswer({ event_id: eventId, origin_server_ts: originServerTs });
  },
};
