/** What both invite endpoints share: the path's ids, and what each outcome is answered with. */
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { InviteInput, InviteOutcome } from '../../rooms/outcomes.ts';
import { pathParam, type EndpointRequest } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface InviteDeps {
  readonly receiveInvite: (input: InviteInput) => Promise<InviteOutcome>;
}

/** An event of 65,536 bytes and the full events of the room's stripped state. */
export const INVITE_BODY_LIMIT = 2 * 1024 * 1024;

export function invitedRoom(request: EndpointRequest): { readonly roomId: RoomId; readonly eventId: string } {
  const roomId = parseRoomId(pathParam(request, 'roomId'));
  if (roomId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'The path holds no room id.');
  return { roomId, eventId: pathParam(request, 'eventId') };
}

/** The event with our signature; every other outcome is an error. */
export function acceptedEvent(outcome: InviteOutcome): JsonObject {
  switch (outcome.type) {
    case 'accepted':
      return outcome.event;
    case 'invalid':
      throw matrixError('M_INVALID_PARAM', 400, outcome.detail);
    case 'unsupportedRoomVersion':
      throw matrixError('M_INCOMPATIBLE_ROOM_VERSION', 400, 'This server does not know the version of the room.', {
        room_version: outcome.roomVersion,
      });
    case 'blocked':
      // M_INVITE_BLOCKED is for users who block invites ("Invite permission"); this is the server's own choice.
      throw matrixError('M_FORBIDDEN', 403, outcome.detail);
    case 'keysUnavailable':
      throw matrixError(
        'M_FORBIDDEN',
        403,
        `The signatures of the invite could not be checked; please try again in a moment: ${outcome.detail}`,
      );
  }
}
