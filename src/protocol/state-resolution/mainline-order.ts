/** Mainline ordering (room version 2, "Definitions"). */
import { compareCodePoints } from '../canonical-json.ts';
import type { Pdu } from '../events.ts';
import type { EventId } from '../ids/event-id.ts';
import { authEventIdsOf, type EventLookup } from './auth-chains.ts';
import { exactInteger } from './resolution.ts';

/**
 * Sorts events by how late the power levels that they rest on stand in the mainline of `powerLevels`, then by timestamp
 * and id. Events that rest on none of the mainline come first.
 */
export function sortByMainline(unsorted: Iterable<Pdu>, powerLevels: Pdu | undefined, events: EventLookup): Pdu[] {
  const positions = new Map<EventId, number>();
  // The text counts positions from the newest on and sorts greater ones first; these count from the oldest on.
  const mainline = mainlineOf(powerLevels, events);
  for (const [index, eventId] of mainline.entries()) positions.set(eventId, mainline.length - index);
  const keyed = Array.from(unsorted, (pdu) => ({
    pdu,
    position: positionOf(pdu, events, positions),
    timestamp: exactInteger(pdu, 'origin_server_ts'),
  }));
  keyed.sort((a, b) => {
    if (a.position !== b.position) return a.position - b.position;
    if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
    return compareCodePoints(a.pdu.eventId, b.pdu.eventId);
  });
  return keyed.map(({ pdu }) => pdu);
}

function mainlineOf(powerLevels: Pdu | undefined, events: EventLookup): readonly EventId[] {
  const mainline = new Set<EventId>();
  for (let pdu = powerLevels; pdu !== undefined && !mainline.has(pdu.eventId); pdu = citedPowerLevels(pdu, events)) {
    mainline.add(pdu.eventId);
  }
  return [...mainline];
}

/** 0 for what rests on none of the mainline. Remembers the power levels passed on the way: many events cost one walk. */
function positionOf(start: Pdu, events: EventLookup, positions: Map<EventId, number>): number {
  const passed = new Set<EventId>();
  let position: number | undefined;
  for (let pdu: Pdu | undefined = start; pdu !== undefined; pdu = citedPowerLevels(pdu, events)) {
    position = positions.get(pdu.eventId);
    if (position !== undefined || passed.has(pdu.eventId)) break;
    passed.add(pdu.eventId);
  }
  for (const eventId of passed) positions.set(eventId, position ?? 0);
  return position ?? 0;
}

function citedPowerLevels(pdu: Pdu, events: EventLookup): Pdu | undefined {
  for (const authId of authEventIdsOf(pdu)) {
    const auth = events(authId);
    if (auth?.type === 'm.room.power_levels' && auth.stateKey === '') return auth;
  }
  return undefined;
}
