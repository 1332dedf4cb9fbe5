/** `GET /_gatehouse/admin/v1/events/{eventId}`: what is stored of an event, and what became of it. */
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import type { EventDetails } from '../../rooms/inspection.ts';
import { pathParam, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface ShowEventDeps {
  readonly showEvent: (eventId: EventId) => Promise<EventDetails | undefined>;
}

export const showEvent: OpenEndpoint<ShowEventDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/events/{eventId}',
  auth: 'owner',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const eventId = parseEventId(pathParam(request, 'eventId'));
    if (eventId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'That is no event id.');
    const event = await deps.showEvent(eventId);
    if (event === undefined) throw matrixError('M_NOT_FOUND', 404, 'That event is not known here.');
    return valueAnswer({ event });
  },
};
