/**
 * `POST /_matrix/policy/unstable/org.matrix.msc4284/event/{eventId}/check` (MSC4284, "Unstable prefix"): always 200 with
 * a recommendation. The MSC wants askers to fail open, so what cannot be judged is `ok`: an event that we do not know and
 * that was not sent along, a room that we do not protect, trouble of our own.
 */
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { pathParam, textAnswer, type SignedEndpoint, type SignedRequest } from '../endpoint.ts';
import { EVENT_BODY_LIMIT, type SignDeps } from './sign-answer.ts';

export interface CheckEventDeps extends Pick<SignDeps, 'signEvent'> {
  /** What was decided about the event, if anything was. */
  readonly decisionOn: (eventId: EventId) => Promise<'sign' | 'refuse' | undefined>;
  /** The id of an event, as its room's version has it; `undefined` where the room is unknown or the event malformed. */
  readonly eventIdOf: (event: JsonObject) => Promise<EventId | undefined>;
}

export const checkEvent: SignedEndpoint<CheckEventDeps> = {
  method: 'POST',
  path: '/_matrix/policy/unstable/org.matrix.msc4284/event/{eventId}/check',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  limitedAs: 'M_RATE_LIMITED',
  handler: async (request, deps) => {
    const eventId = parseEventId(pathParam(request, 'eventId'));
    const spam = eventId === undefined || (await isSpam(request, eventId, deps));
    return textAnswer(`{"recommendation":"${spam ? 'spam' : 'ok'}"}`);
  },
};

async function isSpam(request: SignedRequest, eventId: EventId, deps: CheckEventDeps): Promise<boolean> {
  const { body, origin } = request;
  // A request without a body is often sent with an empty object.
  if (body === undefined || Object.keys(body).length === 0) return (await deps.decisionOn(eventId)) === 'refuse';
  const actualId = await deps.eventIdOf(body);
  if (actualId !== undefined && actualId !== eventId) return true;
  const outcome = await deps.signEvent({ origin, body });
  switch (outcome.type) {
    case 'refused':
    case 'malformed':
    case 'tooLarge':
    case 'untrusted':
      return true;
    case 'signed':
    case 'unknownRoom':
    case 'deniedByAcl':
    case 'busy':
      return false;
  }
}
