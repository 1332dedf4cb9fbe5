import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  isJsonArray,
  isJsonObject,
  own,
  ownObject,
  ownString,
  withKeys,
  type JsonObject,
  type JsonValue,
} from '../../src/protocol/json.ts';
import type { FakeOrigin, Lie, Reply } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, inviteBot, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const with_ = (object: JsonObject, changes: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  withKeys(object, new Map(Object.entries(changes)));

function inTemplate(changes: Readonly<Record<string, JsonValue | undefined>>): Lie {
  return ({ body }) => ({ status: 200, body: with_(body, { event: with_(ownObject(body, 'event') ?? {}, changes) }) });
}

/** Changes events of the state and of the auth chain alike; `undefined` leaves one out. */
function inState(change: (event: JsonObject) => JsonObject | undefined): Lie {
  const changed = (list: JsonValue | undefined): JsonObject[] =>
    isJsonArray(list)
      ? list.flatMap((event): JsonObject[] =>
          isJsonObject(event) ? [change(event)].filter((kept) => kept !== undefined) : [],
        )
      : [];
  return ({ body }) => ({
    status: 200,
    body: with_(body, { state: changed(own(body, 'state')), auth_chain: changed(own(body, 'auth_chain')) }),
  });
}

function ofType(type: string, change: (event: JsonObject) => JsonObject | undefined): Lie {
  return inState((event) => (ownString(event, 'type') === type ? change(event) : event));
}

const answers =
  (status: number, body: JsonObject): Lie =>
  (): Reply => ({ status, body });

describe('joining', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let honest: FakeOrigin;
  let liar: FakeOrigin;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    honest = await network.origin();
    liar = await network.origin();
  });
  afterEach(() => {
    liar.lies.clear();
    liar.requests.length = 0;
    liar.onMembership = undefined;
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  function publicRoom(version = '11'): RoomBuilder {
    const room = honest.createRoom(version, { joinRule: 'public' });
    liar.share(room);
    room.addMember(liar.user('mallory'), 'join');
    return room;
  }

  const wasCalled = (name: string): boolean => liar.requests.some((request) => request.includes(`/${name}/`));

  const templates: readonly (readonly [string, Lie])[] = [
    ['another type', inTemplate({ type: 'm.room.message' })],
    ['another room', inTemplate({ room_id: '!other:x' })],
    ['another sender', inTemplate({ sender: '@admin:x' })],
    ['another state key', inTemplate({ state_key: '@admin:x' })],
    ['no state key', inTemplate({ state_key: undefined })],
    ['another membership', inTemplate({ content: { membership: 'ban' } })],
    ['no content', inTemplate({ content: undefined })],
    ['prev_events that are none', inTemplate({ prev_events: [7] })],
    ['a negative depth', inTemplate({ depth: -1 })],
    ['an unknown room version', ({ body }) => ({ status: 200, body: with_(body, { room_version: '99' }) })],
    ['no event', answers(200, { room_version: '11' })],
    ['an error', answers(403, { errcode: 'M_FORBIDDEN', error: 'no' })],
    ['a failure', answers(500, {})],
  ];
  for (const [what, lie] of templates) {
    it(`leaves a server whose template has ${what}, and asks the next`, async () => {
      const room = publicRoom();
      liar.lies.set('make_join', lie);
      const outcome = await gatehouse.join(room.roomId, [liar, honest]);
      assert.deepEqual([outcome['type'], outcome['via']], ['joined', honest.serverName], JSON.stringify(outcome));
      assert.ok(wasCalled('make_join') && !wasCalled('send_join'));
    });
  }

  const states: readonly (readonly [string, string, Lie])[] = [
    ['a create event with a forged signature', '11', ofType('m.room.create', forged)],
    [
      'a create event whose content was changed',
      '11',
      ofType('m.room.create', (event) => with_(event, { content: {} })),
    ],
    [
      'a create event whose content was changed before version 11',
      '9',
      ofType('m.room.create', (event) => with_(event, { content: { ...ownObject(event, 'content'), x: 1 } })),
    ],
    ['no create event', '11', ofType('m.room.create', () => undefined)],
    ['no create event in version 12', '12', ofType('m.room.create', () => undefined)],
    ['no join rules', '11', ofType('m.room.join_rules', () => undefined)],
    ['forged join rules', '11', ofType('m.room.join_rules', forged)],
    ['no creator', '11', ofType('m.room.member', () => undefined)],
    ['no state', '11', answers(200, { state: [], auth_chain: [] })],
    ['state that is no list', '11', answers(200, { state: {}, auth_chain: [] })],
    ['things that are no events', '11', answers(200, { state: [1, null, [], {}], auth_chain: ['x'] })],
    ['an error', '11', answers(400, { errcode: 'M_UNKNOWN' })],
  ];
  for (const [what, version, lie] of states) {
    it(`leaves a server that sends ${what}, and asks the next`, async () => {
      const room = publicRoom(version);
      liar.lies.set('send_join', lie);
      const outcome = await gatehouse.join(room.roomId, [liar, honest]);
      assert.deepEqual([outcome['type'], outcome['via']], ['joined', honest.serverName], JSON.stringify(outcome));
      assert.ok(wasCalled('send_join'));
    });
  }

  it('leaves a server that sends the state of another room', async () => {
    for (const version of ['11', '12']) {
      const room = publicRoom(version);
      const foreign = publicRoom(version);
      const state = [...foreign.state.values()].map((pdu) => pdu.raw);
      liar.lies.set('send_join', answers(200, { state, auth_chain: state }));
      const outcome = await gatehouse.join(room.roomId, [liar, honest]);
      assert.equal(outcome['via'], honest.serverName, JSON.stringify(outcome));
    }
  });

  it('leaves a server that offers another room version than the create event has', async () => {
    const room = publicRoom('11');
    liar.lies.set('make_join', ({ body }) => ({ status: 200, body: with_(body, { room_version: '10' }) }));
    liar.lies.set('send_join', (reply) => reply);
    const outcome = await gatehouse.join(room.roomId, [liar, honest]);
    assert.equal(outcome['via'], honest.serverName, JSON.stringify(outcome));
    assert.equal(ownString(ownObject(await gatehouse.room(room.roomId), 'room') ?? {}, 'roomVersion'), '11');
  });

  it('takes nothing for the past because a template cites it', async () => {
    const room = publicRoom();
    const [smuggled] = [room.makeMessage(`so ${FORBIDDEN_WORD}!`, { sender: liar.user('mallory'), depth: 90 })];
    const { eventId } = room.parse(smuggled);
    liar.lies.set('make_join', inTemplate({ prev_events: [eventId] }));
    liar.lies.set('backfill', answers(404, {}));
    const outcome = await gatehouse.join(room.roomId, [liar]);
    assert.equal(outcome['via'], liar.serverName, JSON.stringify(outcome));
    const policy = room.protect(gatehouse.serverName, await gatehouse.policyKey());
    await honest.send(gatehouse.serverName, [policy.raw]);
    const asked = await liar.askToSign(gatehouse.serverName, smuggled);
    assert.equal(asked.status, 400, asked.text);
  });

  it('of a room that it has left at another version is refused, and the room stays what it is', async () => {
    const room = publicRoom('10');
    assert.equal(ownString(await gatehouse.join(room.roomId, [honest]), 'type'), 'joined');
    await gatehouse.leave(room.roomId);
    const roomVersion = async (): Promise<string | undefined> =>
      ownString(ownObject(await gatehouse.room(room.roomId), 'room') ?? {}, 'roomVersion');
    room.addMember(gatehouse.botUserId, 'leave');
    liar.lies.set('make_join', ({ body }) => ({ status: 200, body: with_(body, { room_version: '9' }) }));
    const again = await gatehouse.join(room.roomId, [liar, honest]);
    assert.equal(again['via'], honest.serverName, JSON.stringify(again));
    assert.ok(!wasCalled('send_join'));
    await gatehouse.leave(room.roomId);
    room.addMember(gatehouse.botUserId, 'leave');
    const content = { membership: 'invite' };
    const invite = room.make({ type: 'm.room.member', stateKey: gatehouse.botUserId, content });
    const uri = `/_matrix/federation/v2/invite/${[room.roomId, room.parse(invite).eventId].map(encodeURIComponent).join('/')}`;
    const wrong = { room_version: '9', event: invite, invite_room_state: [] };
    const refused = await honest.ask(gatehouse.serverName, 'PUT', uri, wrong);
    assert.equal(refused.status, 400, refused.text);
    assert.match(refused.text, /of version 10/);
    assert.deepEqual([await roomVersion(), await gatehouse.membership(room.roomId)], ['10', 'left']);
  });

  it('leaves out what cannot be believed, and joins with the rest', async () => {
    const room = publicRoom();
    const name = room.addState('m.room.name', { name: 'Real' });
    room.addState('m.room.topic', { topic: 'Real' });
    const smuggled = room.make({
      type: 'm.room.power_levels',
      stateKey: '',
      sender: liar.user('mallory'),
      content: { users: { [liar.user('mallory')]: 100 } },
    });
    liar.lies.set('send_join', (reply) => {
      const renamed = ofType('m.room.name', forged)(reply, '');
      const state = own(renamed.body, 'state');
      return { status: 200, body: with_(renamed.body, { state: [...(isJsonArray(state) ? state : []), smuggled] }) };
    });
    const outcome = await gatehouse.join(room.roomId, [liar]);
    assert.equal(outcome['type'], 'joined', JSON.stringify(outcome));
    const summary = ownObject(await gatehouse.room(room.roomId), 'room') ?? {};
    assert.notEqual(summary['name'], 'Real', name.eventId);
    assert.equal(summary['joinedMembers'], 3);
    room.protect(gatehouse.serverName, await gatehouse.policyKey());
    const topic = room.make({ type: 'm.room.power_levels', stateKey: '', sender: liar.user('mallory'), content: {} });
    const sent = await liar.send(gatehouse.serverName, [topic]);
    assert.match(sent.text, /level does not suffice/, 'the smuggled levels count for nothing');
  });

  it('fails with a reason for each server where none lets the bot in', async () => {
    const room = honest.createRoom('11', { joinRule: 'invite' });
    const outcome = await gatehouse.join(room.roomId, [honest]);
    assert.equal(outcome['type'], 'failed');
    assert.match(JSON.stringify(outcome), /not allowed/);
    assert.equal(await gatehouse.membership(room.roomId), 'left');
    const unknown = await gatehouse.join('!unknown:x', [honest]);
    assert.match(JSON.stringify(unknown), /404 M_NOT_FOUND/);
  });

  it('finds rooms by alias, and knows when it is in', async () => {
    const room = publicRoom();
    honest.aliases.set(`#lobby:${honest.serverName}`, { roomId: room.roomId, servers: [honest.serverName] });
    const outcome = await gatehouse.join(`#lobby:${honest.serverName}`);
    assert.deepEqual([outcome['type'], outcome['roomId']], ['joined', room.roomId], JSON.stringify(outcome));
    assert.equal((await gatehouse.join(room.roomId))['type'], 'alreadyJoined');
    assert.equal((await gatehouse.join(`#none:${honest.serverName}`))['type'], 'failed');
  });

  it('tries again for a moment when a server has not noticed its own invite yet', async () => {
    const room = liar.createRoom('11');
    let refusals = 2;
    liar.lies.set('make_join', (reply) => {
      refusals -= 1;
      return refusals >= 0 ? { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'not invited' } } : reply;
    });
    await inviteBot(gatehouse, liar, room);
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
  });

  it('signs its own join before send_join is through, and carries the signature in it', async () => {
    const room = liar.createRoom('11');
    room.protect(gatehouse.serverName, await gatehouse.policyKey());
    const statuses: number[] = [];
    liar.onMembership = async (pdu) => {
      statuses.push((await liar.askToSign(gatehouse.serverName, pdu.raw)).status);
      const signatures = ownObject(ownObject(pdu.raw, 'signatures') ?? {}, gatehouse.serverName) ?? {};
      assert.equal(Object.keys(signatures).length, 2);
      assert.ok(Object.hasOwn(signatures, 'ed25519:policy_server'));
    };
    await inviteBot(gatehouse, liar, room);
    assert.deepEqual(statuses, [200]);
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
  });

  it('goes on with a join that a restart interrupted', async () => {
    const room = liar.createRoom('11');
    liar.lies.set('make_join', answers(500, {}));
    const invite = room.make({
      type: 'm.room.member',
      stateKey: gatehouse.botUserId,
      content: { membership: 'invite' },
    });
    assert.equal((await liar.invite(gatehouse.serverName, room, invite)).status, 200);
    room.take(invite);
    await gatehouse.stop();
    liar.lies.clear();
    await gatehouse.start();
    await gatehouse.settled();
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
  });
});

function forged(event: JsonObject): JsonObject {
  const entries = Object.entries(ownObject(event, 'signatures') ?? {}).map(
    ([server, ofServer]): [string, JsonObject] => [
      server,
      Object.fromEntries(Object.keys(isJsonObject(ofServer) ? ofServer : {}).map((keyId) => [keyId, 'A'.repeat(86)])),
    ],
  );
  return with_(event, { signatures: Object.fromEntries(entries) });
}

describe('invites', () => {
  it('into a room that the bot is in are not believed, unless the room says that it was removed', async () => {
    await using network = await TestNetwork.start();
    const [gatehouse, origin, evil] = [await network.gatehouse(), await network.origin(), await network.origin()];
    const room = origin.createRoom('11', { joinRule: 'public' });
    await protectRoom(gatehouse, origin, room);
    evil.lies.set('make_join', answers(500, {}));
    const content = { membership: 'invite' };
    const draft = { type: 'm.room.member', stateKey: gatehouse.botUserId, content };
    room.addSigner(evil);
    const made = room.make({ ...draft, sender: evil.user('mallory') });
    assert.equal((await evil.invite(gatehouse.serverName, room, made)).status, 200);
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
    assert.ok(!evil.requests.some((request) => request.includes('/make_join/')));
    assert.equal((await origin.askToSign(gatehouse.serverName, room.makeMessage('hello'))).status, 200);
    // This removal has never been sent to the bot.
    room.addMember(gatehouse.botUserId, 'leave', { sender: room.creator });
    origin.requests.length = 0;
    await inviteBot(gatehouse, origin, room);
    assert.ok(origin.requests.some((request) => request.includes('/v2/send_join/')));
    assert.equal(await gatehouse.membership(room.roomId), 'joined');
  });

  it('are refused where they are not sound, or not from those who may invite', async () => {
    await using network = await TestNetwork.start();
    const origin = await network.origin();
    const gatehouse = await network.gatehouse({ bot: { accept_invites_from: ['@alice:*'] } });
    const room = origin.createRoom('11', { users: { [origin.user('bob')]: 50 } });
    room.addMember(origin.user('bob'), 'invite', { sender: room.creator });
    room.addMember(origin.user('bob'), 'join');
    const inviteFrom = (more: object = {}): JsonObject =>
      room.make({ type: 'm.room.member', stateKey: gatehouse.botUserId, content: { membership: 'invite' }, ...more });
    const cases: readonly (readonly [string, JsonObject, number, string])[] = [
      ['by bob', inviteFrom({ sender: origin.user('bob') }), 403, 'M_FORBIDDEN'],
      ['for somebody else', inviteFrom({ stateKey: '@other:x' }), 400, 'M_INVALID_PARAM'],
      ['to nothing', inviteFrom({ content: { membership: 'join' } }), 400, 'M_INVALID_PARAM'],
      ['forged', inviteFrom({ tamper: forged }), 400, 'M_INVALID_PARAM'],
      [
        'changed',
        inviteFrom({ tamper: (event: JsonObject) => with_(event, { content: { membership: 'invite', x: 1 } }) }),
        400,
        'M_INVALID_PARAM',
      ],
    ];
    for (const [what, invite, status, errcode] of cases) {
      const answer = await origin.invite(gatehouse.serverName, room, invite);
      assert.deepEqual([what, answer.status, answer.body['errcode']], [what, status, errcode], answer.text);
    }
    assert.equal((await gatehouse.owner('GET', 'rooms')).text.includes(room.roomId), false);
    const other = await network.origin();
    const elsewhere = await other.invite(gatehouse.serverName, room, inviteFrom());
    assert.equal(elsewhere.body['errcode'], 'M_INVALID_PARAM', 'the sender is no user of the asking server');
    const accepted = await inviteBot(gatehouse, origin, room);
    assert.equal(accepted.status, 200);
    const signatures = ownObject(ownObject(accepted.body, 'event') ?? {}, 'signatures') ?? {};
    assert.deepEqual(Object.keys(signatures).toSorted(), [gatehouse.serverName, origin.serverName].toSorted());
  });
});
