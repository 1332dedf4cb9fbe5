/** `POST /_gatehouse/admin/v1/rooms/{roomId}/send`: a message of the bot. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { ownString } from '../../protocol/json.ts';
import type { SendOutcome } from '../../rooms/sending/send-message.ts';
import { requiredBody, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { roomIdParam } from './room-id-param.ts';

export interface SendMessageDeps {
  readonly sendMessage: (roomId: RoomId, text: string) => Promise<SendOutcome>;
}

export const sendMessage: OpenEndpoint<SendMessageDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/rooms/{roomId}/send',
  auth: 'owner',
  bodyLimit: 128 * 1024,
  handler: async (request, deps) => {
    const text = ownString(requiredBody(request), 'text');
    if (text === undefined || text === '') throw matrixError('M_INVALID_PARAM', 400, 'text is missing.');
    return valueAnswer(await deps.sendMessage(roomIdParam(request), text));
  },
};
