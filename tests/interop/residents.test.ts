/** Gatehouse as a resident server: users of real homeservers come into rooms through it, talk in them, and leave. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import type { Answer, MatrixClient } from './support/matrix-client.ts';
import { isObject, textOf } from './support/matrix-client.ts';
import { Stage } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';
import { stateIdsBefore, stateOfClient } from './support/whole-state.ts';

const environment = await prepareSynapseEnvironment();
const VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'] as const;
const WITH_KNOCKS = ['7', '9', '10', '11', '12'] as const;
const WITH_RESTRICTED_JOINS = ['8', '9', '10', '11', '12'] as const;

describe('Gatehouse as a resident server', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  async function create(...args: string[]): Promise<string> {
    const made = await stage.gatehouse.json('rooms', 'create', ...args);
    const roomId = made['room_id'];
    assert.ok(typeof roomId === 'string', JSON.stringify(made));
    return roomId;
  }

  async function say(roomId: string, text: string): Promise<string> {
    const sent = await stage.gatehouse.json('rooms', 'send', roomId, text);
    const eventId = sent['event_id'];
    assert.ok(typeof eventId === 'string', JSON.stringify(sent));
    return eventId;
  }

  /** Waits until Gatehouse has the event in this status. */
  async function gatehouseHas(eventId: string, status = 'accepted'): Promise<void> {
    let seen: unknown;
    await eventually(
      `Gatehouse to have ${eventId} ${status}`,
      async () => {
        const shown = await stage.gatehouse.run('event', 'show', eventId, '--json');
        seen = shown;
        if (shown.exitCode !== 0) return false;
        const parsed: unknown = JSON.parse(shown.stdout);
        return isObject(parsed) && parsed['status'] === status;
      },
      { seen: () => seen },
    );
  }

  async function sees(user: MatrixClient, roomId: string, eventId: string): Promise<void> {
    await eventually(
      `${user.userId} to see ${eventId}`,
      async () => (await user.getEvent(roomId, eventId)).status === 200,
    );
  }

  async function joinThrough(user: MatrixClient, target: string, via = [stage.gatehouse.serverName]): Promise<void> {
    const answer = await user.join(target, via);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  async function readsBackTo(user: MatrixClient, roomId: string, wanted: readonly string[]): Promise<void> {
    await eventually(`${user.userId} to read back to the start`, async () => {
      const ids = (await user.messages(roomId)).map((event) => event.eventId);
      return wanted.every((eventId) => ids.includes(eventId));
    });
  }

  function assertNothingHidden(roomId: string): void {
    for (const server of [stage.first, stage.second]) {
      const hidden = server.storedEvents(roomId).filter(({ softFailed }) => softFailed);
      assert.deepEqual(hidden, [], `${server.serverName} hides events`);
    }
  }

  for (const version of VERSIONS) {
    test(`version ${version}: joined by alias, talked in from everywhere, read back, left`, async () => {
      const alias = `#hall${version}:${stage.gatehouse.serverName}`;
      const roomId = await create('--version', version, '--alias', `hall${version}`, '--public', '--name', 'Hall');
      const early = await say(roomId, 'before anybody came');
      const [guest, late] = [await stage.first.register('guest'), await stage.second.register('late')];
      await joinThrough(guest, alias, []);
      assert.ok((await guest.joinedMembers(roomId)).includes(stage.gatehouse.botUserId));
      const said = [
        textOf(await guest.send(roomId, 'hello, Gatehouse'), 'event_id'),
        await say(roomId, 'hello, guest'),
      ];
      await gatehouseHas(said[0] ?? '');
      await sees(guest, roomId, said[1] ?? '');

      // Synapse on SQLite asks any server in the room for the past and takes what it gets for all there is, so the first
      // one has to have it too before the second may ask it.
      await readsBackTo(guest, roomId, [early, ...said]);
      await joinThrough(late, alias, []);
      await readsBackTo(late, roomId, [early, ...said]);
      const answered = textOf(await late.send(roomId, 'so this is what you said'), 'event_id');
      await gatehouseHas(answered);
      await sees(guest, roomId, answered);

      assert.equal((await late.leave(roomId)).status, 200);
      await eventually('the guest to see them leave', async () => {
        return (await guest.membership(roomId, late.userId)) === 'leave';
      });
      const last = await say(roomId, 'goodbye');
      await sees(guest, roomId, last);
      const ours = await stateIdsBefore(stage.oracle, stage.first.signingKey, stage.gatehouse.serverName, {
        roomId,
        eventId: last,
      });
      assert.deepEqual(ours, Object.values(await stateOfClient(guest, roomId)).sort());
      assertNothingHidden(roomId);
    });
  }

  for (const version of ['1', '6', '10', '11', '12'] as const) {
    test(`version ${version}: a user whom the bot invites comes in`, async () => {
      const guest = await stage.first.register('invited');
      const stranger = await stage.second.register('stranger');
      const roomId = await create('--version', version, '--invite', guest.userId);
      await eventually('the invite to arrive', async () => {
        const { body } = await guest.call('GET', '/sync?timeout=0');
        return isObject(body['rooms']) && isObject(body['rooms']['invite']) && roomId in body['rooms']['invite'];
      });
      await joinThrough(guest, roomId);
      const refused = await stranger.join(roomId, [stage.gatehouse.serverName]);
      assert.equal(refused.status, 403, JSON.stringify(refused));
      const said = textOf(await guest.send(roomId, 'thank you'), 'event_id');
      await gatehouseHas(said);
      assertNothingHidden(roomId);
    });
  }

  for (const version of WITH_RESTRICTED_JOINS) {
    test(`version ${version}: members of another room come in through Gatehouse, others do not`, async () => {
      const admin = await stage.first.register('keeper');
      const [member, stranger] = [await stage.second.register('member'), await stage.second.register('stranger')];
      const club = await admin.createRoom({ version, preset: 'public_chat', name: 'Club' });
      // Who authorises a join must be allowed to invite.
      const powerLevels = { invite: 0 };
      const roomId = await admin.createRoom({ version, preset: 'public_chat', name: 'Members only', powerLevels });
      for (const joined of [club, roomId]) {
        const result = await stage.gatehouse.run('rooms', 'join', joined, '--via', stage.first.serverName);
        assert.equal(result.exitCode, 0, result.stderr);
      }
      const allow = [{ type: 'm.room_membership', room_id: club }];
      const ruled = textOf(
        await admin.sendState(roomId, 'm.room.join_rules', { join_rule: 'restricted', allow }),
        'event_id',
      );
      await gatehouseHas(ruled);
      await joinThrough(member, club, [stage.first.serverName]);
      await eventually('Gatehouse to know the member', async () => {
        const shown = await stage.gatehouse.json('rooms', 'show', club);
        return shown['joined_members'] === 3;
      });
      const refused = await stranger.join(roomId, [stage.gatehouse.serverName]);
      assert.equal(refused.status, 403, JSON.stringify(refused));
      await joinThrough(member, roomId);
      const join = (await member.getState(roomId, 'm.room.member', member.userId)).body;
      assert.equal(join['join_authorised_via_users_server'], stage.gatehouse.botUserId);
      await eventually(
        'the keeper to see them',
        async () => (await admin.membership(roomId, member.userId)) === 'join',
      );
      const said = textOf(await member.send(roomId, 'nice club'), 'event_id');
      await gatehouseHas(said);
      await sees(admin, roomId, said);
      assertNothingHidden(roomId);
    });
  }

  for (const version of WITH_KNOCKS) {
    test(`version ${version}: a knock goes through Gatehouse and is answered`, async () => {
      const admin = await stage.first.register('porter');
      const knocker = await stage.second.register('knocker');
      const roomId = await admin.createRoom({ version, preset: 'public_chat', name: 'Knock first' });
      const result = await stage.gatehouse.run('rooms', 'join', roomId, '--via', stage.first.serverName);
      assert.equal(result.exitCode, 0, result.stderr);
      await gatehouseHas(
        textOf(await admin.sendState(roomId, 'm.room.join_rules', { join_rule: 'knock' }), 'event_id'),
      );
      const via = encodeURIComponent(stage.gatehouse.serverName);
      const path = `/knock/${encodeURIComponent(roomId)}?via=${via}&server_name=${via}`;
      const knocked = await knocker.call('POST', path, { reason: 'please' });
      assert.equal(knocked.status, 200, JSON.stringify(knocked.body));
      await eventually('the porter to hear it', async () => {
        return (await admin.membership(roomId, knocker.userId)) === 'knock';
      });
      assert.equal((await admin.invite(roomId, knocker.userId)).status, 200);
      let last: Answer | undefined;
      await eventually(
        'the knocker to come in',
        async () => (last = await knocker.join(roomId, [stage.gatehouse.serverName])).status === 200,
        { seen: () => last },
      );
      await gatehouseHas(textOf(await knocker.send(roomId, 'thank you'), 'event_id'));
      assertNothingHidden(roomId);
    });
  }

  test('the public directory and aliases of Gatehouse, through a homeserver', async () => {
    const guest = await stage.first.register('reader');
    const roomId = await create('--alias', 'listed', '--public', '--name', 'Listed here');
    const hidden = await create('--alias', 'unlisted', '--name', 'Not listed');
    const server = stage.gatehouse.serverName;
    const listed = await guest.call('GET', `/publicRooms?server=${encodeURIComponent(server)}`);
    assert.equal(listed.status, 200, JSON.stringify(listed.body));
    const chunk = Array.isArray(listed.body['chunk']) ? listed.body['chunk'].filter(isObject) : [];
    const found = chunk.find((room) => room['room_id'] === roomId);
    assert.equal(found?.['name'], 'Listed here');
    assert.equal(found['canonical_alias'], `#listed:${server}`);
    assert.ok(!chunk.some((room) => room['room_id'] === hidden));
    const search = { server, filter: { generic_search_term: 'Listed here' }, limit: 1 };
    const searched = await guest.call('POST', `/publicRooms?server=${encodeURIComponent(server)}`, search);
    assert.equal(searched.status, 200, JSON.stringify(searched.body));
    for (const [name, expected] of [
      ['listed', roomId],
      ['unlisted', hidden],
    ] as const) {
      const alias = encodeURIComponent(`#${name}:${server}`);
      assert.equal(textOf(await guest.call('GET', `/directory/room/${alias}`), 'room_id'), expected);
    }
    const nobody = await guest.call('GET', `/directory/room/${encodeURIComponent(`#nobody:${server}`)}`);
    assert.equal(nobody.status, 404, JSON.stringify(nobody.body));
    const profile = await guest.call('GET', `/profile/${encodeURIComponent(stage.gatehouse.botUserId)}`);
    assert.equal(profile.body['displayname'], 'Gatehouse');
  });
});
