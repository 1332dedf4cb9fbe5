import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Dice } from '../../../tests/interop/support/dice.ts';
import { GeneratedRoom } from '../../../tests/support/generated-room.ts';
import { longAuthChain } from '../../../tests/support/long-auth-chain.ts';
import { RuleRoom, ALICE } from '../../../tests/support/rule-room.ts';
import { parsePdu, type Pdu } from '../events.ts';
import { parseEventId, type EventId } from '../ids/event-id.ts';
import { knownRoomVersions } from '../room-versions.ts';
import { AuthChains, authEventIdsOf } from './auth-chains.ts';
import { resolveState } from './resolve-state.ts';
import { eventIdsOf, StateMapBuilder } from './state-map.ts';

/** The event and its auth chain, by walking. */
function walk(start: Iterable<EventId>, lookup: (eventId: EventId) => Pdu | undefined): Set<EventId> {
  const found = new Set<EventId>();
  const open = [...start];
  for (let eventId = open.pop(); eventId !== undefined; eventId = open.pop()) {
    const pdu = lookup(eventId);
    if (pdu === undefined || found.has(eventId)) continue;
    found.add(eventId);
    open.push(...authEventIdsOf(pdu));
  }
  return found;
}

test('difference and subgraph are what walking the chains finds', () => {
  const rooms = fc.record({
    seed: fc.nat(),
    version: fc.constantFrom(...knownRoomVersions()),
    size: fc.integer({ min: 5, max: 80 }),
  });
  const holds = fc.property(rooms, ({ seed, version, size }) => {
    const dice = new Dice(seed);
    const room = new GeneratedRoom(dice, version, size);
    const chains = new AuthChains(room.lookup);
    for (let round = 0; round < 3; round += 1) {
      const sets = room.drawWildStates().map((state) => [...eventIdsOf(state)]);
      const walked = sets.map((ids) => walk(ids, room.lookup));
      const union = walked.reduce((a, b) => a.union(b));
      const common = walked.reduce((a, b) => a.intersection(b));
      const shared = sets[0]?.filter(() => dice.chance(0.5)) ?? [];
      const expected = [...union.difference(common.union(walk(shared, room.lookup)))].sort();
      assert.deepEqual([...chains.difference(shared, sets)].sort(), expected);

      const ends = dice.shuffle(sets.flat()).slice(0, 6);
      const within = walk(ends, room.lookup);
      const leading = [...within].filter((eventId) => ends.some((end) => walk([eventId], room.lookup).has(end)));
      assert.deepEqual([...chains.subgraph([...new Set(ends)])].sort(), leading.sort());
    }
  });
  fc.assert(holds, { numRuns: 60 });
});

describe('a chain of 10,000 auth events', () => {
  for (const fork of [3, 5_000]) {
    test(`whose branches part ${fork} events before the end`, (t) => {
      const { rules, events, states } = longAuthChain(10_000, fork);
      const lookup = (eventId: EventId) => events.get(eventId);
      const chains = new AuthChains(lookup);
      const rests = states.map((state) => [...eventIdsOf(state)]);
      const started = performance.now();
      assert.equal(chains.difference([], rests).length, 2 * fork);
      const seconds = (performance.now() - started) / 1000;
      t.diagnostic(`indexed and compared in ${seconds.toFixed(3)} s`);
      // Generous, as other tests run at the same time; the benchmark has the figure.
      assert.ok(seconds < 2);
      const resolved = resolveState(rules, states, lookup, { authChains: chains });
      assert.equal(resolved.size, 3);
    });
  }
});

describe('hostile graphs', () => {
  /** Power levels and memberships of room version 1, which may name their own ids and so cite one another in circles. */
  function circle(size: number) {
    const room = new RuleRoom('1');
    const events = new Map<EventId, Pdu>([[room.create.eventId, room.create]]);
    const idOf = (number: number) => parseEventId(`$circle${number % size}:one.example`)!;
    for (let number = 0; number < size; number += 1) {
      const template = room.event({
        type: number % 2 === 0 ? 'm.room.power_levels' : 'm.room.member',
        stateKey: number % 2 === 0 ? '' : ALICE,
        sender: ALICE,
        content: number % 2 === 0 ? { users: { [ALICE]: 100 } } : { membership: 'join' },
        eventId: idOf(number),
        authEvents: [room.create.eventId, idOf(number + 1), idOf(number + 2), idOf(number * 7), '$missing:one.example'],
      });
      events.set(template.eventId, template);
    }
    return { room, events, idOf };
  }

  for (const version of ['2', '1']) {
    test(`circles by claim end, and in the same place, in version ${version}`, () => {
      const { room, events, idOf } = circle(2_000);
      const rules = version === '1' ? room.rules : new RuleRoom(version).rules;
      const states = [0, 2, 500].map((number) => {
        const state = new StateMapBuilder();
        state.set('m.room.create', '', room.create.eventId);
        state.set('m.room.power_levels', '', idOf(number));
        state.set('m.room.member', ALICE, idOf(number + 1));
        return state.map;
      });
      const lookup = (eventId: EventId) => events.get(eventId);
      const resolved = resolveState(rules, states, lookup);
      assert.deepEqual(resolveState(rules, states.toReversed(), lookup), resolved);
      assert.ok(resolved.get('m.room.create')?.has('') === true);
    });
  }

  test('an event that cites itself', () => {
    const room = new RuleRoom('2');
    const self = room.event({ type: 'm.room.topic', stateKey: '', sender: ALICE, content: {}, eventId: '$self:a', authEvents: ['$self:a'] }); // prettier-ignore
    const lookup = (eventId: EventId) => (eventId === self.eventId ? self : undefined);
    assert.deepEqual(new AuthChains(lookup).difference([], [[self.eventId], []]), [self.eventId]);
  });

  test('a comb of forks does not take quadratic memory', () => {
    const room = new RuleRoom('11');
    const events = new Map<EventId, Pdu>();
    let last: EventId[] = [];
    for (let number = 0; number < 20_000; number += 1) {
      const eventId = parseEventId(`$${number}`)!;
      const raw = { ...room.create.raw, type: 'm.room.power_levels', auth_events: last, prev_events: [], room_id: '!room:one.example' }; // prettier-ignore
      const parsed = parsePdu(raw, room.rules, eventId);
      assert.ok(parsed.ok);
      events.set(eventId, parsed.pdu);
      if (number % 2 === 0) last = [eventId];
    }
    const before = process.memoryUsage().arrayBuffers;
    const chains = new AuthChains((eventId) => events.get(eventId));
    assert.equal(chains.difference([], [[...events.keys()], []]).length, 20_000);
    assert.equal(chains.size, 20_000);
    assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024);
  });
});
