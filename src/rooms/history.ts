/**
 * A room's past from before the bot came: the ids of its events, found by going back from our join through `backfill`.
 * From room version 3 on every id covers the ids before it, so nobody can slip an event of today into the past.
 */
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { isJsonObject, type JsonValue } from '../protocol/json.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { RoomGraph } from './graph/room-graph.ts';
import type { RoomStore } from './ports.ts';
import type { Room } from './room.ts';
import type { RoomRequests } from './requests.ts';

export interface HistoryDeps {
  readonly store: RoomStore;
  readonly requests: RoomRequests;
  readonly clock: Clock;
}

const BATCH = 100;
const REQUEST_TIMEOUT_MS = 10_000;
/** Most events of a room's past whose ids are kept; older ones are judged like new ones. */
const MAX_KNOWN_EVENTS = 100_000;
const MAX_FRONTIER = 40;

/** Goes back one batch, asking one server after another. False where nothing more can be had. */
export async function extendHistory(deps: HistoryDeps, room: Room, servers: readonly ServerName[]): Promise<boolean> {
  const frontier = room.record.historyFrontier;
  if (frontier.length === 0 || (await deps.store.countKnownEvents(room.roomId)) >= MAX_KNOWN_EVENTS) return false;
  for (const server of servers) {
    const answer = await deps.requests.backfill(server, room.roomId, frontier, {
      limit: BATCH,
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (!answer.ok) continue;
    const { reached, next } = walkBack(room, frontier, answer.value);
    if (reached.length === 0) continue;
    await deps.store.addKnownEvents(room.roomId, reached);
    const historyFrontier = await withoutKnown(deps, room, next);
    // The bot may have left meanwhile.
    await room.changeRecord((record) => ({ ...record, historyFrontier }), deps.store);
    return true;
  }
  return false;
}

/** Whether one of our joins found the event as state. */
export async function wasStateBeforeJoin(graph: RoomGraph, { type, stateKey, eventId }: Pdu): Promise<boolean> {
  if (stateKey === undefined) return false;
  for (const join of graph.room.record.joins ?? []) {
    const before = (await graph.events.get(join))?.record.stateBefore;
    if (before === undefined) continue;
    if ((await graph.states.event(before, type, stateKey))?.pdu.eventId === eventId) return true;
  }
  return false;
}

/** Which of the events are reached from the frontier by `prev_events`, and where going back goes on. */
function walkBack(
  room: Room,
  frontier: readonly EventId[],
  raws: readonly JsonValue[],
): { reached: EventId[]; next: EventId[] } {
  const given = new Map<EventId, Pdu>();
  for (const raw of raws.slice(0, BATCH * 2)) {
    const parsed = isJsonObject(raw) ? parsePdu(raw, room.rules) : undefined;
    if (parsed?.ok === true && parsed.pdu.roomId === room.roomId) given.set(parsed.pdu.eventId, parsed.pdu);
  }
  const reached = new Set<EventId>();
  const next = new Set<EventId>();
  const stack = [...frontier];
  for (let eventId = stack.pop(); eventId !== undefined; eventId = stack.pop()) {
    const pdu = given.get(eventId);
    if (reached.has(eventId)) continue;
    if (pdu === undefined) {
      next.add(eventId);
      continue;
    }
    reached.add(eventId);
    stack.push(...pdu.prevEvents);
  }
  return { reached: [...reached], next: [...next] };
}

async function withoutKnown(deps: HistoryDeps, room: Room, eventIds: readonly EventId[]): Promise<readonly EventId[]> {
  const unknown: EventId[] = [];
  for (const eventId of eventIds) {
    if (unknown.length >= MAX_FRONTIER) break;
    if (!(await deps.store.isKnownEvent(room.roomId, eventId))) unknown.push(eventId);
  }
  return unknown;
}
