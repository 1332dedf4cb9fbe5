import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { pathParam, type EndpointRequest } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export function roomIdParam(request: EndpointRequest): RoomId {
  const roomId = parseRoomId(pathParam(request, 'roomId'));
  if (roomId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'That is no room id.');
  return roomId;
}
