/** A room whose power levels changed very often, with a fork near its end. */
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../../src/protocol/room-versions.ts';
import { StateMapBuilder, type StateMap } from '../../src/protocol/state-resolution/state-map.ts';

export interface LongRoom {
  readonly rules: RoomVersionRules;
  readonly events: ReadonlyMap<EventId, Pdu>;
  /** The states of the two branches. */
  readonly states: readonly [StateMap, StateMap];
}

const ALICE = '@alice:one.example';
const ROOM = '!room:one.example';

/** `length` power levels events, each citing the one before; the branches part `fork` events before the end. */
export function longAuthChain(length: number, fork: number): LongRoom {
  const rules = roomVersionRules('11');
  if (rules === undefined) throw new Error('room version 11 is known');
  const events = new Map<EventId, Pdu>();
  const add = (type: string, stateKey: string, content: JsonObject, cited: readonly Pdu[]): Pdu => {
    const parsed = parsePdu(
      {
        type,
        state_key: stateKey,
        sender: ALICE,
        room_id: ROOM,
        content,
        depth: events.size + 1,
        origin_server_ts: events.size,
        prev_events: type === 'm.room.create' ? [] : cited.map(({ eventId }) => eventId).slice(-1),
        auth_events: cited.map(({ eventId }) => eventId),
        hashes: { sha256: String(events.size) },
        signatures: {},
      },
      rules,
    );
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    events.set(parsed.pdu.eventId, parsed.pdu);
    return parsed.pdu;
  };
  const create = add('m.room.create', '', { room_version: '11' }, []);
  const member = add('m.room.member', ALICE, { membership: 'join' }, [create]);
  const change = (count: number, last: readonly Pdu[]): Pdu => {
    const levels = { users: { [ALICE]: 100, '@bob:one.example': count % 50 } };
    return add('m.room.power_levels', '', levels, [create, member, ...last]);
  };
  let trunk: readonly Pdu[] = [];
  for (let count = 0; count < length - fork; count += 1) trunk = [change(count, trunk)];
  const branch = (start: number): StateMap => {
    let last = trunk;
    for (let count = start; count < start + fork; count += 1) last = [change(count, last)];
    const state = new StateMapBuilder();
    for (const pdu of [create, member, ...last]) state.set(pdu.type, pdu.stateKey ?? '', pdu.eventId);
    return state.map;
  };
  return { rules, events, states: [branch(1), branch(2)] };
}
