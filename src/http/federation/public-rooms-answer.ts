/** What both ways to ask for the public directory answer (data/api/client-server/definitions/public_rooms_response.yaml). */
import type { PublicRoomsInput, PublicRoomsPage } from '../../rooms/resident/public-rooms.ts';
import type { Resident } from '../../rooms/resident/resident.ts';
import { valueAnswer, type Answer } from '../endpoint.ts';
import { grantedValue } from './resident-answer.ts';

/** Rooms of other networks are none of ours. */
const NO_ROOMS: PublicRoomsPage = { chunk: [], nextBatch: undefined, total: 0 };

export async function publicRoomsAnswer(
  deps: Pick<Resident, 'publicRooms'>,
  input: PublicRoomsInput & { readonly otherNetwork: boolean },
): Promise<Answer> {
  const { otherNetwork, ...ask } = input;
  const { chunk, nextBatch, total } = otherNetwork ? NO_ROOMS : grantedValue(await deps.publicRooms(ask));
  return valueAnswer({
    chunk,
    ...(nextBatch === undefined ? {} : { next_batch: nextBatch }),
    total_room_count_estimate: total,
  });
}
