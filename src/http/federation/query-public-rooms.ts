/** `POST /_matrix/federation/v1/publicRooms` (data/api/server-server/public_rooms.yaml). */
import { isJsonArray, own, ownObject, ownString, type JsonObject } from '../../protocol/json.ts';
import type { Resident } from '../../rooms/resident/resident.ts';
import { requiredBody, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { publicRoomsAnswer } from './public-rooms-answer.ts';

export const queryPublicRooms: SignedEndpoint<Pick<Resident, 'publicRooms'>> = {
  method: 'POST',
  path: '/_matrix/federation/v1/publicRooms',
  auth: 'x-matrix',
  bodyLimit: 64 * 1024,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const filter = ownObject(body, 'filter') ?? {};
    return await publicRoomsAnswer(deps, {
      limit: limitOf(body),
      since: ownString(body, 'since'),
      searchTerm: ownString(filter, 'generic_search_term'),
      roomTypes: roomTypesOf(filter),
      otherNetwork: ownString(body, 'third_party_instance_id') !== undefined,
    });
  },
};

function limitOf(body: JsonObject): number | undefined {
  const limit = own(body, 'limit');
  if (limit === undefined || limit === 0) return undefined;
  if (typeof limit !== 'number' || limit < 0) throw matrixError('M_INVALID_PARAM', 400, 'limit is no such number.');
  return limit;
}

function roomTypesOf(filter: JsonObject): readonly (string | null)[] | undefined {
  const types = own(filter, 'room_types');
  if (!isJsonArray(types)) return undefined;
  return types.filter((type) => type === null || typeof type === 'string');
}
