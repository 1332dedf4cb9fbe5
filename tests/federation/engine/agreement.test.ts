/** However a room's events come in, every server ends with the same state after each of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import type { EventId } from '../../../src/protocol/ids/event-id.ts';
import { eventIdsOf } from '../../../src/protocol/state-resolution/state-map.ts';
import { createMemoryStorage } from '../../../src/storage/storage.ts';
import { Dice } from '../../interop/support/dice.ts';
import { EventWorld } from '../../support/event-world.ts';
import { serverNamed } from '../../support/federation-fakes.ts';
import { GeneratedRoom } from '../../support/generated-room.ts';
import { GraphUnderTest, stateEntries } from '../../support/graph-under-test.ts';
import { ALL_ROOM_VERSIONS } from '../../support/room-builder.ts';

const SEED = Number(process.env['GATEHOUSE_SEED'] ?? 20_261_121);
const ROOMS_PER_VERSION = 4;

type Deliver = (dice: Dice, graph: GraphUnderTest, events: readonly Pdu[]) => Promise<void>;

const DELIVERIES: Readonly<Record<string, Deliver>> = {
  'one by one, in order': async (_dice, graph, events) => {
    for (const pdu of events) await graph.receive([pdu]);
  },
  'in large batches, shuffled': async (dice, graph, events) => {
    for (let at = 0; at < events.length; at += 30) await graph.receive(dice.shuffle(events.slice(at, at + 30)));
  },
  'one by one, wildly shuffled, gaps filled by asking': async (dice, graph, events) => {
    for (const pdu of dice.shuffle(events)) await graph.receive([pdu]);
  },
  'half of them, then all of them again': async (dice, graph, events) => {
    await graph.receive(events.filter(() => dice.chance(0.5)));
    await graph.receive(events);
  },
};

describe('servers agree on the state after every event', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    for (let number = 0; number < ROOMS_PER_VERSION; number += 1) {
      const seed = SEED + Number(version) * 100 + number;
      const dice = new Dice(seed);
      const room = new GeneratedRoom(dice, version, 20 + dice.below(80));
      for (const [how, deliver] of Object.entries(DELIVERIES)) {
        it(`version ${version}, room ${String(number)} (seed ${String(seed)}): ${how}`, async () => {
          const graph = await open(room);
          await deliver(dice, graph, room.events.slice(1));
          await assertAgrees(graph, room);
        });
      }
    }
  }
});

describe('resends', () => {
  const room = new GeneratedRoom(new Dice(SEED), '11', 60);

  it('the same events ten times are stored once', async () => {
    const graph = await open(room);
    for (let time = 0; time < 10; time += 1) await graph.receive(room.events.slice(1));
    await assertStoredOnce(graph, room);
  });

  it('the same events from ten servers at once are stored once', async () => {
    const graph = await open(room);
    const servers = Array.from({ length: 10 }, (_, number) => serverNamed(`server${String(number)}.example`));
    await Promise.all(servers.map((server) => graph.receive(room.events.slice(1), server)));
    await assertStoredOnce(graph, room);
  });

  it('a restart in the middle changes nothing', async () => {
    const storage = createMemoryStorage();
    const world = worldOf(room);
    const [create] = room.events;
    assert.ok(create !== undefined);
    for (const pdu of room.events.slice(1)) {
      const graph = await GraphUnderTest.open(create, room.rules, { world, storage });
      await graph.receive([pdu]);
    }
    const once = await open(room);
    for (const pdu of room.events.slice(1)) await once.receive([pdu]);
    const restarted = await GraphUnderTest.open(create, room.rules, { world, storage });
    assert.deepEqual(await restarted.currentState(), await once.currentState());
    assert.deepEqual([...restarted.graph.extremities].sort(), [...once.graph.extremities].sort());
    await assertAgrees(restarted, room);
  });
});

function worldOf(room: GeneratedRoom): EventWorld {
  const world = new EventWorld();
  world.add(...room.events);
  const before = statesBefore(room);
  world.stateBefore = (eventId) => before(eventId);
  return world;
}

/** By the state after the event itself, or after what comes before it. */
function statesBefore(room: GeneratedRoom): (eventId: EventId) => Iterable<EventId> | undefined {
  return (eventId) => {
    const pdu = room.lookup(eventId);
    const [previous] = pdu?.prevEvents ?? [];
    const after = room.statesAfter.get(eventId);
    if (pdu === undefined || previous === undefined || after === undefined) return undefined;
    if (pdu.stateKey === undefined || pdu.prevEvents.length > 1) {
      return pdu.stateKey === undefined ? eventIdsOf(after) : undefined;
    }
    const before = room.statesAfter.get(previous);
    return before === undefined ? undefined : eventIdsOf(before);
  };
}

async function open(room: GeneratedRoom): Promise<GraphUnderTest> {
  const [create] = room.events;
  assert.ok(create !== undefined);
  return await GraphUnderTest.open(create, room.rules, { world: worldOf(room) });
}

async function assertAgrees(graph: GraphUnderTest, room: GeneratedRoom): Promise<void> {
  const accepted = new Set(room.accepted.map((pdu) => pdu.eventId));
  for (const [number, pdu] of room.events.entries()) {
    const what = `event ${String(number)}, ${pdu.type}, ${pdu.eventId}`;
    const status = await graph.statusOf(pdu.eventId);
    assert.equal(status === 'rejected', !accepted.has(pdu.eventId), `${what} is ${status ?? 'unknown'}`);
    if (!accepted.has(pdu.eventId)) continue;
    assert.deepEqual(await graph.stateAfter(pdu.eventId), stateEntries(room.stateAfter(pdu)), what);
  }
}

async function assertStoredOnce(graph: GraphUnderTest, room: GeneratedRoom): Promise<void> {
  await assertAgrees(graph, room);
  const stored = await graph.storage.graph.stream(0, 10_000);
  assert.equal(stored.length, room.events.length);
  assert.equal(new Set(stored.map((record) => record.position)).size, stored.length);
}
