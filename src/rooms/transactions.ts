/** `PUT /send`: a transaction's events, room by room (server-server API, "Transactions"). EDUs have nothing for us. */
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../protocol/ids/room-id.ts';
import { isJsonObject, own, ownString, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { TransactionInput, TransactionResult } from './outcomes.ts';
import type { Room } from './room.ts';
import type { RoomRegistry } from './room-registry.ts';

export interface TransactionDeps {
  readonly registry: RoomRegistry;
  readonly onFailure: (error: unknown) => void;
}

const CATCH_UP_TIMEOUT_MS = 10_000;
const JOIN_TIMEOUT_MS = 20_000;

/** Every event gets its own result; a bad one never fails the others. */
export async function receiveTransaction(deps: TransactionDeps, input: TransactionInput): Promise<TransactionResult> {
  const results = new Map<EventId, { error?: string }>();
  const byRoom = new Map<Room, JsonObject[]>();
  for (const raw of input.pdus) sortIn(deps, raw, byRoom);
  await Promise.all([...byRoom].map(([room, raws]) => receiveInRoom(deps, input, room, raws, results)));
  return results;
}

function sortIn(deps: TransactionDeps, raw: JsonValue, byRoom: Map<Room, JsonObject[]>): void {
  if (!isJsonObject(raw)) return;
  const roomId = roomIdOf(raw);
  const room = roomId === undefined ? undefined : deps.registry.get(roomId);
  // Without its room's version an event has no id that could be answered about.
  if (room === undefined) return;
  byRoom.set(room, [...(byRoom.get(room) ?? []), raw]);
}

function roomIdOf(raw: JsonObject): RoomId | undefined {
  return own(raw, 'room_id') === undefined ? undefined : parseRoomId(ownString(raw, 'room_id') ?? '');
}

async function receiveInRoom(
  deps: TransactionDeps,
  input: TransactionInput,
  room: Room,
  raws: readonly JsonObject[],
  results: Map<EventId, { error?: string }>,
): Promise<void> {
  try {
    // Events that come while our join is on its way wait for it.
    const view = await deps.registry.whenJoined(room.roomId, JOIN_TIMEOUT_MS);
    if (view?.membership !== 'joined') {
      refuseAll(raws, room, results, 'this server is not in the room');
      return;
    }
    if (!view.acl(input.origin)) {
      refuseAll(raws, room, results, 'your server is denied by the ACL of the room');
      return;
    }
    await closeGap(deps, input, room, raws);
    for (const { eventId, error } of await deps.registry.takeIn(room, raws)) {
      if (eventId !== undefined) results.set(eventId, error === undefined ? {} : { error });
    }
  } catch (error) {
    deps.onFailure(error);
    refuseAll(raws, room, results, 'could not be stored, try again');
  }
}

function refuseAll(
  raws: readonly JsonObject[],
  room: Room,
  results: Map<EventId, { error?: string }>,
  error: string,
): void {
  for (const raw of raws) {
    const parsed = parsePdu(raw, room.rules);
    if (parsed.ok) results.set(parsed.pdu.eventId, { error });
  }
}

/** What lies before the oldest event is fetched first, so that state changes we have missed are not skipped. */
async function closeGap(
  deps: TransactionDeps,
  input: TransactionInput,
  room: Room,
  raws: readonly JsonObject[],
): Promise<void> {
  const pdus = raws.flatMap((raw): Pdu[] => {
    const parsed = parsePdu(raw, room.rules);
    return parsed.ok ? [parsed.pdu] : [];
  });
  const given = new Set(pdus.map((pdu) => pdu.eventId));
  for (const pdu of pdus) {
    const before = pdu.prevEvents.filter((eventId) => !given.has(eventId));
    if (before.every((eventId) => room.hasSeen(eventId))) continue;
    await deps.registry.catchUp(pdu, input.origin, CATCH_UP_TIMEOUT_MS);
    return;
  }
}
