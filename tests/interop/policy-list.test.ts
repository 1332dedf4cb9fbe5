/** A policy list in a room of a real homeserver: what its keepers write there counts for the next event. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import type { JsonObject, MatrixClient } from './support/matrix-client.ts';
import { isObject, textOf } from './support/matrix-client.ts';
import { listIn } from './support/moderation.ts';
import { assertRefused, Stage } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

const inCats = ['--community', 'cats'] as const;

describe('a policy list', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  let room: Room;
  let keeper: MatrixClient;
  let list: string;

  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python, { config: {} });
    room = await stage.makeProtectedRoom('12');
    keeper = await stage.first.register('keeper');
    list = await keeper.createRoom({ version: '11', preset: 'public_chat', name: 'Bans', aliasLocalpart: 'bans' });
    await stage.gatehouse.json('community', 'create', 'cats', '--room', room.roomId);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  test('is looked at, and subscribed to by its alias', async () => {
    await writes('m.policy.rule.user', { entity: '@nobody:example.org', recommendation: 'm.ban', reason: 'spam' });
    const alias = `#bans:${stage.first.serverName}`;
    const previewed = await stage.gatehouse.json('lists', 'preview', alias, ...inCats);
    assert.equal(previewed['list'], list);
    assert.equal(previewed['people'], 0);
    await stage.botBecomes('join', keeper, list);
    await stage.gatehouse.json('lists', 'subscribe', alias, ...inCats, '--trust', 'enforce', '--name', 'Our bans');
    textOf(await room.remote.send(room.roomId, 'nothing has changed for me'), 'event_id');
  });

  test('bans a user with the next event, and an unban lets them speak again', async () => {
    const { user, remote, roomId } = room;
    textOf(await user.send(roomId, 'before the ban'), 'event_id');
    const rule = { entity: user.userId, recommendation: 'm.ban', reason: 'rude on Friday' };
    await writes('m.policy.rule.user', rule);
    const refused = await user.send(roomId, 'after the ban');
    const reference = assertRefused(refused);
    assert.ok(!JSON.stringify(refused).includes('rude on Friday'), 'why somebody is listed is no business of theirs');
    const explained = await stage.gatehouse.run('verdict', reference);
    for (const part of ['policy_lists', user.userId, 'rude on Friday', list]) {
      assert.ok(explained.stdout.includes(part), `${part}: ${explained.stdout}`);
    }
    textOf(await remote.send(roomId, 'I am not meant'), 'event_id');
    assert.deepEqual(await effects(user.userId), ['passed']);

    await takesBack('m.policy.rule.user', user.userId);
    const sent = textOf(await user.send(roomId, 'after the unban'), 'event_id');
    await stage.assertSigned(stage.second, room, sent);
  });

  test('bans a server with the next event, its users may leave, and an unban brings it back', async () => {
    const { user, remote, roomId } = room;
    const { serverName } = stage.second;
    const guest = await stage.second.register('guest');
    assert.equal((await room.admin.invite(roomId, guest.userId)).status, 200);
    await eventually('the guest to join', async () => (await guest.join(roomId)).status === 200);
    textOf(await remote.send(roomId, 'before the ban of my server'), 'event_id');

    await writes('m.policy.rule.server', { entity: serverName, recommendation: 'm.ban', reason: 'open registration' });
    const reference = assertRefused(await remote.send(roomId, 'after the ban of my server'));
    assertRefused(await guest.send(roomId, 'me too'));
    textOf(await user.send(roomId, 'I am of another server'), 'event_id');
    assert.equal((await guest.leave(roomId)).status, 200);
    await eventually('the first server to see that the guest has left', async () => {
      return (await user.membership(roomId, guest.userId)) === 'leave';
    });
    assert.match((await stage.gatehouse.run('verdict', reference)).stdout, /open registration/);

    await takesBack('m.policy.rule.server', serverName);
    const sent = textOf(await remote.send(roomId, 'after the unban'), 'event_id');
    await stage.assertSigned(stage.first, room, sent);
  });

  test('has a rule about a moderator wait for a human', async () => {
    const { admin, roomId } = room;
    const helper = await stage.first.register('helper');
    assert.equal((await admin.invite(roomId, helper.userId)).status, 200);
    assert.equal((await helper.join(roomId)).status, 200);
    // The creator of a room of version 12 stands above all numbers.
    const levels = (await admin.getState(roomId, 'm.room.power_levels')).body;
    const users = { ...(isObject(levels['users']) ? levels['users'] : {}), [helper.userId]: 50 };
    textOf(await admin.sendState(roomId, 'm.room.power_levels', { ...levels, users }), 'event_id');
    await writes('m.policy.rule.user', { entity: helper.userId, recommendation: 'm.ban', reason: 'a mistake' });
    textOf(await helper.send(roomId, 'I moderate here'), 'event_id');
    const waiting = await eventually('the rule to wait', async () => {
      const found = listIn(await stage.gatehouse.json('lists', 'waiting', ...inCats), 'waiting');
      return found.length > 0 && found;
    });
    assert.deepEqual(
      waiting.map(({ rule, moderators }) => [isObject(rule) && rule['entity'], moderators]),
      [[helper.userId, 1]],
    );
    await stage.gatehouse.json('lists', 'reject', list, helper.userId, ...inCats);
    assert.deepEqual(listIn(await stage.gatehouse.json('lists', 'waiting', ...inCats), 'waiting'), []);
  });

  test('has no effect any more once nobody subscribes to it', async () => {
    const { user, roomId } = room;
    await writes('m.policy.rule.user', { entity: user.userId, recommendation: 'm.ban', reason: 'again' });
    assertRefused(await user.send(roomId, 'refused again'));
    await stage.gatehouse.json('lists', 'unsubscribe', list, ...inCats);
    const sent = textOf(await user.send(roomId, 'and free again'), 'event_id');
    await stage.assertSigned(stage.second, room, sent);
    stage.assertNothingHidden(stage.first, room);
    stage.assertNothingHidden(stage.second, room);
  });

  /** The keeper writes a rule; returns when Gatehouse has it. */
  async function writes(type: string, rule: JsonObject & { entity: string }): Promise<void> {
    textOf(await keeper.sendState(list, type, rule, `rule:${rule.entity}`), 'event_id');
    await listHas(rule.entity, true);
  }

  async function takesBack(type: string, entity: string): Promise<void> {
    textOf(await keeper.sendState(list, type, {}, `rule:${entity}`), 'event_id');
    await listHas(entity, false);
  }

  /** The homeserver sends it on in its own time; before the bot follows the list there is nothing to wait for. */
  async function listHas(entity: string, isWanted: boolean): Promise<void> {
    if ((await keeper.membership(list, stage.gatehouse.botUserId)) !== 'join') return;
    await eventually(`the list ${isWanted ? 'to have' : 'not to have'} ${entity}`, async () => {
      const { rules } = await stage.gatehouse.json('lists', 'rules', list);
      return JSON.stringify(rules).includes(entity) === isWanted;
    });
  }

  async function effects(entity: string): Promise<unknown[]> {
    const matches = listIn(await stage.gatehouse.json('lists', 'match', entity), 'matches');
    return matches.flatMap((match) => listIn(match, 'subscribers').map(({ effect }) => effect));
  }
});
