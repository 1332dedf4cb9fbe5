/** The bot comes and goes: by invite, by command, by alias, and when moderators throw it out. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import { textOf } from './support/matrix-client.ts';
import { assertRefused, Stage, testedRoomVersions, testString } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

describe('the bot', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  for (const version of testedRoomVersions) {
    test(`version ${version}: notices a kick, and protects the room again once it is invited back`, async () => {
      const room = await stage.makeProtectedRoom(version);
      const { admin, user, remote, roomId } = room;
      assert.equal((await admin.kick(roomId, stage.gatehouse.botUserId)).status, 200);
      await stage.roomShows(roomId, 'the bot to notice the kick', (shown) => shown['membership'] === 'left');
      await stage.botBecomes('leave', remote, roomId);
      textOf(await user.send(roomId, `unprotected: ${testString}`), 'event_id');
      await stage.inviteBot(room);
      assertRefused(await user.send(roomId, testString));
      const sent = textOf(await user.send(roomId, 'welcome back'), 'event_id');
      await stage.assertSigned(stage.second, room, sent);
      stage.assertNothingHidden(stage.second, room);
    });

    test(`version ${version}: notices a ban`, async () => {
      const room = await stage.makeProtectedRoom(version, { remote: false });
      assert.equal((await room.admin.ban(room.roomId, stage.gatehouse.botUserId)).status, 200);
      await stage.roomShows(room.roomId, 'the bot to notice the ban', (shown) => shown['membership'] === 'left');
      textOf(await room.user.send(room.roomId, 'unprotected'), 'event_id');
    });

    test(`version ${version}: leaves on command, everywhere, and comes back`, async () => {
      const room = await stage.makeProtectedRoom(version);
      const { admin, user, remote, roomId } = room;
      const left = await stage.gatehouse.run('rooms', 'leave', roomId);
      assert.equal(left.exitCode, 0, left.stderr);
      for (const observer of [admin, remote]) {
        await stage.botBecomes('leave', observer, roomId);
        assert.ok(!(await observer.joinedMembers(roomId)).includes(stage.gatehouse.botUserId));
      }
      stage.assertNothingHidden(stage.first, room);
      textOf(await user.send(roomId, 'nobody reads along'), 'event_id');
      await stage.inviteBot(room);
      const shown = await stage.gatehouse.json('rooms', 'show', roomId);
      assert.deepEqual(shown['policy'], { status: 'active' }, 'the policy event of the first time still counts');
      assertRefused(await user.send(roomId, testString));
    });

    test(`version ${version}: joins a public room by alias or by id through a given server`, async () => {
      const admin = await stage.first.register('host');
      const alias = `lobby${version}`;
      const options = { version, preset: 'public_chat' } as const;
      const byAlias = await admin.createRoom({ ...options, aliasLocalpart: alias });
      const byId = await admin.createRoom(options);
      const via = stage.first.serverName;
      for (const [target, roomId] of [
        [`#${alias}:${via}`, byAlias],
        [byId, byId],
      ] as const) {
        const joined = await stage.gatehouse.run('rooms', 'join', target, '--via', via);
        assert.equal(joined.exitCode, 0, `${target}: ${joined.stdout}${joined.stderr}`);
        await stage.botBecomes('join', admin, roomId);
      }
      const nowhere = await stage.gatehouse.run('rooms', 'join', `#nothing-here:${via}`, '--via', via);
      assert.equal(nowhere.exitCode, 1, nowhere.stdout);
      assert.notEqual(nowhere.stderr, '');
    });
  }

  test('200 messages of 8 senders on both servers pass without an error', async () => {
    const room = await stage.makeProtectedRoom('12');
    const { admin, user, remote, roomId } = room;
    const senders = [admin, user, remote];
    for (const server of [stage.first, stage.first, stage.first, stage.second, stage.second]) {
      const sender = await server.register('sender');
      assert.equal((await admin.invite(roomId, sender.userId)).status, 200);
      await eventually('the sender to join', async () => {
        return (await sender.join(roomId, [stage.first.serverName])).status === 200;
      });
      senders.push(sender);
    }
    const sent = await Promise.all(
      senders.map(async (sender, index) => {
        const eventIds: string[] = [];
        for (let count = 0; count < 25; count++) {
          eventIds.push(textOf(await sender.send(roomId, `message ${count} of sender ${index}`), 'event_id'));
        }
        return eventIds;
      }),
    );
    for (const eventId of sent.flat()) {
      await stage.assertSigned(stage.first, room, eventId);
      await stage.assertSigned(stage.second, room, eventId);
    }
    assert.equal(new Set(sent.flat()).size, 200);
    stage.assertNothingHidden(stage.first, room);
    stage.assertNothingHidden(stage.second, room);
  });
});
