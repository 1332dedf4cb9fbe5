/** A refusal is not the last word: moderators decide otherwise by its reference, and close rooms for a time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import { askToSign } from './support/federation-request.ts';
import type { JsonObject } from './support/matrix-client.ts';
import { parseObject, textOf } from './support/matrix-client.ts';
import { assertRefusedSaying, decidersOf, listIn, setRule } from './support/moderation.ts';
import { Stage } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

const message = 'This is a room about cats.';
const closed = 'This room is closed to newcomers for a while. Please try again later.';

describe('moderators decide otherwise', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  let room: Room;

  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python, { config: {} });
    room = await stage.makeProtectedRoom('12');
    await stage.gatehouse.json('community', 'create', 'cats', '--room', room.roomId);
    const rule = { when: { words: { words: ['puppy'] } }, message };
    await setRule(stage.gatehouse, 'no-dogs', rule, '--community', 'cats');
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  test('a message that is allowed by its reference goes through when its author sends it again', async () => {
    const { user, remote, roomId } = room;
    const text = 'My cat has adopted a puppy!';
    const reference = assertRefusedSaying(await user.send(roomId, text), message);
    assertRefusedSaying(await user.send(roomId, text), message);

    const allowed = await stage.gatehouse.json('verdict', 'allow', reference, '--note', 'it is about a cat');
    assert.equal(allowed['changed'], true);
    const sent = textOf(await user.send(roomId, text), 'event_id');
    await stage.assertSigned(stage.second, room, sent);
    assertRefusedSaying(await remote.send(roomId, text), message);
    assertRefusedSaying(await user.send(roomId, 'My cat has eaten a puppy!'), message);

    assert.deepEqual(await decidersOf(stage.gatehouse, reference), ['no-dogs', 'override']);
    assert.deepEqual(await decidersOf(stage.gatehouse, sent), ['precedent']);
  });

  test('the very event that was refused is signed when a homeserver asks again', async () => {
    const { first, oracle, gatehouse } = stage;
    const template = await stage.assertSigned(first, room, await says('an ordinary message'));
    const event = await likeBy(room.user.userId, template, 'A puppy, once more');
    const refused = await askToSign(oracle, first.signingKey, gatehouse.serverName, event);
    const reference = assertRefusedSaying({ status: refused.status, body: parseObject(refused.text) }, message);
    await gatehouse.json('verdict', 'allow', reference, '--covers', 'this');
    const allowed = await askToSign(oracle, first.signingKey, gatehouse.serverName, event);
    assert.equal(allowed.status, 200, allowed.text);
    const answer = parseObject(allowed.text);
    const signed = { ...event, signatures: { ...signaturesOf(event), ...signaturesOf({ signatures: answer }) } };
    const { public_keys: keys } = await stage.policyContent(room.roomId);
    const key = { serverName: gatehouse.serverName, keyId: 'ed25519:policy_server', publicKey: keys.ed25519 };
    assert.ok(await oracle.verifiesEvent(room.version, signed, key), allowed.text);
    assertRefusedSaying(await room.user.send(room.roomId, 'A puppy, once more'), message);
  });

  test('an appeal waits in the queue until a moderator has decided', async () => {
    const { remote, roomId } = room;
    const text = 'That puppy is a seal';
    const reference = assertRefusedSaying(await remote.send(roomId, text), message);
    const { id } = await stage.gatehouse.json('queue', 'appeal', reference, '--statement', 'seals are no dogs');
    const waiting = listIn(await stage.gatehouse.json('queue', 'list', '--community', 'cats'), 'items');
    assert.deepEqual(
      waiting.map((item) => [item['id'], item['kind'], item['statement']]),
      [[id, 'appeal', 'seals are no dogs']],
    );
    await stage.gatehouse.json('queue', 'decide', 'allow', String(id), '--note', 'true');
    const sent = textOf(await remote.send(roomId, text), 'event_id');
    await stage.assertSigned(stage.first, room, sent);
    assert.deepEqual(listIn(await stage.gatehouse.json('queue', 'list'), 'items'), []);
  });

  test('a room is closed to newcomers until the time is over', async () => {
    const { user, remote, admin, roomId } = room;
    const where = ['--community', 'cats'] as const;
    const { until } = await stage.gatehouse.json('lockdown', 'on', ...where, '--for', '12s', '--newcomers');
    assert.ok(typeof until === 'number');
    for (const sender of [user, remote]) assertRefusedSaying(await sender.send(roomId, 'may I?'), closed);
    textOf(await admin.send(roomId, 'moderators may'), 'event_id');
    assert.ok(Date.now() < until, 'the machine is too slow for this test: all of this takes longer than 12 seconds');
    const sent = await eventually('the lockdown to end by itself', async () => {
      const answer = await user.send(roomId, 'and now?');
      return answer.status === 200 && textOf(answer, 'event_id');
    });
    assert.ok(Date.now() >= until, 'it ended too early');
    await stage.assertSigned(stage.second, room, sent);
    assert.deepEqual(listIn(await stage.gatehouse.json('lockdown', 'list'), 'lockdowns'), []);
  });

  test('a lockdown survives a restart, and ends by command', async () => {
    const { user, roomId } = room;
    await stage.gatehouse.json('lockdown', 'on', '--room', roomId, '--for', '1h', '--newcomers', '--note', 'a raid');
    assertRefusedSaying(await user.send(roomId, 'closed?'), closed);
    await stage.gatehouse.stop();
    await stage.gatehouse.startAgain();
    assertRefusedSaying(await user.send(roomId, 'still closed?'), closed);
    const ended = await stage.gatehouse.json('lockdown', 'off', '--room', roomId);
    assert.equal(listIn(ended, 'ended').length, 1);
    await stage.assertSigned(stage.second, room, await says('open again'));
  });

  test('every step is in the log of what moderators did', async () => {
    const steps = listIn(await stage.gatehouse.json('actions', '--limit', '100'), 'actions');
    const notes = steps.map(({ note }) => note);
    for (const note of ['it is about a cat', 'a raid', 'true']) assert.ok(notes.includes(note), JSON.stringify(steps));
    stage.assertNothingHidden(stage.first, room);
    stage.assertNothingHidden(stage.second, room);
  });

  async function says(text: string): Promise<string> {
    return textOf(await room.user.send(room.roomId, text), 'event_id');
  }

  /** An event like another, with another text, as the first homeserver would make it. */
  async function likeBy(sender: string, template: JsonObject, body: string): Promise<JsonObject> {
    const event: JsonObject = { ...template, sender, content: { msgtype: 'm.text', body } };
    for (const made of ['signatures', 'hashes', 'unsigned']) Reflect.deleteProperty(event, made);
    return await stage.oracle.signEvent(room.version, event, stage.first.signingKey);
  }
});

function signaturesOf(event: JsonObject): JsonObject {
  const { signatures } = event;
  return typeof signatures === 'object' && signatures !== null ? { ...signatures } : {};
}
