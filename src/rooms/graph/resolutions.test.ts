import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Dice } from '../../../tests/interop/support/dice.ts';
import { GeneratedRoom } from '../../../tests/support/generated-room.ts';
import { stateEntries } from '../../../tests/support/graph-under-test.ts';
import { ALL_ROOM_VERSIONS, RoomBuilder, userAt } from '../../../tests/support/room-builder.ts';
import { serverNamed, testKey } from '../../../tests/support/federation-fakes.ts';
import { createMemoryStorage } from '../../storage/storage.ts';
import type { EventLookup } from '../../protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../../protocol/state-resolution/resolve-state.ts';
import { StateMapBuilder, type StateMap } from '../../protocol/state-resolution/state-map.ts';
import type { EventSource, KnownEvent } from './graph-events.ts';
import type { StateId } from './ports.ts';
import { newEvent } from './receipt.ts';
import { Resolutions } from './resolutions.ts';
import { StateTrees } from './state-trees.ts';

const SEED = Number(process.env['GATEHOUSE_SEED'] ?? 20_261_122);
const ROOMS_PER_VERSION = 3;
const RESOLUTIONS_PER_ROOM = 12;

class Sources {
  readonly trees = new StateTrees(createMemoryStorage().graph).draft();
  readonly asked = new Set<string>();
  readonly #lookup: EventLookup;

  constructor(lookup: EventLookup) {
    this.#lookup = lookup;
  }

  readonly events: EventSource = {
    get: async (eventId) => (await this.events.many([eventId])).get(eventId),
    many: async (eventIds) => {
      const found = [...eventIds].flatMap((eventId) => this.#lookup(eventId) ?? []);
      for (const pdu of found) this.asked.add(pdu.eventId);
      return new Map(
        found.map((pdu): [typeof pdu.eventId, KnownEvent] => [
          pdu.eventId,
          { pdu, record: newEvent(pdu, 'accepted', serverNamed('x'), 1) },
        ]),
      );
    },
  };

  build(state: StateMap): StateId {
    const entries = [...state].flatMap(([type, ofType]) =>
      [...ofType].map(([stateKey, eventId]) => ({ type, stateKey, eventId })),
    );
    return this.trees.build(entries).id;
  }

  async read(id: StateId): Promise<StateMap> {
    const state = new StateMapBuilder();
    for (const { type, stateKey, eventId } of await this.trees.entries(id)) state.set(type, stateKey, eventId);
    return state.map;
  }
}

describe('resolving what differs comes to what resolving everything does', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    for (let number = 0; number < ROOMS_PER_VERSION; number += 1) {
      const seed = SEED + Number(version) * 100 + number;
      it(`version ${version}, seed ${String(seed)}`, async () => {
        const dice = new Dice(seed);
        const room = new GeneratedRoom(dice, version, 40 + dice.below(120));
        const resolutions = new Resolutions(room.rules);
        const sources = new Sources(room.lookup);
        for (let time = 0; time < RESOLUTIONS_PER_ROOM; time += 1) {
          const states = dice.chance(0.5) ? room.drawStates() : room.drawWildStates();
          const ids = [...new Set(states.map((state) => sources.build(state)))].sort();
          if (ids.length < 2) continue;
          const whole = resolveState(room.rules, states, room.lookup);
          const id = await resolutions.resolve(ids, sources);
          assert.deepEqual(stateEntries(await sources.read(id)), stateEntries(whole), `resolution ${String(time)}`);
          assert.equal(id, sources.build(whole), 'equal states have equal ids');
        }
      });
    }
  }
});

describe('resolving a large room', () => {
  for (const version of ['1', '11', '12']) {
    it(`version ${version}: 100 states that differ in one key are resolved without reading its members`, async () => {
      const server = serverNamed('one.example');
      const room = new RoomBuilder(
        version,
        { serverName: server, key: testKey('ed25519:owner', 9) },
        { joinRule: 'public' },
      );
      for (let number = 0; number < 600; number += 1) room.addMember(userAt(`m${String(number)}`, server), 'join');
      const topics = Array.from({ length: 100 }, (_, number) =>
        room.parse(room.make({ type: 'm.room.topic', stateKey: '', content: { topic: String(number) } })),
      );
      for (const topic of topics) room.events.set(topic.eventId, topic);
      const sources = new Sources((eventId) => room.events.get(eventId));
      const state = [...room.state.values()];
      const ids = topics.map((topic) => {
        const entries = [...state, topic].map(({ type, stateKey = '', eventId }) => ({ type, stateKey, eventId }));
        return sources.trees.build(entries).id;
      });
      const start = performance.now();
      const id = await new Resolutions(room.rules).resolve(ids.sort(), sources);
      assert.ok(performance.now() - start < 2_000, `${String(performance.now() - start)} ms`);
      assert.ok(ids.includes(id));
      assert.ok(sources.asked.size < 110, `${String(sources.asked.size)} events were read`);
    });
  }
});
