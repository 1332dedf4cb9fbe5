import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sha256 } from '../../src/policy/lists/entity.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { own, ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { Draft, RoomBuilder } from '../support/room-builder.ts';
import { runCliHere } from '../support/run-cli.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

/** A community's room, a list on a server of its own, and a server that ends up on it. */
describe('policy lists', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let home: FakeOrigin;
  let evil: FakeOrigin;
  let keeper: FakeOrigin;
  let room: RoomBuilder;
  let list: RoomBuilder;
  let [bob, eve, mallory]: UserId[] = [];

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    [home, evil, keeper] = [await network.origin(), await network.origin(), await network.origin()];
    room = home.createRoom('11', { joinRule: 'public' });
    evil.share(room);
    [bob, eve, mallory] = [home.user('bob'), evil.user('eve'), evil.user('mallory')];
    for (const user of [bob, eve, mallory]) room.addMember(user, 'join');
    list = keeper.createRoom('11', { joinRule: 'public', create: { type: 'support.feline.policy.lists.msc.v1' } });
    await protectRoom(gatehouse, home, room);
    const settings = { name: 'Games', rooms: [room.roomId] };
    assert.equal((await gatehouse.owner('POST', 'communities', { id: 'games', settings })).status, 201);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  const owner = async (method: 'GET' | 'POST', resource: string, body?: JsonObject): Promise<JsonObject> => {
    const answer = await gatehouse.owner(method, `lists${resource}`, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const rule = async (kind: string, stateKey: string, content: JsonObject): Promise<EventId> =>
    await deliver({ type: `m.policy.rule.${kind}`, stateKey, content });
  const deliver = async (draft: Draft): Promise<EventId> => {
    const pdu = list.add(draft);
    const sent = await keeper.send(gatehouse.serverName, [pdu.raw]);
    assert.deepEqual(own(ownObject(sent.body, 'pdus') ?? {}, pdu.eventId), {}, sent.text);
    return pdu.eventId;
  };
  const ban = (entity: string): JsonObject => ({ entity, recommendation: 'm.ban', reason: 'spam' });
  let messages = 0;
  /** Why a new message of the user is refused; `undefined` where it is signed. */
  const refusal = async (sender: UserId | undefined): Promise<string | undefined> => {
    messages += 1;
    const event = room.makeMessage(`message ${String(messages)}`, sender === undefined ? {} : { sender });
    const answer = await home.askToSign(gatehouse.serverName, event);
    assert.ok(answer.status === 200 || answer.status === 400, answer.text);
    return answer.status === 200 ? undefined : (ownString(answer.body, 'error') ?? '');
  };
  const join = { via: [] as string[], scope: 'community/games' };

  it('show whom they are about before anybody subscribes', async () => {
    list.add({ type: 'm.policy.rule.server', stateKey: 'evil', content: ban(evil.serverName) });
    list.add({ type: 'm.policy.rule.user', stateKey: 'alice', content: ban(`@alice:${home.serverName}`) });
    const preview = await owner('POST', '/preview', { ...join, target: list.roomId, via: [keeper.serverName] });
    assert.deepEqual([preview['people'], preview['moderators'], preview['waiting_rules']], [3, 1, 1]);
    assert.match(JSON.stringify(preview['rules']), /"user_id":"@mallory/);
    assert.equal(await refusal(eve), undefined);
  });

  it('only say what a subscription would change in a dry run', async () => {
    const body = { ...join, target: list.roomId, subscription: { trust: 'enforce', limit: 5 }, dry_run: true };
    assert.notDeepEqual((await owner('POST', '/subscribe', body))['changes'], []);
    assert.equal(await refusal(eve), undefined);
    assert.deepEqual((await owner('GET', ''))['lists'], []);
  });

  it('are enforced from the next event on once somebody subscribes', async () => {
    await owner('POST', '/subscribe', { ...join, target: list.roomId, subscription: { trust: 'enforce', limit: 5 } });
    assert.match((await refusal(eve)) ?? '', /policy list/);
    assert.equal(await refusal(bob), undefined);
    await rule('server', 'evil', {});
    assert.equal(await refusal(eve), undefined);
    const again = await rule('server', 'evil again', ban(evil.serverName));
    assert.notEqual(await refusal(eve), undefined);
    await deliver({ type: 'm.room.redaction', content: { redacts: again } });
    assert.equal(await refusal(eve), undefined);
    await rule('server', 'evil again', ban(evil.serverName));
    assert.notEqual(await refusal(eve), undefined);
  });

  it('refuse joins of those who are on them, and invites for them', async () => {
    const newcomer = evil.user('newcomer');
    const member = { type: 'm.room.member', stateKey: newcomer };
    const joining = room.make({ ...member, sender: newcomer, content: { membership: 'join' } });
    const invite = room.make({ ...member, sender: bob ?? home.user('bob'), content: { membership: 'invite' } });
    for (const event of [joining, invite]) {
      assert.equal((await home.askToSign(gatehouse.serverName, event)).status, 400);
    }
  });

  it('let an unban take a ban back', async () => {
    await rule('user', 'eve', { entity: eve ?? '', recommendation: 'fi.mau.meowlnir.unban' });
    assert.equal(await refusal(eve), undefined);
    assert.notEqual(await refusal(mallory), undefined);
    const matches = JSON.stringify(
      (await owner('GET', `/match?entity=${encodeURIComponent(mallory ?? '')}`))['matches'],
    );
    assert.match(matches, /"effect":"passed"/);
  });

  it('hold a rule back that is about a moderator, until a human approves', async () => {
    await rule('server', 'home', ban(home.serverName));
    assert.equal(await refusal(bob), undefined);
    await gatehouse.settled();
    const waiting = JSON.stringify((await owner('GET', '/waiting?scope=community/games'))['waiting']);
    assert.match(waiting, /"moderators":1/);
    assert.match(waiting, new RegExp(`"entity":"${home.serverName}"`));
    assert.ok(gatehouse.complaints.some((line) => ownString(line, 'msg')?.includes('waits for a human') === true));
    const decision = { list: list.roomId, rule: home.serverName, scope: 'community/games' };
    await owner('POST', '/decisions', { ...decision, standing: 'approved' });
    assert.notEqual(await refusal(bob), undefined);
    assert.equal(await refusal(undefined), undefined, 'moderators are exempt');
    await gatehouse.restart();
    assert.notEqual(await refusal(bob), undefined);
    await owner('POST', '/decisions', { ...decision, standing: 'rejected' });
    assert.equal(await refusal(bob), undefined);
  });

  it('are about people whom they name by hash alone', async () => {
    const hash = Buffer.from(sha256(bob ?? ''), 'hex').toString('base64');
    await rule('user', 'hashed', { recommendation: 'm.takedown', 'org.matrix.msc4205.hashes': { sha256: hash } });
    assert.notEqual(await refusal(bob), undefined);
    await rule('user', 'hashed', { recommendation: 'm.takedown', 'org.matrix.msc4205.hashes': { sha256: 'x' } });
    assert.equal(await refusal(bob), undefined);
  });

  it('mean nothing any more without a subscription', async () => {
    assert.notEqual(await refusal(mallory), undefined);
    const body = { list: list.roomId, scope: 'community/games', note: 'too strict' };
    await owner('POST', '/unsubscribe', body);
    assert.equal(await refusal(mallory), undefined);
    assert.deepEqual((await owner('POST', '/unsubscribe', body))['changes'], []);
  });

  it('are handled from the command line', async () => {
    const configFile = path.join(network.folder, 'lists.yaml');
    writeFileSync(configFile, `server_name: "${gatehouse.serverName}"\ndata_dir: "${gatehouse.dataDir}"\n`);
    const lists = async (...argv: string[]): Promise<string> => {
      const run = await runCliHere(['lists', ...argv, '--config', configFile]);
      assert.equal(run.exitCode, 0, run.stderr);
      return run.stdout;
    };
    const target = [list.roomId, '--community', 'games'] as const;
    assert.match(await lists('list'), /No policy list is in use/);
    const previewed = await lists('preview', ...target);
    assert.match(previewed, /^server +localhost:\d+ +2 +1 +yes +spam$/m);
    assert.match(
      previewed,
      /ROOMS\n@alice:localhost:\d+ +moderator +\d+ +localhost:\d+, @alice:localhost:\d+ +!room\S+\n/,
      'moderators first',
    );
    assert.match(previewed, /^@mallory:localhost:\d+ +newcomer +\d+ +localhost:\d+ +!room\S+$/m);
    const wanted = ['--trust', 'enforce', '--limit', '1', '--name', 'Spam', '--exempt-users', '@friend:*'];
    assert.match(await lists('subscribe', ...target, ...wanted, '--dry-run'), /^Would change 4 settings\./);
    assert.match(await lists('subscribe', ...target, ...wanted), /^Subscribed to !room/);
    assert.match(await lists('subscribe', ...target, '--trust', 'enforce'), /^Nothing changes/);
    await exemptOneByOne(lists, list.roomId, room.roomId);
    assert.match(await lists('list'), /Spam +joined +4 +games +enforce +1 +1/);
    assert.match(await lists('rules', list.roomId, '--kind', 'server'), /server +localhost:\d+ +ban +spam/);
    assert.match(await lists('waiting', '--community', 'games'), /user +@alice:localhost:\d+ +1 +1/);
    const where = [list.roomId, `@alice:${home.serverName}`, '--community', 'games'] as const;
    assert.match(await lists('reject', ...where, '--dry-run'), /would be rejected for games/);
    assert.match(await lists('waiting', '--community', 'games'), /user +@alice/);
    assert.match(await lists('reject', ...where), /is rejected for games/);
    assert.match(await lists('approve', ...where), /is approved for games/);
    assert.match(await lists('match', mallory ?? ''), /server .*games: in force$/m);
    const wide = [list.roomId, evil.serverName] as const;
    const there = ['--community', 'games'] as const;
    const tried = await lists('override', ...wide, 'ignore', ...there, '--dry-run');
    assert.match(tried, /^community\/games would say "ignore" .*; nothing is changed\.$/m);
    assert.notEqual(await refusal(mallory), undefined);
    await lists('override', ...wide, 'ignore', ...there, '--note', 'not all of them');
    assert.equal(await refusal(mallory), undefined);
    assert.match(await lists('match', mallory ?? ''), /games: overridden: ignored/);
    await lists('remove-override', ...wide, ...there);
    assert.notEqual(await refusal(mallory), undefined);
    assert.match(
      await lists('subscribe', list.roomId, '--room', room.roomId, '--trust', 'off'),
      /is switched off there/,
    );
    assert.equal(await refusal(mallory), undefined);
    assert.match(await lists('match', mallory ?? ''), /No policy list in use/);
    assert.match(await lists('unsubscribe', list.roomId, '--room', room.roomId), /^Unsubscribed/);
    assert.notEqual(await refusal(mallory), undefined);
    assert.match(await lists('unsubscribe', list.roomId, '--room', room.roomId), /--trust off/);
    const json: unknown = JSON.parse(await lists('match', '@nobody:nowhere.test', '--json'));
    assert.deepEqual(json, { entity: '@nobody:nowhere.test', matches: [] });
    assert.match(await lists('unsubscribe', ...target), /^Unsubscribed from !room/);
    const unknown = await runCliHere(['lists', 'subscribe', ...target, '--trust', 'enforc', '--config', configFile]);
    assert.match(unknown.stderr, /lists.*trust.*enforce/s);
    const wrong = await runCliHere(['lists', 'subscribe', list.roomId, '--config', configFile]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /--community ID/);
  });
});

/** Whom a subscription exempts is changed by name: nobody loses an exemption without a word. */
async function exemptOneByOne(
  lists: (...argv: readonly string[]) => Promise<string>,
  list: string,
  room: string,
): Promise<void> {
  const changed = async (...argv: readonly string[]): Promise<readonly string[]> => {
    const lines = (await lists('subscribe', list, ...argv)).split('\n');
    return lines.filter((line) => line.startsWith('  lists[')).map((line) => line.split('"].')[1] ?? '');
  };
  const there = ['--community', 'games'] as const;
  assert.deepEqual(await changed(...there, '--exempt-servers', 'good.test', 'fair.test'), [
    'exempt.servers: nothing → ["good.test","fair.test"]',
  ]);
  assert.deepEqual(await changed(...there, '--exempt-users', '@friend:*', '@other:*'), [
    'exempt.users: ["@friend:*"] → ["@friend:*","@other:*"]',
  ]);
  assert.deepEqual(await changed('--room', room, '--exempt-users', '@guest:*'), [
    'exempt.users: nothing → ["@guest:*"]',
    'exempt.servers: nothing → ["good.test","fair.test"]',
  ]);
  assert.match(await lists('unsubscribe', list, '--room', room), /^Unsubscribed/);
  assert.deepEqual(await changed(...there, '--exempt-users', ''), ['exempt.users: ["@friend:*","@other:*"] → []']);
  assert.deepEqual(await changed(...there, '--limit', '1'), []);
}
