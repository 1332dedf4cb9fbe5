/** What endpoints about our rooms share: ids of the request, and an error for every refusal. */
import { canonicalText } from '../../protocol/canonical-json.ts';
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { EventTemplate } from '../../rooms/resident/make-membership.ts';
import type { Outcome, Refusal } from '../../rooms/resident/outcome.ts';
import { pathParam, textAnswer, type Answer, type EndpointRequest } from '../endpoint.ts';
import { matrixError, type MatrixError } from '../errors.ts';

export function roomInPath(request: EndpointRequest): RoomId {
  const roomId = parseRoomId(pathParam(request, 'roomId'));
  if (roomId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'The path holds no room id.');
  return roomId;
}

export function eventInPath(request: EndpointRequest): EventId {
  return eventIdFrom(pathParam(request, 'eventId'));
}

export function eventIdFrom(text: string): EventId {
  const eventId = parseEventId(text);
  if (eventId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'That is no event id.');
  return eventId;
}

/** The value of an outcome; a refusal is thrown as its error. */
export function grantedValue<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw refusalError(outcome.refusal);
}

function refusalError(refusal: Refusal): MatrixError {
  switch (refusal.type) {
    case 'unknownRoom':
      return matrixError('M_NOT_FOUND', 404, 'This server is not in that room.');
    case 'unknownEvent':
      return matrixError('M_NOT_FOUND', 404, 'This server has no such event, or none that yours may see.');
    case 'unknownAlias':
      return matrixError('M_NOT_FOUND', 404, 'Room alias not found.');
    case 'deniedByAcl':
      return matrixError('M_FORBIDDEN', 403, 'Your server is banned from the room by its server ACL.');
    case 'hostNotInRoom':
      return matrixError('M_FORBIDDEN', 403, 'Host not in room.');
    case 'forbidden':
      return matrixError('M_FORBIDDEN', 403, refusal.detail);
    case 'invalid':
      return matrixError('M_INVALID_PARAM', 400, refusal.detail);
    case 'malformed':
      return matrixError('M_BAD_JSON', 400, `This is not an event of its room version: ${refusal.detail}`);
    case 'incompatibleVersion':
      return matrixError('M_INCOMPATIBLE_ROOM_VERSION', 400, 'Your server does not know the version of the room.', {
        room_version: refusal.roomVersion,
      });
    case 'cannotAuthorise':
      return matrixError('M_UNABLE_TO_AUTHORISE_JOIN', 400, 'This server cannot check the conditions of the room.');
    case 'cannotGrant':
      return matrixError('M_UNABLE_TO_GRANT_JOIN', 400, 'No user of this server may let anybody into the room.');
    case 'keysUnavailable':
      return matrixError(
        'M_FORBIDDEN',
        403,
        `The signatures could not be checked; please try again: ${refusal.detail}`,
      );
  }
}

/** What `make_join`, `make_leave` and `make_knock` answer. */
export function templateAnswer({ roomVersion, event }: EventTemplate): Answer {
  return textAnswer(canonicalText({ room_version: roomVersion, event }));
}

/** A JSON array of what is JSON text already. */
export function arrayText(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}
