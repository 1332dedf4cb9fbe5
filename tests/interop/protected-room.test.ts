/** A room on a real homeserver is protected: what passes is signed, what is refused is seen by nobody. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import type { MatrixClient } from './support/matrix-client.ts';
import { textOf } from './support/matrix-client.ts';
import { assertRefused, forbiddenWord, policyStatus, Stage, testedRoomVersions, testString } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

describe('a protected room', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  for (const version of testedRoomVersions) {
    describe(`of version ${version}`, () => {
      let room: Room;

      test('is joined by invite, and protected once it has the policy event that Gatehouse shows', async () => {
        room = await stage.makeRoom(version);
        await stage.inviteBot(room);
        assert.equal(policyStatus(await stage.gatehouse.json('rooms', 'show', room.roomId)), 'missing');
        textOf(await room.user.send(room.roomId, `not protected yet: ${forbiddenWord}`), 'event_id');
        await stage.enable(room);
        const list = await stage.gatehouse.run('rooms', 'list');
        assert.equal(list.exitCode, 0, list.stderr);
        assert.ok(list.stdout.includes(room.roomId), list.stdout);
      });

      test('signs messages, topics, reactions, edits and redactions', async () => {
        const { user, admin, roomId } = room;
        const message = textOf(await user.send(roomId, 'Hello, ünïcödé 👋'), 'event_id');
        const sent = [
          message,
          textOf(await user.react(roomId, message, '👍'), 'event_id'),
          textOf(await user.edit(roomId, message, 'Hello again'), 'event_id'),
          textOf(await admin.sendState(roomId, 'm.room.topic', { topic: 'All about it' }), 'event_id'),
          textOf(await admin.sendState(roomId, 'm.room.server_acl', { allow: ['*'], deny: [] }), 'event_id'),
          textOf(await user.redact(roomId, message), 'event_id'),
        ];
        for (const eventId of sent) {
          await stage.assertSigned(stage.first, room, eventId);
          await stage.assertSigned(stage.second, room, eventId);
        }
        const { body } = await user.getEvent(roomId, message);
        assert.deepEqual(body['content'], {}, 'the redaction has taken effect');
      });

      test('refuses the test string and forbidden words with a sentence and a reference', async () => {
        const { user, roomId } = room;
        assertRefused(await user.send(roomId, `please buy ${testString} now`));
        const reference = assertRefused(await user.send(roomId, `Do not ${forbiddenWord.toUpperCase()}, ever.`));
        const allowed = textOf(await user.send(roomId, `${forbiddenWord}s is another word`), 'event_id');
        assertRefused(await user.edit(roomId, allowed, `now it says ${forbiddenWord}`));
        assertRefused(
          await user.sendEvent(roomId, 'm.room.message', {
            msgtype: 'm.text',
            body: 'harmless',
            format: 'org.matrix.custom.html',
            formatted_body: `<b>frob</b>nicate <i>${forbiddenWord}</i>`,
          }),
        );
        const explained = await stage.gatehouse.run('verdict', reference);
        assert.equal(explained.exitCode, 0, explained.stderr);
        for (const part of ['words', forbiddenWord, reference, user.userId]) {
          assert.ok(explained.stdout.toLowerCase().includes(part.toLowerCase()), `${part}: ${explained.stdout}`);
        }
        await assertUnseen(room, [testString, `${forbiddenWord.toUpperCase()}, ever`]);
      });

      test('lets moderators use forbidden words, but not the test string', async () => {
        const { admin, roomId } = room;
        const sent = textOf(await admin.send(roomId, `Nobody may say ${forbiddenWord} here.`), 'event_id');
        await stage.assertSigned(stage.first, room, sent);
        assertRefused(await admin.send(roomId, testString));
        assertRefused(await admin.sendState(roomId, 'm.room.topic', { topic: `Topic ${testString}` }));
      });

      test('asks the same of users of another server', async () => {
        const { remote, user, roomId } = room;
        const { next } = await user.sync(roomId);
        const hello = textOf(await remote.send(roomId, 'Hello from afar'), 'event_id');
        await stage.assertSigned(stage.second, room, hello);
        assertRefused(await remote.send(roomId, `far away we ${forbiddenWord}`));
        assertRefused(await remote.send(roomId, `far away: ${testString}`));
        const last = textOf(await remote.send(roomId, 'Bye from afar'), 'event_id');
        await stage.assertSigned(stage.first, room, last);
        const seen = await timelineUntil(user, roomId, next, last);
        assert.deepEqual(seen, [hello, last], 'nothing but the two allowed messages arrived');
      });

      test('lets people come, go and change their name', async () => {
        const { remote, admin, roomId } = room;
        const guest = await stage.first.register('guest');
        assert.equal((await admin.invite(roomId, guest.userId)).status, 200);
        assert.equal((await guest.join(roomId)).status, 200);
        const name = await guest.call('PUT', `/profile/${encodeURIComponent(guest.userId)}/displayname`, {
          displayname: 'A guest',
        });
        assert.equal(name.status, 200, JSON.stringify(name.body));
        await membershipBecomes(remote, roomId, guest.userId, 'join');
        assert.equal((await admin.kick(roomId, guest.userId)).status, 200);
        await membershipBecomes(remote, roomId, guest.userId, 'leave');
        assert.equal((await admin.invite(roomId, guest.userId)).status, 200);
        assert.equal((await guest.join(roomId)).status, 200);
        assert.equal((await guest.leave(roomId)).status, 200);
        const farewell = textOf(await admin.send(roomId, 'Bye, guest'), 'event_id');
        await stage.assertSigned(stage.second, room, farewell);
        await membershipBecomes(remote, roomId, guest.userId, 'leave');
        stage.assertNothingHidden(stage.first, room);
        stage.assertNothingHidden(stage.second, room);
      });
    });

    test(`a server that joins a room of version ${version} later gets its whole history`, async () => {
      const room = await stage.makeRoom(version, { remote: false });
      const { admin, user, remote, roomId } = room;
      for (let count = 0; count < 20; count++) {
        textOf(await user.send(roomId, `before ${count}: ${forbiddenWord}`), 'event_id');
      }
      await stage.inviteBot(room);
      await stage.enable(room, { remote: false });
      const last = textOf(await user.send(roomId, 'after'), 'event_id');
      assert.equal((await admin.invite(roomId, remote.userId)).status, 200);
      await eventually('the user of the second server to join', async () => {
        return (await remote.join(roomId, [stage.first.serverName])).status === 200;
      });
      const theirs = await eventually('the history to arrive', async () => {
        const events = await remote.messages(roomId);
        return events.some(({ type }) => type === 'm.room.create') && events;
      });
      const ours = await user.messages(roomId);
      const known = new Set(theirs.map(({ eventId }) => eventId));
      const missing = ours.filter(({ eventId }) => !known.has(eventId));
      assert.deepEqual(missing, [], 'the second server lacks events');
      stage.assertNothingHidden(stage.second, room);
      for (const { eventId, type } of theirs) {
        if (type === 'm.room.message') await stage.assertSigned(stage.second, room, eventId);
      }
      await stage.assertSigned(stage.second, room, last);
    });
  }

  /** Sends a last message and checks that neither server shows any of the texts. */
  async function assertUnseen(room: Room, texts: readonly string[]): Promise<void> {
    const marker = textOf(await room.user.send(room.roomId, 'a marker'), 'event_id');
    await stage.assertSigned(stage.second, room, marker);
    for (const observer of [room.user, room.remote]) {
      const bodies = (await observer.messages(room.roomId)).map(({ content }) => JSON.stringify(content));
      for (const unwanted of texts) {
        assert.ok(!bodies.some((body) => body.includes(unwanted)), `${observer.serverName} shows ${unwanted}`);
      }
    }
  }
});

async function timelineUntil(client: MatrixClient, roomId: string, since: string, last: string): Promise<string[]> {
  const seen: string[] = [];
  let from = since;
  await eventually('the last message to arrive by sync', async () => {
    const { next, events } = await client.sync(roomId, from);
    from = next;
    seen.push(...events.map(({ eventId }) => eventId));
    return seen.includes(last);
  });
  return seen;
}

async function membershipBecomes(
  observer: MatrixClient,
  roomId: string,
  userId: string,
  wanted: string,
): Promise<void> {
  await eventually(`${observer.serverName} to see ${userId} ${wanted}`, async () => {
    return (await observer.membership(roomId, userId)) === wanted;
  });
}
