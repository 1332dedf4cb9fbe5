/** Gatehouse goes away and comes back: rooms can be freed, and nothing that was answered changes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askToSign } from './support/federation-request.ts';
import type { FederationAnswer } from './support/federation-request.ts';
import { eventually } from './support/eventually.ts';
import type { Answer } from './support/matrix-client.ts';
import { textOf } from './support/matrix-client.ts';
import { assertRefused, forbiddenWord, Stage, testedRoomVersions, testString } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

describe('an outage of Gatehouse', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  for (const version of testedRoomVersions) {
    test(`version ${version}: moderators can free the room while Gatehouse is down`, async () => {
      const room = await stage.makeProtectedRoom(version);
      const { admin, user, remote, roomId } = room;
      await stage.gatehouse.stop();
      const blocked = await user.send(roomId, 'is anybody there?');
      assert.ok(blocked.status >= 400, JSON.stringify(blocked));
      textOf(await admin.sendState(roomId, 'm.room.policy', {}), 'event_id');
      // Synapse checks the events of one transaction before it applies any of them.
      await eventually('the second server to see that the room is free', async () => {
        return (await remote.getState(roomId, 'm.room.policy')).body['via'] === undefined;
      });
      textOf(await user.send(roomId, `nobody stops ${forbiddenWord}`), 'event_id');
      await stage.gatehouse.startAgain();
      await stage.enable(room);
      assertRefused(await user.send(roomId, `again ${forbiddenWord}`));
      const allowed = textOf(await user.send(roomId, 'protected again'), 'event_id');
      await stage.assertSigned(stage.second, room, allowed);
      stage.assertNothingHidden(stage.second, room);
    });

    test(`version ${version}: killed and started again, every verdict is the same and the room goes on`, async () => {
      const room = await stage.makeProtectedRoom(version);
      const { user, roomId } = room;
      const allowed = textOf(await user.send(roomId, 'remember this'), 'event_id');
      const reference = assertRefused(await user.send(roomId, `remember ${forbiddenWord}`));
      const signedBefore = await askAgain(allowed);
      const explainedBefore = await stage.gatehouse.json('verdict', reference);
      const shownBefore = await stage.gatehouse.json('rooms', 'show', roomId);
      assert.equal(signedBefore.status, 200, signedBefore.text);

      await stage.gatehouse.kill();
      await stage.gatehouse.startAgain();

      assert.deepEqual(await askAgain(allowed), signedBefore);
      assert.deepEqual(await stage.gatehouse.json('verdict', reference), explainedBefore);
      assert.deepEqual(await stage.gatehouse.json('rooms', 'show', roomId), shownBefore);
      const next = textOf(await user.send(roomId, 'life goes on'), 'event_id');
      await stage.assertSigned(stage.second, room, next);
      assertRefused(await user.send(roomId, testString));
    });

    test(`version ${version}: what changed in the room meanwhile is known before anyone is refused`, async () => {
      const room = await stage.makeProtectedRoom(version);
      const { admin, user, roomId } = room;
      const content = await stage.policyContent(roomId);
      await stage.gatehouse.kill();
      textOf(await admin.sendState(roomId, 'm.room.policy', {}), 'event_id');
      await promote(room);
      textOf(await user.send(roomId, 'I am a moderator now'), 'event_id');
      textOf(await admin.sendState(roomId, 'm.room.policy', content), 'event_id');
      await stage.gatehouse.startAgain();
      const said = textOf(await user.send(roomId, `moderators may say ${forbiddenWord}`), 'event_id');
      await stage.assertSigned(stage.first, room, said);
    });
  }

  test('killed amid messages from both servers, no answered message loses its signature', async () => {
    const room = await stage.makeProtectedRoom('12');
    const answers: Answer[] = [];
    const senders = [room.user, room.remote, room.admin].map(async (sender) => {
      for (let count = 0; count < 25; count++) answers.push(await sender.send(room.roomId, `message ${count}`));
    });
    await eventually('some messages to be answered', () => answers.length >= 15);
    await stage.gatehouse.kill();
    await stage.gatehouse.startAgain();
    await Promise.all(senders);
    const sent = answers.filter(({ status }) => status === 200).map((answer) => textOf(answer, 'event_id'));
    assert.ok(sent.length >= 15, `${sent.length} of ${answers.length} messages were taken`);
    for (const eventId of sent) await stage.assertSigned(stage.first, room, eventId);
    for (const { status, body } of answers) {
      assert.ok(status === 200 || status >= 500, `refused: ${status} ${JSON.stringify(body)}`);
    }
  });

  /** Asks for the signature of an event that the first server has, as that server. */
  async function askAgain(eventId: string): Promise<FederationAnswer> {
    const event = stage.first.storedEvent(eventId);
    assert.ok(event !== undefined);
    return await askToSign(stage.oracle, stage.first.signingKey, stage.gatehouse.serverName, event);
  }
});

async function promote({ admin, user, roomId }: Room): Promise<void> {
  const { body } = await admin.getState(roomId, 'm.room.power_levels');
  const users = typeof body['users'] === 'object' ? body['users'] : {};
  const levels = { ...body, users: { ...users, [user.userId]: 50 } };
  textOf(await admin.sendState(roomId, 'm.room.power_levels', levels), 'event_id');
}
