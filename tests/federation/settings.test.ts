/** Communities and their rules: each change counts for the next event, without a restart. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { ownString } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { runCliHere, type CliRun } from '../support/run-cli.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const QUIET = { description: 'No shouting.', when: { words: { words: ['loud'] } }, message: 'Quiet please.' };

describe('settings of communities', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let lobby: RoomBuilder;
  let stage: RoomBuilder;
  let space: RoomBuilder;
  let declared: RoomBuilder;
  let file: string;

  before(async () => {
    network = await TestNetwork.start();
    origin = await network.origin();
    [lobby, stage, space, declared] = [0, 1, 2, 3].map(() => origin.createRoom('11', { joinRule: 'public' })) as [
      RoomBuilder,
      RoomBuilder,
      RoomBuilder,
      RoomBuilder,
    ];
    const fixed = { name: 'Fixed', rooms: [declared.roomId], rules: { quiet: QUIET } };
    gatehouse = await network.gatehouse({ communities: { fixed } });
    for (const room of [lobby, stage, space, declared]) {
      await protectRoom(gatehouse, origin, room);
      room.addMember(origin.user('bob'), 'join');
      await origin.send(
        gatehouse.serverName,
        room.timeline.slice(-1).map((pdu) => pdu.raw),
      );
    }
    file = path.join(network.folder, 'gatehouse.yaml');
    await mkdir(gatehouse.dataDir, { recursive: true });
    await writeFile(file, stringify({ server_name: gatehouse.serverName, data_dir: gatehouse.dataDir }));
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  let said = 0;
  /** What a member without power says is signed, or refused with this message. */
  async function judged(room: RoomBuilder, text: string): Promise<string> {
    said += 1;
    const event = room.makeMessage(`${text} ${String(said)}`, { sender: origin.user('bob') });
    const answer = await origin.askToSign(gatehouse.serverName, event);
    if (answer.status === 200) return 'signed';
    return (ownString(answer.body, 'error') ?? answer.text).replace(/ Reference: .*$/, '');
  }

  async function cli(stdin: object | undefined, ...argv: string[]): Promise<CliRun> {
    const input = stdin === undefined ? {} : { stdin: stringify(stdin) };
    return await runCliHere(argv, { ...input, env: { GATEHOUSE_CONFIG: file }, cwd: network.folder });
  }

  async function done(stdin: object | undefined, ...argv: string[]): Promise<string> {
    const run = await cli(stdin, ...argv);
    assert.equal(run.exitCode, 0, run.stderr);
    return run.stdout;
  }

  it('count from the next event on, in all rooms of the community and no other', async () => {
    assert.equal(await judged(lobby, 'so loud'), 'signed');
    await done(
      undefined,
      'community',
      'create',
      'cats',
      '--name',
      'Cats',
      '--preset',
      'support',
      '--room',
      lobby.roomId,
    );
    await done(QUIET, 'rules', 'set', 'quiet', '-', '--community', 'cats', '--note', 'it was loud');
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
    assert.equal(await judged(stage, 'so loud'), 'signed');
    await done(undefined, 'community', 'add-room', 'cats', stage.roomId);
    assert.equal(await judged(stage, 'so loud'), 'Quiet please.');
    const list = await done(undefined, 'rules', 'list', '--room', stage.roomId);
    assert.match(list, /preset +support, from community\/cats/);
    assert.match(list, /quiet +refuse +on +community\/cats +No shouting\./);
  });

  it('can be other ones in one room, and in the rooms of a space', async () => {
    await done(undefined, 'rules', 'edit-mode', 'quiet', 'off', '--room', stage.roomId);
    assert.equal(await judged(stage, 'so loud'), 'signed');
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
    await done(undefined, 'community', 'add-space', 'cats', space.roomId);
    const polite = { rules: { quiet: { message: 'Hush.' } } };
    await done(polite, 'rules', 'apply', '-', '--space', space.roomId);
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
    const child = space.make({
      type: 'm.space.child',
      stateKey: lobby.roomId,
      content: { via: [origin.serverName] },
    });
    await origin.send(gatehouse.serverName, [child]);
    assert.equal(await judged(lobby, 'so loud'), 'Hush.');
    assert.match(await done(undefined, 'rules', 'show', 'quiet', '--room', lobby.roomId), /message +from space\//);
    await done({}, 'rules', 'apply', '-', '--space', space.roomId);
  });

  it('are not saved where they are wrong, and only told in a dry run', async () => {
    const wrong = await cli({ when: { wrods: {} } }, 'rules', 'set', 'quiet', '-', '--community', 'cats');
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.stderr, /rules\.quiet\.when\.wrods: no such check; did you mean "words"\?/);
    const dry = await done(undefined, 'rules', 'edit-mode', 'quiet', 'off', '--community', 'cats', '--dry-run');
    assert.match(dry, /nothing is saved:\n {2}rules\.quiet\.mode: nothing → "off"/);
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
  });

  it('are put back as they were, with who did it and why', async () => {
    await done(undefined, 'rules', 'remove', 'quiet', '--community', 'cats');
    assert.equal(await judged(lobby, 'so loud'), 'signed');
    await done(undefined, 'rules', 'rollback', '4', '--community', 'cats', '--note', 'it is loud again');
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
    const history = await done(undefined, 'community', 'history', 'cats');
    assert.match(history, /^6 .*it is loud again$/m);
    assert.match(history, /^2 .* rules\.quiet\.description, .*it was loud$/m);
    const verdict = await origin.askToSign(
      gatehouse.serverName,
      lobby.makeMessage('too loud', { sender: origin.user('bob') }),
    );
    const reference = ownString(verdict.body, 'org.gatehouse.reference') ?? '';
    const explained = JSON.parse(await done(undefined, 'verdict', reference, '--json')) as {
      verdicts: [{ configuration: string }];
    };
    const effective = await done(undefined, 'rules', 'list', '--room', lobby.roomId);
    assert.ok(effective.includes(explained.verdicts[0].configuration));
  });

  it('are shown, checked, exported and compared, for people and for scripts', async () => {
    const exported = await done(undefined, 'rules', 'export', '--community', 'cats');
    assert.match(exported, /^name: Cats$/m);
    assert.match(await done(parse(exported) as object, 'rules', 'check', '-', '--community', 'cats'), /is good for/);
    assert.match(
      await done(parse(exported) as object, 'rules', 'apply', '-', '--community', 'cats'),
      /nothing to change/,
    );
    const bad = await cli({ name: 'Cats', preset: 'suport' }, 'rules', 'check', '-', '--community', 'cats', '--json');
    assert.equal(bad.exitCode, 1);
    assert.equal((JSON.parse(bad.stdout) as { errors: [{ path: string }] }).errors[0].path, 'preset');
    assert.match(
      await done(undefined, 'rules', 'diff', '1', '2', '--community', 'cats'),
      /rules\.quiet\.message: nothing → "Quiet please\."/,
    );
    assert.match(await done(undefined, 'community', 'show', 'cats'), /revision +\d+/);
    assert.match(await done(undefined, 'rules', 'preset'), /^lockdown: /m);
    assert.match(await done(undefined, 'rules', 'checks'), /^near_duplicate /m);
    assert.match(await done(undefined, 'rules', 'checks', 'links'), /except_domains +\[\] +Links to these domains/);
    const instance = JSON.parse(await done(undefined, 'rules', 'list', '--json')) as { layers: string[] };
    assert.deepEqual(instance.layers, ['built-in', 'configuration']);
    const nowhere = await cli(undefined, 'rules', 'preset', 'public');
    assert.match(nowhere.stderr, /--community ID/);
    await done(undefined, 'rules', 'preset', 'lockdown', '--instance', '--dry-run');
  });

  it('can come from policyserv', async () => {
    const theirs = {
      media_filter_media_types: [],
      length_filter_max_length: 10_000,
      keyword_filter_keywords: ['loud'],
    };
    const told = await done(theirs, 'import', 'policyserv', '-', '--community', 'cats');
    assert.match(told, /community\/cats is at revision \d+ now/);
    const rules = await done(undefined, 'rules', 'list', '--community', 'cats');
    assert.match(rules, /policyserv-keywords/);
    assert.match(rules, /quiet/);
    await done(undefined, 'rules', 'rollback', '6', '--community', 'cats');
  });

  it('of the configuration file are in force and read-only', async () => {
    assert.equal(await judged(declared, 'so loud'), 'Quiet please.');
    for (const argv of [
      ['rules', 'remove', 'quiet', '--community', 'fixed'],
      ['rules', 'edit-mode', 'quiet', 'off', '--room', declared.roomId],
      ['community', 'delete', 'fixed'],
      ['community', 'remove-room', 'fixed', declared.roomId],
      ['rules', 'rollback', '1', '--community', 'fixed'],
      ['lists', 'subscribe', '!nowhere:example.org', '--community', 'fixed'],
      ['lists', 'unsubscribe', '!nowhere:example.org', '--community', 'fixed'],
    ]) {
      const run = await cli(undefined, ...argv);
      assert.equal(run.exitCode, 1, argv.join(' '));
      assert.match(run.stderr, /declared in the configuration file/);
    }
    assert.match(await done(undefined, 'community', 'list'), /fixed +Fixed .* configuration file/);
  });

  it('are of no community that does not exist', async () => {
    for (const argv of [
      ['rules', 'list'],
      ['rules', 'show', 'quiet'],
      ['rules', 'export'],
      ['rules', 'history'],
      ['rules', 'shadow'],
      ['lists', 'preview', '!nowhere:example.org'],
      ['lists', 'waiting'],
      ['verdict', 'list'],
      ['queue', 'list'],
      ['precedents', 'list'],
      ['actions'],
    ]) {
      const run = await cli(undefined, ...argv, '--community', 'fixd');
      assert.deepEqual([run.exitCode, run.stdout], [1, ''], argv.join(' '));
      assert.match(run.stderr, /There is no community "fixd"; did you mean "fixed"\?/, argv.join(' '));
    }
    const token = await cli(undefined, 'tokens', 'create', 'mine', '--community', 'fixd');
    assert.match(token.stderr, /There is no community "fixd"/);
    assert.equal((await cli(undefined, 'rules', 'export')).exitCode, 2, 'no scope is wrong usage');
    assert.equal((await cli(undefined, 'rules', 'list', '--instance', '--community', 'cats')).exitCode, 2);
    assert.match((await cli(undefined, 'rules', 'checks', 'linsk')).stderr, /no check "linsk"; did you mean "links"\?/);
  });

  it('change without what was counted being forgotten', async () => {
    const pace = (most: number): object => ({
      when: { rate: { what: 'reactions', across: 'room', more_than: most, within: '1h' } },
      message: 'Slower please.',
    });
    const reacts = async (key: string): Promise<number> => {
      const relation = { rel_type: 'm.annotation', event_id: stage.timeline.at(-1)?.eventId ?? '', key };
      const sender = origin.user('bob');
      const event = stage.make({ type: 'm.reaction', sender, content: { 'm.relates_to': relation } });
      return (await origin.askToSign(gatehouse.serverName, event)).status;
    };
    assert.deepEqual([await reacts('a'), await reacts('b')], [200, 200], 'counted before there is a rule');
    await done(pace(3), 'rules', 'set', 'pace', '-', '--community', 'cats');
    assert.equal(await reacts('c'), 200);
    await done(pace(4), 'rules', 'set', 'pace', '-', '--community', 'cats');
    assert.equal(await reacts('d'), 200);
    assert.equal(await reacts('e'), 400);
    await done(pace(5), 'rules', 'set', 'pace', '-', '--room', stage.roomId);
    assert.deepEqual([await reacts('f'), await reacts('g')], [200, 400]);
    await done(undefined, 'rules', 'remove', 'pace', '--room', stage.roomId);
    await done(undefined, 'rules', 'remove', 'pace', '--community', 'cats');
  });

  it('are the same after a restart', async () => {
    await gatehouse.restart();
    assert.equal(await judged(lobby, 'so loud'), 'Quiet please.');
    assert.equal(await judged(stage, 'so loud'), 'signed');
    assert.deepEqual(gatehouse.complaints, []);
  });
});
