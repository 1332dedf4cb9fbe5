/**
 * Catching up: what an event's `prev_events` say that we have missed is fetched from the server that told us of it,
 * bounded in count and time, and taken in event by event: nothing that a server claims can turn the room's state back.
 */
import type { Pdu } from '../protocol/events.ts';
import { parseEventId, type EventId } from '../protocol/ids/event-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { isJsonArray, isJsonObject, own, type JsonValue } from '../protocol/json.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { Room } from './room.ts';
import type { RoomRequests } from './requests.ts';

export interface CatchUpDeps {
  readonly requests: RoomRequests;
  readonly clock: Clock;
  readonly isKnown: (room: Room, eventId: EventId) => Promise<boolean>;
  readonly takeIn: (room: Room, raws: readonly JsonValue[]) => Promise<unknown>;
}

const MISSING_LIMIT = 50;
const STATE_EVENTS_LIMIT = 200;
const FETCHES_AT_ONCE = 10;

/** The events among these that the room has not seen. */
export async function unseen(deps: CatchUpDeps, room: Room, eventIds: readonly EventId[]): Promise<readonly EventId[]> {
  const missing: EventId[] = [];
  for (const eventId of eventIds) {
    if (!room.hasSeen(eventId) && !(await deps.isKnown(room, eventId))) missing.push(eventId);
  }
  return missing;
}

/** Fetches and takes in what lies before the event; false where nothing was missing. */
export async function catchUp(
  deps: CatchUpDeps,
  room: Room,
  pdu: Pdu,
  from: ServerName,
  timeoutMs: number,
): Promise<boolean> {
  const missing = await unseen(deps, room, pdu.prevEvents);
  if (missing.length === 0) return false;
  const deadline = deps.clock.now() + timeoutMs;
  const left = (): number => Math.max(1, deadline - deps.clock.now());
  const tips = await fetchEvents(deps, from, missing, left);
  const older = await deps.requests.missingEvents(from, room.roomId, {
    earliest: currentTips(room),
    latest: missing,
    limit: MISSING_LIMIT,
    timeoutMs: left(),
  });
  const between = older.ok ? older.value.slice(0, MISSING_LIMIT) : [];
  if (!(await reachesKnown(deps, room, between.length > 0 ? between : tips))) {
    await fetchState(deps, room, from, missing, left);
  }
  await deps.takeIn(room, [...between, ...tips]);
  for (const eventId of missing) room.markSeen(eventId);
  return true;
}

async function fetchEvents(
  deps: CatchUpDeps,
  from: ServerName,
  eventIds: readonly EventId[],
  left: () => number,
): Promise<readonly JsonValue[]> {
  const events: JsonValue[] = [];
  for (let at = 0; at < eventIds.length && left() > 1; at += FETCHES_AT_ONCE) {
    const answers = await Promise.all(
      eventIds.slice(at, at + FETCHES_AT_ONCE).map((eventId) => deps.requests.event(from, eventId, left())),
    );
    events.push(...answers.flatMap((answer) => (answer.ok ? [answer.value] : [])));
  }
  return events;
}

/** Ids that servers in the room surely have: its latest state events. */
function currentTips(room: Room): readonly EventId[] {
  return ['m.room.create', 'm.room.power_levels', 'm.room.policy'].flatMap((type) => {
    const event = room.stateEvent(type, '');
    return event === undefined ? [] : [event.eventId];
  });
}

/** Whether what was fetched joins up with what the room has seen: every event of it cites known or fetched ones. */
async function reachesKnown(deps: CatchUpDeps, room: Room, raws: readonly JsonValue[]): Promise<boolean> {
  for (const raw of raws.slice(0, 1)) {
    const missing = await unseen(deps, room, citedEvents(raw));
    if (missing.length > 0) return false;
  }
  return raws.length > 0;
}

function citedEvents(raw: JsonValue): readonly EventId[] {
  const list = isJsonObject(raw) ? own(raw, 'prev_events') : undefined;
  if (!isJsonArray(list)) return [];
  return list.slice(0, 20).flatMap((item) => {
    const text = isJsonArray(item) ? item[0] : item;
    const eventId = typeof text === 'string' ? parseEventId(text) : undefined;
    return eventId ?? [];
  });
}

/** A gap too wide: the state events that we lack of the state at its end, each checked like any other event. */
async function fetchState(
  deps: CatchUpDeps,
  room: Room,
  from: ServerName,
  at: readonly EventId[],
  left: () => number,
): Promise<void> {
  const [eventId] = at;
  if (eventId === undefined) return;
  const answer = await deps.requests.stateIds(from, room.roomId, eventId, left());
  if (!answer.ok) return;
  const ids = answer.value.flatMap((item) => (typeof item === 'string' ? (parseEventId(item) ?? []) : []));
  const current = room.currentStateIds();
  const lacking = ids.filter((id) => !current.has(id)).slice(0, STATE_EVENTS_LIMIT);
  await deps.takeIn(room, await fetchEvents(deps, from, lacking, left));
}
