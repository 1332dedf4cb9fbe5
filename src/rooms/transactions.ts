/**
 * `PUT /send`: a transaction's events, room by room (server-server API, "Transactions"). EDUs have nothing for us: none is
 * read, so that none of a room (`m.typing`, `m.receipt`) gets past its ACL.
 */
import { parsePdu } from '../protocol/events.ts';
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
    const graph = await deps.registry.graphOf(room.roomId);
    for (const result of (await graph?.receive(raws, input.origin)) ?? []) {
      if (result.eventId === undefined) continue;
      const isRefused = ['dropped', 'rejected', 'missingAuth'].includes(result.outcome);
      results.set(result.eventId, isRefused ? { error: result.reason ?? result.outcome } : {});
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
