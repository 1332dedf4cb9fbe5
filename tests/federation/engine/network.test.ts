/** Several Gatehouses in one process, on loopback: whatever happens between them, they end with equal state. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import { own, ownObject, ownString, type JsonObject } from '../../../src/protocol/json.ts';
import type { FakeOrigin } from '../../support/fake-origin.ts';
import { ALL_ROOM_VERSIONS } from '../../support/room-builder.ts';
import { TestNetwork, type TestGatehouse } from '../../support/test-network.ts';

async function create(gatehouse: TestGatehouse, wanted: JsonObject): Promise<string> {
  const { body } = await gatehouse.owner('POST', 'rooms', wanted);
  const roomId = ownString(body, 'roomId');
  assert.ok(roomId !== undefined, JSON.stringify(body));
  return roomId;
}

async function join(gatehouse: TestGatehouse, target: string, via: { readonly serverName: string }): Promise<void> {
  const { body } = await gatehouse.owner('POST', 'rooms/join', { target, via: [via.serverName] });
  assert.equal(ownString(body, 'type'), 'joined', JSON.stringify(body));
}

async function say(gatehouse: TestGatehouse, roomId: string, text: string): Promise<string> {
  const { body } = await gatehouse.owner('POST', `rooms/${encodeURIComponent(roomId)}/send`, { text });
  const eventId = ownString(body, 'eventId');
  assert.ok(eventId !== undefined, JSON.stringify(body));
  return eventId;
}

async function event(gatehouse: TestGatehouse, eventId: string): Promise<JsonObject> {
  const { body } = await gatehouse.owner('GET', `events/${encodeURIComponent(eventId)}`);
  return ownObject(body, 'event') ?? body;
}

async function settle(gatehouses: readonly TestGatehouse[]): Promise<void> {
  // What one of them sends makes another one ask.
  for (let round = 0; round < 3; round += 1) for (const gatehouse of gatehouses) await gatehouse.settled();
}

/** Equal states have equal ids, on every server. */
async function assertSameState(gatehouses: readonly TestGatehouse[], eventId: string): Promise<void> {
  const seen = await Promise.all(gatehouses.map((gatehouse) => event(gatehouse, eventId)));
  for (const shown of seen) assert.equal(ownString(shown, 'status'), 'accepted', JSON.stringify(shown));
  const states = seen.map((shown) =>
    JSON.stringify([own(shown, 'stateBefore') ?? null, own(shown, 'stateAfter') ?? null]),
  );
  assert.equal(new Set(states).size, 1, states.join('\n'));
}

describe('several Gatehouses in a room', () => {
  for (const version of ['1', '6', '10', '11', '12']) {
    it(`version ${version}: join at once and through one another, speak, leave, and agree`, async () => {
      await using network = await TestNetwork.start();
      const servers = [];
      for (let number = 0; number < 4; number += 1) servers.push(await network.gatehouse());
      const [one, two, three, four] = servers as [TestGatehouse, TestGatehouse, TestGatehouse, TestGatehouse];
      const roomId = await create(one, { version, public: true });
      await Promise.all([two, three].map((server) => join(server, roomId, one)));
      await settle(servers);
      await join(four, roomId, three);
      await settle(servers);
      const messages = await Promise.all(servers.map((server) => say(server, roomId, 'all at once')));
      await settle(servers);
      // Those who joined at once may not know of one another yet; the resident server knows of both.
      messages.push(await say(one, roomId, 'you have not met'));
      await settle(servers);
      for (const eventId of messages) await assertSameState(servers, eventId);
      await two.leave(roomId);
      await settle(servers);
      const stayed = [one, three, four];
      const last = await say(three, roomId, 'they left');
      await settle(stayed);
      await assertSameState(stayed, last);
      assert.equal(await two.membership(roomId), 'left');
      await join(two, roomId, four);
      await settle(servers);
      const back = await say(two, roomId, 'back again');
      await settle(servers);
      await assertSameState(servers, back);
      for (const server of servers) assert.deepEqual(server.complaints, []);
    });
  }

  it('a server that was away for 150 messages catches up', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const two = await network.gatehouse();
    const away = await network.gatehouse();
    const roomId = await create(one, { version: '11', public: true });
    await join(two, roomId, one);
    await join(away, roomId, two);
    await settle([one, two, away]);
    await away.stop();
    for (let number = 0; number < 75; number += 1) {
      await say(one, roomId, `message ${String(number)}`);
      await say(two, roomId, `answer ${String(number)}`);
    }
    await two.stop();
    await away.start();
    // What waits is on disk: after a restart nobody waits for a pause to end.
    await one.restart();
    await settle([one, away]);
    const news = await say(one, roomId, 'you are back');
    await settle([one, away]);
    await assertSameState([one, away], news);
    await two.start();
    await one.restart();
    await settle([one, two, away]);
    const last = await say(away, roomId, 'what have I missed?');
    await settle([one, two, away]);
    await assertSameState([one, two, away], last);
  });
});

describe('forks', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    it(`version ${version}: branches that come in different orders from two servers end in one state`, async () => {
      await using network = await TestNetwork.start();
      const [origin, other] = [await network.origin(), await network.origin()];
      const [one, two, three] = [await network.gatehouse(), await network.gatehouse(), await network.gatehouse()];
      const servers = [one, two, three];
      const bob = other.user('bob');
      const room = origin.createRoom(version, { joinRule: 'public', users: { [bob]: 60 } });
      other.share(room);
      room.addMember(bob, 'join');
      for (const server of servers) {
        await join(server, room.roomId, origin);
        // The others learn of the join from its resident server.
        const joined = room.timeline.at(-1);
        for (const earlier of servers.slice(0, servers.indexOf(server))) await tell(origin, earlier, [joined]);
      }
      const base = room.latest;
      const state = (type: string, content: JsonObject, more: object = {}): Pdu =>
        room.parse(room.make({ type, stateKey: '', content, prevEvents: base, ...more }));
      const here = [
        state('m.room.topic', { topic: 'here' }),
        state('m.room.member', { membership: 'ban' }, { stateKey: bob }),
      ];
      const there = [
        state('m.room.topic', { topic: 'there' }, { sender: bob }),
        state('m.room.name', { name: 'There' }, { sender: bob }),
      ];
      for (const pdu of [...here, ...there]) room.take(pdu.raw);
      await tell(origin, one, [...here, ...there]);
      await tell(other, two, there);
      await tell(origin, two, here);
      const merge = room.parse(
        room.makeMessage('all of it', { prevEvents: [...here, ...there].map((pdu) => pdu.eventId), depth: 50 }),
      );
      room.take(merge.raw);
      for (const server of servers) await tell(origin, server, [merge]);
      await assertSameState(servers, merge.eventId);
    });
  }

  it('the same transaction ten times, and the same event from ten servers', async () => {
    await using network = await TestNetwork.start();
    const gatehouse = await network.gatehouse();
    const origin = await network.origin();
    const room = origin.createRoom('11', { joinRule: 'public' });
    await join(gatehouse, room.roomId, origin);
    const message = room.addMessage('once');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => origin.send(gatehouse.serverName, [message.raw], 'the-same')),
    );
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.body], [200, { pdus: { [message.eventId]: {} } }]);
    }
    const second = room.addMessage('from everywhere');
    for (let number = 0; number < 10; number += 1) {
      const relay = await network.origin();
      relay.share(room);
      const answer = await relay.send(gatehouse.serverName, [second.raw, message.raw]);
      assert.equal(answer.status, 200, answer.text);
    }
    const graph = ownObject(await gatehouse.room(room.roomId), 'graph') ?? {};
    assert.equal(own(graph, 'extremities'), 1);
    assert.equal(own(ownObject(graph, 'events') ?? {}, 'accepted'), 3, 'our join and the two messages');
    assert.deepEqual(gatehouse.complaints, []);
  });
});

async function tell(origin: FakeOrigin, to: TestGatehouse, pdus: readonly (Pdu | undefined)[]): Promise<void> {
  const answer = await origin.send(
    to.serverName,
    pdus.flatMap((pdu) => (pdu === undefined ? [] : [pdu.raw])),
  );
  assert.equal(answer.status, 200, answer.text);
}
