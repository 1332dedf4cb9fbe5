import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { debugResolveLine } from '../../cli/debug-resolve.ts';
import { Dice } from '../../../tests/interop/support/dice.ts';
import { GeneratedRoom } from '../../../tests/support/generated-room.ts';
import { canonicalText } from '../canonical-json.ts';
import { checkAuthAgainstState } from '../auth-rules/check-auth.ts';
import { StateEvents } from '../auth-rules/state-events.ts';
import { isJsonObject, own, ownObject, ownString, parseJson, type JsonObject } from '../json.ts';
import { knownRoomVersions } from '../room-versions.ts';
import { AuthChains } from './auth-chains.ts';
import { resolveState } from './resolve-state.ts';
import { eventIdsOf, splitStates, StateMapBuilder, type StateMap } from './state-map.ts';

const root = path.resolve(import.meta.dirname, '../../..');

function parseObject(text: string): JsonObject {
  const parsed = parseJson(text);
  assert.ok(parsed.ok && isJsonObject(parsed.value));
  return parsed.value;
}

/** Each line of the file: `name`, `input` as the debug command reads it, `expected` as it answers. */
function runVectors(file: string): void {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const vector = parseObject(line);
    const { input, expected } = { input: ownObject(vector, 'input'), expected: ownObject(vector, 'expected') };
    test(ownString(vector, 'name') ?? 'without a name', () => {
      assert.ok(input !== undefined && expected !== undefined);
      assert.deepEqual(parseObject(debugResolveLine(canonicalText(input))), expected);
    });
  }
}

describe('vectors', () => {
  runVectors(path.join(root, 'vectors/state-resolution/forks.jsonl'));
});

const sharedVectors = process.env['GATEHOUSE_VECTORS'] ?? path.resolve(root, '../shared/vectors');
const shared = path.join(sharedVectors, 'state-resolution.jsonl');
const skip = existsSync(shared) ? false : `there is no ${shared}; GATEHOUSE_VECTORS names the folder`;
describe('vectors from outside the repository', { skip }, () => {
  if (skip === false) runVectors(shared);
});

/** A room and some of its states. */
const drawn = fc
  .record({ seed: fc.nat(), version: fc.constantFrom(...knownRoomVersions()), size: fc.integer({ min: 10, max: 60 }) })
  .map(({ seed, version, size }) => {
    const room = new GeneratedRoom(new Dice(seed), version, size);
    return { room, states: room.drawStates(), wild: room.drawWildStates() };
  });

const property = (name: string, check: (room: GeneratedRoom, states: readonly StateMap[], isWild: boolean) => void) => {
  test(name, () => {
    const holds = fc.property(drawn, ({ room, states, wild }) => {
      check(room, states, false);
      check(room, wild, true);
    });
    fc.assert(holds, { numRuns: 120 });
  });
};

function same(a: StateMap, b: StateMap): void {
  const plain = (state: StateMap) => [...state].map(([type, ofType]) => [type, [...ofType].sort()]).sort();
  assert.deepEqual(plain(a), plain(b));
}

/** The same state, its entries the other way round. */
function reversed(state: StateMap): StateMap {
  const entries = [...state].map(([type, ofType]) => [type, new Map([...ofType].reverse())] as const);
  return new Map(entries.reverse());
}

describe('any states of any room', () => {
  property('resolve to the same in whatever order they and their entries come', (room, states) => {
    const resolved = resolveState(room.rules, states, room.lookup);
    same(resolveState(room.rules, states.toReversed().map(reversed), room.lookup), resolved);
    same(resolveState(room.rules, [...states.slice(1), ...states.slice(0, 1)], room.lookup), resolved);
  });

  property('resolve to the same when one of them comes twice, and with a used index', (room, states) => {
    const resolved = resolveState(room.rules, states, room.lookup);
    same(resolveState(room.rules, [...states, ...states.slice(0, 1)], room.lookup), resolved);
    const authChains = new AuthChains(room.lookup);
    for (let round = 0; round < 2; round += 1) {
      same(resolveState(room.rules, states, room.lookup, { authChains }), resolved);
      resolveState(room.rules, room.drawStates(), room.lookup, { authChains });
    }
  });

  property('resolve to what does not change when it is resolved again', (room, states) => {
    const resolved = resolveState(room.rules, states, room.lookup);
    same(resolveState(room.rules, [resolved], room.lookup), resolved);
    same(resolveState(room.rules, [resolved, resolved], room.lookup), resolved);
  });

  property('keep what they agree on, and take the rest from among their events', (room, states) => {
    const resolved = resolveState(room.rules, states, room.lookup);
    const { agreed } = splitStates(states, 'conflict');
    for (const [type, ofType] of agreed) {
      for (const [key, eventId] of ofType) assert.equal(resolved.get(type)?.get(key), eventId);
    }
    for (const [type, ofType] of resolved) {
      for (const [key, eventId] of ofType) {
        const pdu = room.lookup(eventId);
        assert.ok(pdu?.type === type && pdu.stateKey === key);
      }
    }
  });

  property('resolve to what the rules allow', (room, states, isWild) => {
    // Version 1 of the algorithm takes the first of some events unchecked, and wild states were never allowed.
    if (isWild || room.rules.stateResolution === 'v1') return;
    const resolved = resolveState(room.rules, states, room.lookup);
    const pdus = [...eventIdsOf(resolved)].map(room.lookup).filter((pdu) => pdu !== undefined);
    const { conflicted } = splitStates(states, 'conflict');
    for (const { type, stateKey } of conflicted) {
      const pdu = pdus.find((event) => event.type === type && event.stateKey === stateKey);
      if (pdu === undefined) continue;
      // What the event rests on may have been overruled later; it was allowed with its own auth events at least.
      const state = new StateEvents().setAll(room.authEventsOf(pdu));
      assert.deepEqual(checkAuthAgainstState(pdu, state), { allowed: true });
    }
  });

  property('without some of their events do not make it fail', (room, states) => {
    const gone = new Set(room.events.filter((_, index) => index % 5 === 2).map(({ eventId }) => eventId));
    const lookup: typeof room.lookup = (eventId) => (gone.has(eventId) ? undefined : room.lookup(eventId));
    const resolved = resolveState(room.rules, states, lookup);
    same(resolveState(room.rules, states.toReversed(), lookup), resolved);
  });

  property('give rejected events no say', (room, states) => {
    const isRejected = (eventId: string) => room.events.findIndex((pdu) => pdu.eventId === eventId) % 5 === 4;
    const { conflicted } = splitStates(states, 'conflict');
    if (room.rules.stateResolution === 'v1') return;
    const resolved = resolveState(room.rules, states, room.lookup, { isRejected });
    for (const { type, stateKey } of conflicted) {
      const eventId = resolved.get(type)?.get(stateKey);
      assert.ok(eventId === undefined || !isRejected(eventId));
    }
  });
});

test('no states, and one', () => {
  const room = new GeneratedRoom(new Dice(1), '10', 5);
  assert.equal(resolveState(room.rules, [], room.lookup).size, 0);
  const state = new StateMapBuilder().setAll(room.drawStates()[0] ?? new Map()).map;
  assert.equal(resolveState(room.rules, [state], room.lookup), state);
});

test('lines that are none', () => {
  for (const [line, error] of [
    ['', 'bad_json'],
    ['[]', 'bad_json'],
    ['{"room_version":"99","events":[],"state_sets":[]}', 'unsupported_room_version'],
    ['{"room_version":"1"}', 'bad_json'],
    ['{"room_version":"1","events":[5],"state_sets":[]}', 'bad_json'],
    ['{"room_version":"1","events":[],"state_sets":[["$a"]]}', 'bad_json'],
    ['{"room_version":"1","events":[],"state_sets":[5]}', 'bad_json'],
  ] as const) {
    assert.equal(own(parseObject(debugResolveLine(line)), 'error'), error, line);
  }
  assert.equal(debugResolveLine('{"room_version":"1","events":[],"state_sets":[]}'), '{"state":{}}');
});
