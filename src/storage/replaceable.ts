import type { EventId } from '../protocol/ids/event-id.ts';
import type { EventStatus } from '../rooms/graph/ports.ts';

/** Whether an event may be received again, to find its place in the graph. What has one keeps it. */
export function isReplaceable(status: EventStatus): boolean {
  return status === 'outlier' || status === 'backfilled';
}

export function refuseToReplace(eventId: EventId, status: EventStatus): never {
  throw new TypeError(`${eventId} is stored already, as ${status}`);
}
