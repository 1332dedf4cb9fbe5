/** One change of a room: readers see all of it once it is stored, and nothing before; memory never lags behind storage. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { GraphChange } from '../../../src/rooms/graph/ports.ts';
import { createMemoryStorage, type Storage } from '../../../src/storage/storage.ts';
import { EventWorld } from '../../support/event-world.ts';
import { serverNamed, testKey } from '../../support/federation-fakes.ts';
import { GraphUnderTest, OTHER_SERVER } from '../../support/graph-under-test.ts';
import { RoomBuilder, userAt } from '../../support/room-builder.ts';

const OWNER = { serverName: OTHER_SERVER, key: testKey('ed25519:owner', 9) };
const TWO = serverNamed('two.example');
const bob = userAt('bob', TWO);

describe('a change of a room', () => {
  let room: RoomBuilder;
  let storage: Storage;
  let graph: GraphUnderTest;
  let before: (change: GraphChange) => Promise<void> | undefined;

  beforeEach(async () => {
    room = new RoomBuilder('11', OWNER, { joinRule: 'public', users: { [bob]: 50 } });
    room.addMember(bob, 'join');
    storage = createMemoryStorage();
    before = () => undefined;
    const append = storage.graph.append.bind(storage.graph);
    storage.graph.append = async (change) => {
      await before(change);
      await append(change);
    };
    const [create] = room.timeline;
    assert.ok(create !== undefined);
    graph = await GraphUnderTest.open(create, room.rules, { world: new EventWorld(), storage });
    await graph.receive(room.timeline.slice(1));
  });

  it('is seen by readers when it is stored, not before', async () => {
    const storing = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    before = () => {
      begun.resolve(undefined);
      return storing.promise;
    };
    const topic = room.addState('m.room.topic', { topic: 'new' });
    const received = graph.receive([topic]);
    await begun.promise;
    assert.equal(await graph.graph.events.get(topic.eventId), undefined);
    assert.equal((await graph.graph.events.many([topic.eventId])).size, 0);
    assert.equal(graph.graph.room.stateEvent('m.room.topic', ''), undefined);
    storing.resolve(undefined);
    await received;
    assert.ok((await graph.graph.events.get(topic.eventId)) !== undefined);
    assert.equal(graph.graph.room.stateEvent('m.room.topic', '')?.eventId, topic.eventId);
  });

  it('that could not be stored never was, and may come again', async () => {
    before = () => Promise.reject(new Error('the disk is full'));
    const topic = room.addState('m.room.topic', { topic: 'new' });
    await assert.rejects(graph.receive([topic]), /disk is full/);
    assert.equal(await graph.graph.events.get(topic.eventId), undefined);
    before = () => undefined;
    const [result] = await graph.receive([topic]);
    assert.equal(result?.outcome, 'accepted');
  });

  it('is there although those who are told of it fail; they are told again after the next', async () => {
    const told: (readonly string[])[] = [];
    let isFull = true;
    storage.rooms.addKnownEvents = async (_roomId, eventIds) => {
      if (isFull) throw new Error('the disk is full');
      told.push(eventIds);
    };
    const topic = room.addState('m.room.topic', { topic: 'new' });
    const [result] = await graph.receive([topic]);
    assert.equal(result?.outcome, 'accepted');
    assert.deepEqual(graph.graph.extremities, [topic.eventId]);
    assert.equal(graph.graph.room.stateEvent('m.room.topic', '')?.eventId, topic.eventId);
    isFull = false;
    const next = room.addMessage('next');
    await graph.receive([next]);
    assert.deepEqual(told, [[topic.eventId], [next.eventId]]);
  });

  it('that is refused leaves nothing behind', async () => {
    const fork = room.latest;
    const ban = room.addMember(bob, 'ban', { sender: room.creator });
    await graph.receive([ban]);
    for (let number = 0; number < 5; number += 1) {
      const topic = { type: 'm.room.topic', stateKey: '', sender: bob, content: { topic: String(number) } };
      const late = room.parse(room.make({ ...topic, prevEvents: fork, authEvents: authEventsOf(room, ban.eventId) }));
      const submitted = await graph.graph.submit(late, TWO);
      assert.ok(!submitted.ok);
      assert.equal(submitted.outcome, 'softFailed', submitted.reason);
    }
    const nodes: number[] = [];
    before = (change) => {
      nodes.push(change.stateNodes.length);
      return undefined;
    };
    await graph.receive([room.addMessage('goes on')]);
    assert.deepEqual(nodes, [0]);
  });
});

/** Those of bob before he was banned. */
function authEventsOf(room: RoomBuilder, ban: string) {
  const state = room.timeline.filter((pdu) => pdu.stateKey !== undefined && pdu.eventId !== ban);
  const wanted = ['m.room.create', 'm.room.power_levels'];
  return state
    .filter((pdu) => wanted.includes(pdu.type) || (pdu.type === 'm.room.member' && pdu.stateKey === bob))
    .map((pdu) => pdu.eventId);
}
