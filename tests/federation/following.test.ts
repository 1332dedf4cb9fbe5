import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { parseEventId, type EventId } from '../../src/protocol/ids/event-id.ts';
import {
  isJsonObject,
  own,
  ownObject,
  ownString,
  withKeys,
  type JsonObject,
  type JsonValue,
} from '../../src/protocol/json.ts';
import { POLICY_KEY_ID } from '../../src/protocol/ids/key-id.ts';
import { addSignature } from '../../src/protocol/signing.ts';
import type { Answer, FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

describe('following a room', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
  });
  beforeEach(async () => {
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    await protectRoom(gatehouse, origin, room);
    gatehouse.complaints.length = 0;
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  const send = async (...events: readonly JsonObject[]): Promise<Answer> =>
    await origin.send(gatehouse.serverName, events);
  const summary = async (): Promise<JsonObject> => ownObject(await gatehouse.room(room.roomId), 'room') ?? {};
  const nameNow = async (): Promise<JsonValue | undefined> => own(await summary(), 'name');
  const errorsIn = (answer: Answer): (string | undefined)[] =>
    Object.values(ownObject(answer.body, 'pdus') ?? {}).map((result) =>
      isJsonObject(result) ? ownString(result, 'error') : undefined,
    );
  const statusOf = async (event: JsonObject, asker = origin): Promise<number> =>
    (await asker.askToSign(gatehouse.serverName, event)).status;

  describe('transactions', () => {
    it('have limits', async () => {
      const put = async (body: JsonObject): Promise<number> =>
        (await origin.ask(gatehouse.serverName, 'PUT', `/_matrix/federation/v1/send/l${String(Math.random())}`, body))
          .status;
      const list = (length: number): JsonValue[] => Array.from({ length }, () => ({}));
      assert.equal(await put({ pdus: list(50), edus: list(100) }), 200);
      assert.equal(await put({ pdus: list(51) }), 400);
      assert.equal(await put({ pdus: [], edus: list(101) }), 400);
    });

    it('give each event its own result', async () => {
      const good = room.addMessage('good');
      const name = room.addState('m.room.name', { name: 'Good' });
      const unsigned = room.makeMessage('x', { tamper: (event) => withKeys(event, new Map([['signatures', {}]])) });
      const notAllowed = room.make({
        type: 'm.room.name',
        stateKey: '',
        sender: origin.user('nobody'),
        content: { name: 'Bad' },
      });
      const answer = await send(good.raw, unsigned, name.raw, notAllowed);
      const results = ownObject(answer.body, 'pdus') ?? {};
      assert.deepEqual([results[good.eventId], results[name.eventId]], [{}, {}]);
      assert.match(JSON.stringify(results[room.parse(unsigned).eventId]), /not signed by/);
      assert.match(JSON.stringify(results[room.parse(notAllowed).eventId]), /sender is not joined/);
      assert.equal(await nameNow(), 'Good');
    });

    it('are worked on once', async () => {
      const first = room.addState('m.room.name', { name: 'First' });
      const second = room.addState('m.room.name', { name: 'Second' });
      const answer = await origin.send(gatehouse.serverName, [first.raw], 'same');
      assert.deepEqual(await origin.send(gatehouse.serverName, [second.raw], 'same'), answer);
      assert.equal(await nameNow(), 'First');
    });

    it('take whatever they hold without trouble', async () => {
      const deep = { room_id: room.roomId, content: nested(300) };
      const odd: JsonValue[] = [null, 1, 'x', [], [[]], {}, { room_id: 7 }, { room_id: room.roomId }, deep];
      const proto: JsonObject = Object.fromEntries<JsonValue>([
        ['__proto__', { room_id: room.roomId }],
        ['constructor', 1],
        ['room_id', room.roomId],
      ]);
      const body: JsonObject = { pdus: [...odd, proto], edus: [null, 1, { edu_type: 7 }, { edu_type: 'm.presence' }] };
      const answer = await origin.ask(gatehouse.serverName, 'PUT', '/_matrix/federation/v1/send/odd', body);
      assert.deepEqual([answer.status, answer.text], [200, '{"pdus":{}}']);
      const junk = room.make({
        type: 'm.room.power_levels',
        stateKey: '',
        content: { users: 7, events: [1], ban: 'x', kick: null },
      });
      assert.match((await send(junk)).text, /ban is no integer/);
      assert.deepEqual(gatehouse.complaints, []);
      assert.equal(await statusOf(room.makeMessage('still alive')), 200);
    });

    it('do not bring events of other rooms, or of rooms that nobody knows', async () => {
      const foreign = origin.createRoom('11');
      assert.deepEqual((await send(foreign.addMessage('x').raw)).body, { pdus: {} });
    });
  });

  it('notices being kicked, signs the kick, and nothing else any more', async () => {
    const kick = room.addMember(gatehouse.botUserId, 'leave', {
      sender: room.creator,
      content: { membership: 'leave', reason: FORBIDDEN_WORD },
    });
    assert.equal(await statusOf(kick.raw), 200);
    await send(kick.raw);
    const { membership, leftBecause } = await summary();
    assert.deepEqual([membership, leftBecause], ['left', `kicked by ${room.creator}: ${FORBIDDEN_WORD}`]);
    assert.equal(await statusOf(kick.raw), 200);
    assert.equal(await statusOf(room.makeMessage('hello')), 404);
    await gatehouse.restart();
    assert.equal(await gatehouse.membership(room.roomId), 'left');
    assert.equal(await statusOf(kick.raw), 200);
  });

  it('notices being banned, and comes back when it is invited again', async () => {
    const ban = room.addMember(gatehouse.botUserId, 'ban', { sender: room.creator });
    await send(ban.raw);
    assert.equal((await summary())['leftBecause'], `banned by ${room.creator}`);
    room.addMember(gatehouse.botUserId, 'leave', { sender: room.creator });
    await protectRoom(gatehouse, origin, room);
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
    assert.equal(await statusOf(room.makeMessage('hello')), 200);
  });

  it('leaves on command, and signs its own leave while it does', async () => {
    const statuses: number[] = [];
    origin.onMembership = async (pdu) => void statuses.push(await statusOf(pdu.raw));
    assert.deepEqual(await gatehouse.leave(room.roomId), { type: 'left', roomId: room.roomId });
    assert.deepEqual(statuses, [200]);
    assert.equal(await gatehouse.membership(room.roomId), 'left');
    assert.equal(await statusOf(room.makeMessage('hello')), 404);
    assert.deepEqual(await gatehouse.leave(room.roomId), { type: 'notJoined' });
  });

  it('stays in the room as long as no server lets it go', async () => {
    origin.lies.set('send_leave', () => ({ status: 500, body: {} }));
    assert.equal((await gatehouse.leave(room.roomId))['type'], 'failed');
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
  });

  describe('what was missed', () => {
    it('is fetched when an event cites it', async () => {
      room.addState('m.room.name', { name: 'Missed' });
      room.addMessage('missed too');
      await send(room.addMessage('after the gap').raw);
      assert.equal(await nameNow(), 'Missed');
      assert.ok(origin.requests.some((request) => request.includes('/get_missing_events/')));
    });

    it('is fetched by state where the gap is too wide', async () => {
      room.addState('m.room.name', { name: 'Long ago' });
      for (let i = 0; i < 80; i += 1) room.addMessage(String(i));
      await send(room.addMessage('after the gap').raw);
      assert.equal(await nameNow(), 'Long ago');
      assert.ok(origin.requests.some((request) => request.includes('/state_ids/')));
    });

    it('is looked for before an event is refused', async () => {
      const bob = origin.user('bob');
      room.addMember(bob, 'join');
      room.addState('m.room.power_levels', { users: { [room.creator]: 100, [bob]: 50 } });
      const event = room.makeMessage(FORBIDDEN_WORD, { sender: bob });
      assert.equal(await statusOf(event), 200, 'bob is a moderator by now');
    });

    it('is looked for before a room is said not to be protected', async () => {
      const unprotected = origin.createRoom('11', { joinRule: 'public' });
      await gatehouse.join(unprotected.roomId, [origin]);
      assert.equal(await statusOf(unprotected.makeMessage('a')), 404);
      unprotected.protect(gatehouse.serverName, await gatehouse.policyKey());
      assert.equal(await statusOf(unprotected.makeMessage('b')), 200);
    });

    it('does not stop anything where its server does not answer', async () => {
      origin.lies.set('get_missing_events', () => ({ status: 500, body: {} }));
      origin.lies.set('state_ids', () => ({ status: 500, body: {} }));
      origin.lies.set('event', () => ({ status: 404, body: {} }));
      room.addMessage('missed');
      const name = room.addState('m.room.name', { name: 'Here' });
      assert.deepEqual(errorsIn(await send(name.raw)), [undefined]);
      assert.equal(await nameNow(), 'Here');
    });
  });

  describe('a server that lies', () => {
    let evil: FakeOrigin;

    beforeEach(async () => {
      evil = await network.origin();
      evil.share(room);
      await send(room.addMember(evil.user('mallory'), 'join').raw);
    });

    const powerFor = (more: object = {}): JsonObject =>
      room.make({
        type: 'm.room.power_levels',
        stateKey: '',
        sender: evil.user('mallory'),
        content: { users: { [room.creator]: 100, [evil.user('mallory')]: 100 } },
        ...more,
      });
    const mayWriteAnything = async (): Promise<boolean> =>
      (await statusOf(
        room.makeMessage(`${FORBIDDEN_WORD} ${String(Math.random())}`, { sender: evil.user('mallory') }),
        evil,
      )) === 200;

    it('cannot give itself power', async () => {
      const wrong = [
        powerFor(),
        powerFor({ depth: 2 ** 53 - 1 }),
        powerFor({ sender: room.creator, signer: evil }),
        powerFor({ prevEvents: [], authEvents: [], depth: 1000 }),
      ];
      for (const event of wrong) {
        const answer = await evil.send(gatehouse.serverName, [event]);
        assert.ok(
          errorsIn(answer).every((error) => error !== undefined),
          answer.text,
        );
      }
      assert.ok(!(await mayWriteAnything()));
    });

    it('cannot smuggle it in when we catch up', async () => {
      const event = powerFor();
      const { eventId } = room.parse(event);
      evil.lies.set('get_missing_events', () => ({ status: 200, body: { events: [event, event, 7] } }));
      evil.lies.set('event', () => ({ status: 200, body: { pdus: [event] } }));
      evil.lies.set('state_ids', () => ({ status: 200, body: { pdu_ids: [eventId, 7], auth_chain_ids: [] } }));
      await evil.send(gatehouse.serverName, [
        room.makeMessage('x', { sender: evil.user('mallory'), prevEvents: [eventId] }),
      ]);
      assert.ok(!(await mayWriteAnything()));
    });

    it('cannot turn the state back', async () => {
      const old = room.addState('m.room.name', { name: 'Old' });
      const levels = { [room.creator]: 100, [evil.user('mallory')]: 50 };
      const promoted = room.addState('m.room.power_levels', { users: levels });
      const renamed = room.addState('m.room.name', { name: 'New' });
      const demoted = room.addState('m.room.power_levels', { users: { [room.creator]: 100 } });
      await send(old.raw, promoted.raw, renamed.raw, demoted.raw);
      evil.lies.set('state_ids', () => ({ status: 200, body: { pdu_ids: [old.eventId, promoted.eventId] } }));
      evil.lies.set('get_missing_events', () => ({ status: 200, body: { events: [old.raw, promoted.raw] } }));
      await evil.send(gatehouse.serverName, [old.raw, promoted.raw]);
      const gap = room.makeMessage('x', { sender: evil.user('mallory'), prevEvents: [parseId('$none')] });
      await evil.send(gatehouse.serverName, [gap]);
      assert.equal(await nameNow(), 'New');
      assert.ok(!(await mayWriteAnything()));
      await gatehouse.restart();
      await evil.send(gatehouse.serverName, [old.raw, promoted.raw]);
      assert.equal(await nameNow(), 'New');
      assert.ok(!(await mayWriteAnything()));
    });

    it('cannot put its own user out of reach by a depth beyond all others', async () => {
      const top = 2 ** 53 - 1;
      const mallory = evil.user('mallory');
      const rejoin = room.addMember(mallory, 'join', { content: { membership: 'join', displayname: 'M' }, depth: top });
      await evil.send(gatehouse.serverName, [rejoin.raw]);
      const members = (await summary())['joinedMembers'];
      const ban = room.addMember(mallory, 'ban', { sender: room.creator, depth: top });
      assert.deepEqual(errorsIn(await send(ban.raw)), [undefined]);
      assert.equal((await summary())['joinedMembers'], Number(members) - 1);
      await evil.send(gatehouse.serverName, [rejoin.raw]);
      assert.equal((await summary())['joinedMembers'], Number(members) - 1);
      for (let i = 0; i < 4; i += 1) {
        const name = room.addState(
          'm.room.name',
          { name: `Name ${String(i)}` },
          { depth: top, originServerTs: Date.now() + i },
        );
        await send(name.raw);
        assert.equal(await nameNow(), `Name ${String(i)}`);
      }
    });
  });

  it('does not take the redaction of an event for a change of it', async () => {
    const name = room.addState('m.room.name', { name: 'Here' });
    await send(name.raw);
    const redacted = withKeys(name.raw, new Map([['content', {}]]));
    assert.deepEqual(errorsIn(await send(redacted)), [undefined]);
    assert.equal(await nameNow(), 'Here');
  });

  it('takes a redacted state event as what is left of it', async () => {
    const first = room.addState('m.room.name', { name: 'First' });
    await send(first.raw);
    const second = room.addState('m.room.name', { name: 'Second' });
    const { body } = await origin.askToSign(gatehouse.serverName, second.raw);
    const signature = ownString(ownObject(body, gatehouse.serverName) ?? {}, POLICY_KEY_ID) ?? '';
    const signed = addSignature(second.raw, gatehouse.serverName, POLICY_KEY_ID, signature);
    await send(withKeys(signed, new Map([['content', {}]])));
    assert.equal(await nameNow(), undefined);
    const policy = room.addState('m.room.policy', { via: gatehouse.serverName, public_keys: {} });
    await send(withKeys(policy.raw, new Map([['content', {}]])));
    assert.deepEqual((await summary())['policy'], { status: 'missing' });
  });
});

describe('history', () => {
  for (const version of ['2', '10', '11', '12']) {
    it(`of a room of version ${version} is signed whatever it says, and nothing of today passes for it`, async () => {
      await using network = await TestNetwork.start();
      const gatehouse = await network.gatehouse();
      const origin = await network.origin();
      const room = origin.createRoom(version, { joinRule: 'public' });
      const bob = origin.user('bob');
      room.addMember(bob, 'join');
      const old = Array.from({ length: 150 }, (_, i) =>
        room.addMessage(`${FORBIDDEN_WORD} ${String(i)}`, { sender: bob }),
      );
      const oldTopic = room.addState('m.room.topic', { topic: FORBIDDEN_WORD }, { sender: room.creator });
      room.addState('m.room.topic', { topic: 'tea' });
      await protectRoom(gatehouse, origin, room);
      const later = await network.origin();
      later.share(room);
      await origin.send(gatehouse.serverName, [room.addMember(later.user('carol'), 'join').raw]);
      // A server that joins later asks about everything at once.
      const events = [...old, oldTopic, ...room.timeline.slice(0, 5)];
      const answers = await Promise.all(events.map((pdu) => later.askToSign(gatehouse.serverName, pdu.raw)));
      assert.deepEqual(
        [...new Set(answers.map(({ status }) => status))],
        [200],
        answers.find((a) => a.status !== 200)?.text,
      );
      const [first] = old;
      assert.ok(first !== undefined);
      const backdated = room.makeMessage(`${FORBIDDEN_WORD} today`, {
        sender: bob,
        depth: first.depth,
        prevEvents: first.prevEvents,
        authEvents: first.authEvents,
        originServerTs: first.originServerTs,
      });
      assert.equal((await later.askToSign(gatehouse.serverName, backdated)).status, 400);
      await gatehouse.restart();
      origin.isDown = true;
      assert.equal((await later.askToSign(gatehouse.serverName, backdated)).status, 400);
    });
  }

  it('includes what was said while the room named no policy server', async () => {
    await using network = await TestNetwork.start();
    const gatehouse = await network.gatehouse();
    const origin = await network.origin();
    const room = origin.createRoom('11', { joinRule: 'public' });
    room.addMember(origin.user('bob'), 'join');
    await gatehouse.join(room.roomId, [origin]);
    const unprotected = room.addMessage(FORBIDDEN_WORD, { sender: origin.user('bob') });
    await origin.send(gatehouse.serverName, [unprotected.raw]);
    const policy = room.protect(gatehouse.serverName, await gatehouse.policyKey());
    await origin.send(gatehouse.serverName, [policy.raw]);
    assert.equal((await origin.askToSign(gatehouse.serverName, unprotected.raw)).status, 200);
    const now = room.makeMessage(FORBIDDEN_WORD, { sender: origin.user('bob') });
    assert.equal((await origin.askToSign(gatehouse.serverName, now)).status, 400);
  });
});

function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let i = 0; i < levels; i += 1) value = { a: value };
  return value;
}

function parseId(text: string): EventId {
  const eventId = parseEventId(text);
  if (eventId === undefined) throw new TypeError(`${text} is no event id`);
  return eventId;
}
