/**
 * `PUT /_matrix/federation/v1/invite/{roomId}/{eventId}` (data/api/server-server/invites-v1.yaml): for room versions 1
 * and 2, whose events look alike; the request does not say which.
 */
import { canonicalText } from '../../protocol/canonical-json.ts';
import { isJsonArray, own, ownObject } from '../../protocol/json.ts';
import { requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { acceptedEvent, INVITE_BODY_LIMIT, invitedRoom, type InviteDeps } from './invite-answer.ts';

export const sendInviteV1: SignedEndpoint<InviteDeps> = {
  method: 'PUT',
  path: '/_matrix/federation/v1/invite/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: INVITE_BODY_LIMIT,
  handler: async (request, deps) => {
    const event = requiredBody(request);
    const stripped = own(ownObject(event, 'unsigned') ?? {}, 'invite_room_state');
    const outcome = await deps.receiveInvite({
      origin: request.origin,
      ...invitedRoom(request),
      // @NOTE Synapse, too, takes every invite of this form for one of version 1.
      roomVersion: '1',
      event,
      roomState: isJsonArray(stripped) ? stripped : [],
    });
    return textAnswer(`[200,${canonicalText({ event: acceptedEvent(outcome) })}]`);
  },
};
