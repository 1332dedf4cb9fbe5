import type { EventId } from '../protocol/ids/event-id.ts';
import type { EventStatus, NewEvent } from '../rooms/graph/ports.ts';

/** Whether an event's place in the graph is not known: it is stored for the sake of others. */
export function isPlaceless(status: EventStatus): boolean {
  return status === 'outlier' || status === 'backfilled';
}

/** Whether an event may be received again: to find its place, or to be judged. What has both keeps them. */
export function isReplaceable({ status, isUndecided }: Pick<NewEvent, 'status' | 'isUndecided'>): boolean {
  return isPlaceless(status) || isUndecided === true;
}

export function refuseToReplace(eventId: EventId, status: EventStatus): never {
  throw new TypeError(`${eventId} is stored already, as ${status}`);
}
