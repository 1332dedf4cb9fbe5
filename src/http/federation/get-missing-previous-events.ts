/** `POST /_matrix/federation/v1/get_missing_events/{roomId}` (data/api/server-server/backfill.yaml). */
import type { EventId } from '../../protocol/ids/event-id.ts';
import { isJsonArray, own, type JsonObject } from '../../protocol/json.ts';
import type { Resident } from '../../rooms/resident/resident.ts';
import { requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { arrayText, eventIdFrom, grantedValue, roomInPath } from './resident-answer.ts';

const DEFAULT_LIMIT = 10;

export const getMissingPreviousEvents: SignedEndpoint<Pick<Resident, 'missingEvents'>> = {
  method: 'POST',
  path: '/_matrix/federation/v1/get_missing_events/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 256 * 1024,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const found = await deps.missingEvents({
      origin: request.origin,
      roomId: roomInPath(request),
      latest: eventIds(body, 'latest_events'),
      earliest: eventIds(body, 'earliest_events'),
      minDepth: integer(body, 'min_depth', 0),
      limit: integer(body, 'limit', DEFAULT_LIMIT),
    });
    return textAnswer(`{"events":${arrayText(grantedValue(found))}}`);
  },
};

function eventIds(body: JsonObject, key: string): readonly EventId[] {
  const list = own(body, key);
  if (!isJsonArray(list)) throw matrixError('M_BAD_JSON', 400, `${key} is missing or no array.`);
  return list.map((item) => eventIdFrom(typeof item === 'string' ? item : ''));
}

function integer(body: JsonObject, key: string, otherwise: number): number {
  const value = own(body, key) ?? otherwise;
  if (typeof value !== 'number') throw matrixError('M_BAD_JSON', 400, `${key} is no integer.`);
  return Math.max(0, value);
}
