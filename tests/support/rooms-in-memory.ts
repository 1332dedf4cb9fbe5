/** Rooms as the server holds them, made of unsigned events: one of members, and one of a policy list's rules. */
import { parsePdu } from '../../src/protocol/events.ts';
import { parseRoomId, type RoomId } from '../../src/protocol/ids/room-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { Room } from '../../src/rooms/room.ts';
import { serverNamed } from './federation-fakes.ts';
import { rulesOf } from './room-builder.ts';

const RULES = rulesOf('11');
const OWNER = '@owner:home.example';

export interface StateContent {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

export function roomInMemory(name: string, state: Iterable<StateContent>): Room {
  const roomId = parseRoomId(`!${name}:home.example`);
  if (roomId === undefined) throw new TypeError(`${name} makes no room id`);
  const record = { roomId, roomVersion: '11', membership: 'joined', via: [], since: 0, historyFrontier: [] } as const;
  const room = new Room(record, RULES, serverNamed('policy.example'));
  putState(room, [
    { type: 'm.room.create', stateKey: '', content: { room_version: '11' } },
    { type: 'm.room.power_levels', stateKey: '', content: { users: { [OWNER]: 100 } } },
  ]);
  putState(room, state);
  return room;
}

export function putState(room: Room, state: Iterable<StateContent>): void {
  for (const { type, stateKey, content } of state) {
    const sender = type === 'm.room.member' ? stateKey : OWNER;
    const raw = rawEvent(room.roomId, { type, sender, state_key: stateKey, content });
    const parsed = parsePdu(raw, RULES);
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    room.putState(parsed.pdu);
  }
}

export function rawEvent(roomId: RoomId, fields: JsonObject): JsonObject {
  return {
    ...{ room_id: roomId, depth: 5, origin_server_ts: 1_750_000_000_000, hashes: { sha256: 'x'.repeat(43) } },
    ...{ prev_events: [`$${'p'.repeat(43)}`], auth_events: [`$${'a'.repeat(43)}`, `$${'b'.repeat(43)}`] },
    signatures: { 'home.example': { 'ed25519:bench': 's'.repeat(86) } },
    ...fields,
  };
}

export function* members(count: number, userIdOf: (n: number) => string): Generator<StateContent> {
  for (let n = 0; n < count; n += 1) {
    yield {
      type: 'm.room.member',
      stateKey: userIdOf(n),
      content: { membership: 'join', displayname: `User ${String(n)}` },
    };
  }
}
