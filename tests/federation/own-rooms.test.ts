/** Rooms that begin on Gatehouse: made, joined, spoken in, upgraded and left, between servers in this process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isJsonArray, isJsonObject, own, ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import { ALL_ROOM_VERSIONS } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

async function create(gatehouse: TestGatehouse, wanted: JsonObject): Promise<string> {
  const { body } = await gatehouse.owner('POST', 'rooms', wanted);
  assert.equal(ownString(body, 'type'), 'created', JSON.stringify(body));
  return ownString(body, 'roomId') ?? '';
}

async function say(gatehouse: TestGatehouse, roomId: string, text: string): Promise<JsonObject> {
  return (await gatehouse.owner('POST', `rooms/${encodeURIComponent(roomId)}/send`, { text })).body;
}

async function sent(gatehouse: TestGatehouse, roomId: string, text: string): Promise<string> {
  const body = await say(gatehouse, roomId, text);
  assert.equal(ownString(body, 'type'), 'sent', JSON.stringify(body));
  return ownString(body, 'eventId') ?? '';
}

async function event(gatehouse: TestGatehouse, eventId: string): Promise<JsonObject> {
  const { body } = await gatehouse.owner('GET', `events/${encodeURIComponent(eventId)}`);
  return ownObject(body, 'event') ?? body;
}

async function graph(gatehouse: TestGatehouse, roomId: string): Promise<JsonObject> {
  return ownObject(await gatehouse.room(roomId), 'graph') ?? {};
}

describe('rooms made here', () => {
  it('are joined by other servers, in every version, and messages go both ways', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const two = await network.gatehouse();
    for (const version of ALL_ROOM_VERSIONS) {
      const roomId = await create(one, { version, name: `Version ${version}`, alias: `v${version}`, public: true });
      const joined = await two.join(`#v${version}:${one.serverName}`);
      assert.equal(ownString(joined, 'type'), 'joined', JSON.stringify(joined));
      const hello = await sent(one, roomId, 'hello');
      await one.settled();
      assert.equal(ownString(await event(two, hello), 'status'), 'accepted', version);
      assert.equal(ownString(await event(two, hello), 'policySignature'), 'valid', version);
      const answer = await sent(two, roomId, 'and hello to you');
      await two.settled();
      assert.equal(ownString(await event(one, answer), 'policySignature'), 'valid', version);
      const refused = await say(two, roomId, `so ${FORBIDDEN_WORD}`);
      assert.equal(ownString(refused, 'type'), 'refused');
      assert.match(ownString(refused, 'reason') ?? '', / Reference: /);
      assert.deepEqual(own(await graph(one, roomId), 'unaccepted'), []);
    }
    assert.deepEqual([...one.complaints, ...two.complaints], []);
  });

  it('invite users of other servers', async () => {
    await using network = await TestNetwork.start();
    const two = await network.gatehouse({ bot: { accept_invites_from: ['*'] } });
    const one = await network.gatehouse();
    for (const version of ['2', '12']) {
      const { body } = await one.owner('POST', 'rooms', { version, invite: [two.botUserId, '@nobody:localhost:1'] });
      const invites = own(body, 'invites');
      assert.ok(isJsonArray(invites), JSON.stringify(body));
      assert.deepEqual(invites[0], { userId: two.botUserId });
      assert.match(JSON.stringify(invites[1]), /"failed":/);
      await two.settled();
      const roomId = ownString(body, 'roomId') ?? '';
      assert.equal(await two.membership(roomId), 'joined');
    }
  });

  it('are replaced by ones of another version', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const roomId = await create(one, { version: '9', name: 'Old', alias: 'lobby', public: true });
    const upgraded = (await one.owner('POST', `rooms/${encodeURIComponent(roomId)}/upgrade`, { version: '12' })).body;
    assert.equal(ownString(upgraded, 'type'), 'upgraded', JSON.stringify(upgraded));
    assert.deepEqual(own(upgraded, 'notes'), []);
    const room = ownObject(await one.room(ownString(upgraded, 'roomId') ?? ''), 'room') ?? {};
    assert.equal(ownString(room, 'name'), 'Old');
    assert.equal(ownString(room, 'roomVersion'), '12');
    assert.equal(ownString(room, 'canonicalAlias'), `#lobby:${one.serverName}`);
    assert.equal(ownString(ownObject(room, 'policy') ?? {}, 'status'), 'active');
    assert.equal(ownString(ownObject(await one.room(roomId), 'room') ?? {}, 'canonicalAlias'), undefined);
    const taken = await one.owner('POST', 'rooms', { alias: 'lobby' });
    assert.equal(ownString(taken.body, 'type'), 'aliasTaken');
  });

  it('are replaced with their members invited where only the invited may join', async () => {
    await using network = await TestNetwork.start();
    const two = await network.gatehouse({ bot: { accept_invites_from: ['*'] } });
    const three = await network.gatehouse();
    const one = await network.gatehouse();
    const { body } = await one.owner('POST', 'rooms', { version: '9', invite: [two.botUserId] });
    await two.settled();
    const old = ownString(body, 'roomId') ?? '';
    assert.equal(await two.membership(old), 'joined');
    const upgraded = (await one.owner('POST', `rooms/${encodeURIComponent(old)}/upgrade`, { version: '11' })).body;
    assert.deepEqual([ownString(upgraded, 'type'), own(upgraded, 'notes')], ['upgraded', []]);
    await two.settled();
    const replacement = ownString(upgraded, 'roomId') ?? '';
    assert.equal(await two.membership(replacement), 'joined');
    const via = [one.serverName];
    const uninvited = (await three.owner('POST', 'rooms/join', { target: replacement, via })).body;
    assert.equal(ownString(uninvited, 'type'), 'failed');
  });

  it('give back their alias when they are left', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const roomId = await create(one, { alias: 'lobby', public: true });
    assert.equal(ownString(await one.leave(roomId), 'type'), 'left');
    const again = await create(one, { alias: 'lobby' });
    assert.equal(
      ownString(ownObject(await one.room(again), 'room') ?? {}, 'canonicalAlias'),
      `#lobby:${one.serverName}`,
    );
  });

  it('are left while nobody else is there, and are still known after a restart', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const kept = await create(one, { name: 'Kept' });
    const roomId = await create(one, {});
    assert.equal(ownString(await one.leave(roomId), 'type'), 'left');
    await one.restart();
    assert.equal(await one.membership(roomId), 'left');
    assert.equal(await one.membership(kept), 'joined');
    await sent(one, kept, 'still here');
  });

  it('get what was sent while a server was away', async () => {
    await using network = await TestNetwork.start();
    const one = await network.gatehouse();
    const two = await network.gatehouse();
    const roomId = await create(one, { public: true });
    await two.join(roomId, []);
    const { body } = await two.owner('POST', 'rooms/join', { target: roomId, via: [one.serverName] });
    assert.match(ownString(body, 'type') ?? '', /joined/);
    await two.stop();
    const eventId = await sent(one, roomId, 'are you there?');
    await one.settled();
    await one.restart();
    await two.start();
    await one.restart();
    await one.settled();
    assert.equal(ownString(await event(two, eventId), 'status'), 'accepted');
  });
});

describe('rooms that we protect', () => {
  it('take in what our policy signs, and hide what it does not, without being asked first', async () => {
    await using network = await TestNetwork.start();
    const origin = await network.origin();
    const gatehouse = await network.gatehouse();
    const room = origin.createRoom('11', { joinRule: 'public' });
    const bob = origin.user('bob');
    room.addMember(bob, 'join');
    await protectRoom(gatehouse, origin, room);
    const fine = room.addMessage('hello');
    const spam = room.addMessage(`a ${FORBIDDEN_WORD} word`, { sender: bob });
    const after = room.addMessage('hello again');
    await origin.send(gatehouse.serverName, [after.raw, spam.raw, fine.raw]);
    assert.equal(ownString(await event(gatehouse, fine.eventId), 'policySignature'), 'valid');
    assert.equal(ownString(await event(gatehouse, after.eventId), 'status'), 'accepted');
    const hidden = await event(gatehouse, spam.eventId);
    assert.equal(ownString(hidden, 'status'), 'softFailed');
    assert.match(ownString(hidden, 'reason') ?? '', /^check 7: .* Reference: /);
    const asked = await origin.askToSign(gatehouse.serverName, spam.raw);
    assert.equal(asked.status, 400, 'the verdict is the same for whoever asks');
    const unaccepted = JSON.stringify(own(await graph(gatehouse, room.roomId), 'unaccepted'));
    assert.ok(unaccepted.includes(spam.eventId) && !unaccepted.includes(fine.eventId), unaccepted);
  });

  it('tell what comes late of the time before the bot joined from what is refused now', async () => {
    await using network = await TestNetwork.start();
    const origin = await network.origin();
    const gatehouse = await network.gatehouse();
    const room = origin.createRoom('11', { joinRule: 'public' });
    const bob = origin.user('bob');
    const invite = room.addMember(bob, 'invite', { sender: room.creator });
    room.addMember(bob, 'join');
    await protectRoom(gatehouse, origin, room);
    const spam = room.addMessage(FORBIDDEN_WORD, { sender: bob });
    await origin.send(gatehouse.serverName, [invite.raw]);
    await origin.send(gatehouse.serverName, [spam.raw]);
    const unaccepted = own(await graph(gatehouse, room.roomId), 'unaccepted');
    assert.ok(isJsonArray(unaccepted));
    const told = unaccepted.filter(isJsonObject).map((one) => [own(one, 'eventId'), own(one, 'isFromBefore')]);
    assert.deepEqual(told, [
      [spam.eventId, false],
      [invite.eventId, true],
    ]);
  });

  it('answer while many events are asked about and received at once', async () => {
    await using network = await TestNetwork.start();
    const origin = await network.origin();
    const gatehouse = await network.gatehouse();
    const room = origin.createRoom('12');
    await protectRoom(gatehouse, origin, room);
    const messages = Array.from({ length: 40 }, (_, index) => room.addMessage(`message ${String(index)}`));
    const started = Date.now();
    const answers = await Promise.all([
      origin.send(
        gatehouse.serverName,
        messages.slice(0, 20).map(({ raw }) => raw),
      ),
      ...messages.map(({ raw }) => origin.askToSign(gatehouse.serverName, raw)),
      origin.send(
        gatehouse.serverName,
        messages.slice(20).map(({ raw }) => raw),
      ),
    ]);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    // Were the room and the policy to wait for each other, each event would take until one of them gives up.
    assert.ok(Date.now() - started < 10_000, `${String(Date.now() - started)} ms`);
  });
});
