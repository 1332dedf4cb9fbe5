/** Servers that send graphs made to hurt: the work that they cause is bounded, and the room goes on. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import { parseEventId, type EventId } from '../../../src/protocol/ids/event-id.ts';
import { ownString, type JsonObject } from '../../../src/protocol/json.ts';
import { EventWorld } from '../../support/event-world.ts';
import { serverNamed, testKey } from '../../support/federation-fakes.ts';
import { GraphUnderTest, OTHER_SERVER } from '../../support/graph-under-test.ts';
import { ALL_ROOM_VERSIONS, RoomBuilder, userAt } from '../../support/room-builder.ts';

const OWNER = { serverName: OTHER_SERVER, key: testKey('ed25519:owner', 9) };
const bob = userAt('bob', serverNamed('two.example'));
/** Requests that one batch of events may cause, whatever is in it. */
const MOST_REQUESTS = 600;

let room: RoomBuilder;
let world: EventWorld;
let graph: GraphUnderTest;

async function begin(version: string): Promise<void> {
  room = new RoomBuilder(version, OWNER, { joinRule: 'public' });
  room.addMember(bob, 'join');
  world = new EventWorld();
  const [create] = room.timeline;
  assert.ok(create !== undefined);
  graph = await GraphUnderTest.open(create, room.rules, { world });
  await graph.receive(room.timeline.slice(1));
  world.asked.length = 0;
}

/** The room still takes an ordinary event at once and without asking anybody. */
async function assertGoesOn(): Promise<void> {
  const before = world.asked.length;
  const prevEvents = [graph.graph.extremities[0] ?? unknownId()];
  const known = await graph.graph.events.many(prevEvents);
  const depth = Math.max(...[...known.values()].map(({ pdu }) => pdu.depth)) + 1;
  const message = room.parse(room.makeMessage('hello', { prevEvents, ...(depth > 0 ? {} : { depth: 5 }) }));
  const [result] = await graph.receive([message]);
  assert.equal(result?.outcome, 'accepted', result?.reason);
  assert.equal(world.asked.length, before);
}

let unknowns = 0;
function unknownId(): EventId {
  unknowns += 1;
  const eventId = parseEventId(`$${Buffer.alloc(32, String(unknowns)).toString('base64url')}`);
  assert.ok(eventId !== undefined);
  return eventId;
}

/** A message that cites these, in place of events of the room. */
function citing(prevEvents: readonly EventId[], depth: number, change?: (event: JsonObject) => JsonObject): Pdu {
  return room.parse(
    room.makeMessage('trust me', { sender: bob, prevEvents, depth, ...(change === undefined ? {} : { change }) }),
  );
}

for (const version of ['1', '2'] as const) {
  describe(`version ${version}: ids that a server chooses`, () => {
    beforeEach(async () => await begin(version));
    const named = (name: string): EventId => parseEventId(`$${name}:${OTHER_SERVER}`) ?? unknownId();
    const as = (name: string) => (event: JsonObject) => ({ ...event, event_id: named(name) });

    it('cycles of previous events end', async () => {
      const [a, b] = [citing([named('b')], 9, as('a')), citing([named('a')], 9, as('b'))];
      world.add(a, b);
      await graph.receive([a]);
      await graph.receive([a, b]);
      assert.ok(world.asked.length < 50, `${String(world.asked.length)} requests`);
      await assertGoesOn();
    });

    it('cycles of auth events authorise nothing', async () => {
      const cite = (other: string, own: string) => (event: JsonObject) => ({
        ...event,
        event_id: named(own),
        auth_events: [...(room.rules.eventReferences === 'pairs' ? [[named(other), { sha256: 'AA' }]] : [])],
      });
      const a = citing(room.latest, 9, cite('b', 'a'));
      const b = citing(room.latest, 9, cite('a', 'b'));
      world.add(a, b);
      for (const result of await graph.receive([a, b])) {
        assert.notEqual(result.outcome, 'accepted');
        assert.notEqual(result.outcome, 'softFailed');
      }
      assert.ok(world.asked.length < 50, `${String(world.asked.length)} requests`);
      await assertGoesOn();
    });

    it('an event cites itself', async () => {
      const own = citing([named('own')], 9, as('own'));
      world.add(own);
      await graph.receive([own]);
      assert.ok(world.asked.length < 50, `${String(world.asked.length)} requests`);
      await assertGoesOn();
    });
  });
}

for (const version of ['4', '11', '12'] as const) {
  describe(`version ${version}`, () => {
    beforeEach(async () => await begin(version));

    it('unknown parents without end', async () => {
      world.lie = (endpoint, request) => {
        if (endpoint === 'get_missing_events') {
          const events = Array.from({ length: 50 }, (_, number) => citing([unknownId()], 10 + number).raw);
          return { events };
        }
        if (endpoint === 'event') return { pdus: [citing([unknownId()], 20).raw] };
        if (endpoint === 'state_ids') return { pdu_ids: [unknownId()], auth_chain_ids: [unknownId()] };
        if (endpoint === 'event_auth') return { auth_chain: [citing([unknownId()], 30).raw] };
        return request.body === undefined ? undefined : {};
      };
      const batch = Array.from({ length: 50 }, (_, number) => citing([unknownId()], 100 + number));
      const start = performance.now();
      await graph.receive(batch);
      assert.ok(world.asked.length <= MOST_REQUESTS * 2, `${String(world.asked.length)} requests`);
      assert.ok(performance.now() - start < 20_000);
      await assertGoesOn();
    });

    it('unknown parents of unknown parents, twenty each', async () => {
      const twenty = (): EventId[] => Array.from({ length: 20 }, unknownId);
      world.lie = (endpoint) => {
        if (endpoint === 'get_missing_events') return { events: [citing(twenty(), 10).raw] };
        if (endpoint === 'event') return { pdus: [citing(twenty(), 20).raw] };
        if (endpoint === 'state_ids') return { pdu_ids: twenty(), auth_chain_ids: twenty() };
        return {};
      };
      await graph.receive([citing(twenty(), 100)]);
      assert.ok(world.asked.length <= MOST_REQUESTS, `${String(world.asked.length)} requests`);
      await assertGoesOn();
    });

    it('a lie about depth does not hide a parent that is in the same batch', async () => {
      const topic = room.add({ type: 'm.room.topic', stateKey: '', content: { topic: 'deep' }, depth: 1_000_000 });
      const message = room.parse(room.makeMessage('shallow', { depth: 1 }));
      world.isDown = true;
      await graph.receive([message, topic]);
      const state = await graph.stateAfter(message.eventId);
      assert.equal(state?.['m.room.topic|'], topic.eventId);
      assert.deepEqual(graph.graph.extremities, [message.eventId]);
      assert.deepEqual(world.asked, []);
    });

    it('thousands of extremities that change nothing', async () => {
      const [fork] = room.latest;
      assert.ok(fork !== undefined);
      const start = performance.now();
      for (let batch = 0; batch < 60; batch += 1) {
        await graph.receive(Array.from({ length: 50 }, () => citing([fork], 100)));
      }
      assert.ok(graph.graph.extremities.length <= 50);
      assert.ok(performance.now() - start < 15_000, `${String(performance.now() - start)} ms`);
      await assertGoesOn();
    });

    it('hundreds of extremities that all differ in state', async () => {
      const [fork] = room.latest;
      assert.ok(fork !== undefined);
      const start = performance.now();
      for (let batch = 0; batch < 10; batch += 1) {
        const topics = Array.from({ length: 50 }, (_, number) =>
          room.parse(
            room.make({
              type: 'm.room.topic',
              stateKey: '',
              content: { topic: `${String(batch)} ${String(number)}` },
              prevEvents: [fork],
            }),
          ),
        );
        await graph.receive(topics);
      }
      assert.ok(graph.graph.extremities.length <= 200);
      assert.ok(performance.now() - start < 20_000, `${String(performance.now() - start)} ms`);
      await assertGoesOn();
    });

    it('extremities that are let go leave the current state as it is', async () => {
      const [fork] = room.latest;
      assert.ok(fork !== undefined);
      const forks = Array.from({ length: 120 }, (_, number) =>
        room.parse(room.makeMessage('fork', { prevEvents: [fork], depth: 50 + number })),
      );
      const topic = room.addState('m.room.topic', { topic: 'of the same server' });
      await graph.receive([topic]);
      for (let at = 0; at < forks.length; at += 40) await graph.receive(forks.slice(at, at + 40));
      assert.ok(graph.graph.extremities.length <= 50);
      assert.equal((await graph.currentState())['m.room.topic|'], topic.eventId);
    });

    it('a flood of forks that claim to be deep pushes no event of another server out of the current state', async () => {
      const [fork] = room.latest;
      assert.ok(fork !== undefined);
      const forks = Array.from({ length: 120 }, (_, number) => citing([fork], 1_000_000 + number));
      const topic = room.addState('m.room.topic', { topic: 'honest' });
      await graph.receive([topic]);
      await graph.receive(forks.slice(0, 60));
      await graph.receive(forks.slice(60));
      assert.equal((await graph.currentState())['m.room.topic|'], topic.eventId);
    });
  });
}

describe('missing events', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    it(`version ${version}: a gap of 300 events with 250 new members ends with the whole state`, async () => {
      await begin(version);
      for (let number = 0; number < 250; number += 1) {
        room.addMember(userAt(`m${String(number)}`, OTHER_SERVER), 'join');
      }
      for (let number = 0; number < 50; number += 1) room.addMessage(`message ${String(number)}`);
      world.add(...room.timeline);
      world.stateBefore = (eventId) => room.stateBefore(eventId).map((pdu) => pdu.eventId);
      const last = room.addMessage('after the gap');
      const [result] = await graph.receive([last]);
      assert.equal(result?.outcome, 'accepted', result?.reason);
      const expected = [...room.state.values()].map((pdu) => pdu.eventId).sort();
      const state = await graph.stateAfter(last.eventId);
      assert.equal(Object.keys(state ?? {}).length, expected.length);
      assert.deepEqual(Object.values(state ?? {}).sort(), expected);
      assert.deepEqual(Object.values(await graph.currentState()).sort(), expected);
      assert.ok(world.asked.length < 700, `${String(world.asked.length)} requests`);
    });
  }

  it('a room whose history cannot be had goes on with what is known, and says so', async () => {
    await begin('11');
    room.addMessage('lost');
    world.isDown = true;
    const after = room.addMessage('after it');
    const [result] = await graph.receive([after]);
    assert.equal(result?.outcome, 'accepted', result?.reason);
    const known = await graph.graph.events.get(after.eventId);
    assert.match(known?.record.reason ?? '', /could not be had/);
    assert.equal(ownString(after.content, 'body'), 'after it');
    await assertGoesOn();
  });

  it('a soft-failed event is no extremity, nor what lies before it once the room has gone on behind it', async () => {
    await begin('11');
    const [fork] = room.latest;
    assert.ok(fork !== undefined);
    const late = citing([fork], 8);
    const ban = room.add({
      type: 'm.room.member',
      stateKey: bob,
      content: { membership: 'ban' },
      sender: room.creator,
    });
    await graph.receive([ban]);
    const [result] = await graph.receive([late]);
    assert.equal(result?.outcome, 'softFailed');
    assert.deepEqual(graph.graph.extremities, [ban.eventId]);
    const merge = room.parse(room.makeMessage('both', { prevEvents: [late.eventId] }));
    await graph.receive([merge]);
    const next = room.parse(room.makeMessage('all', { prevEvents: [merge.eventId, ban.eventId] }));
    await graph.receive([next]);
    assert.deepEqual(graph.graph.extremities, [next.eventId]);
  });

  it('what the room refuses does not get in as what lies before another event', async () => {
    await begin('11');
    const allowed = [...room.state.values()].map((pdu) => pdu.eventId);
    const refused = citing([unknownId()], 8);
    const ban = room.add({
      type: 'm.room.member',
      stateKey: bob,
      content: { membership: 'ban' },
      sender: room.creator,
    });
    await graph.receive([ban]);
    world.add(...room.timeline, refused);
    world.stateBefore = () => allowed;
    world.lie = (endpoint) => (endpoint === 'get_missing_events' ? { events: [] } : undefined);
    const after = room.parse(room.makeMessage('after it', { prevEvents: [refused.eventId] }));
    const [result] = await graph.receive([after]);
    assert.equal(result?.outcome, 'accepted', result?.reason);
    assert.ok((await graph.stateAfter(refused.eventId)) !== undefined);
    assert.equal(await graph.statusOf(refused.eventId), 'softFailed');
  });

  it('a membership event handed in with unknown events before it makes the room ask nobody', async () => {
    await begin('11');
    const carol = userAt('carol', serverNamed('three.example'));
    const content = { membership: 'join' };
    const draft = { type: 'm.room.member', stateKey: carol, sender: carol, content, prevEvents: [unknownId()] };
    const submitted = await graph.graph.submit(room.parse(room.make(draft)), serverNamed('three.example'));
    assert.ok(!submitted.ok);
    assert.equal(submitted.outcome, 'missingState');
    assert.deepEqual(world.asked, []);
    await assertGoesOn();
  });
});
