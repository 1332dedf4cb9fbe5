/** `PUT /_matrix/federation/v2/invite/{roomId}/{eventId}` (data/api/server-server/invites-v2.yaml). */
import { isJsonArray, own, ownObject, ownString } from '../../protocol/json.ts';
import { documentAnswer, requiredBody, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { acceptedEvent, INVITE_BODY_LIMIT, invitedRoom, type InviteDeps } from './invite-answer.ts';

export const sendInviteV2: SignedEndpoint<InviteDeps> = {
  method: 'PUT',
  path: '/_matrix/federation/v2/invite/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: INVITE_BODY_LIMIT,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const roomVersion = ownString(body, 'room_version');
    const event = ownObject(body, 'event');
    const roomState = own(body, 'invite_room_state') ?? [];
    if (roomVersion === undefined) throw matrixError('M_BAD_JSON', 400, 'room_version is missing or no string.');
    if (event === undefined) throw matrixError('M_BAD_JSON', 400, 'event is missing or no object.');
    if (!isJsonArray(roomState)) throw matrixError('M_BAD_JSON', 400, 'invite_room_state is no array.');
    const { origin } = request;
    const outcome = await deps.receiveInvite({ origin, ...invitedRoom(request), roomVersion, event, roomState });
    return documentAnswer({ event: acceptedEvent(outcome) });
  },
};
