/** What is kept of the past, on a running server: replays, shadow, retention, erasure and export, restarts or not. */
import assert from 'node:assert/strict';
import { readFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { own, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { runCliHere, type CliRun } from '../support/run-cli.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const DAY = 86_400_000;
/** Stands in what is erased, and nowhere else. */
const SECRET = 'zanzibarhoneymoon';
const NAME = 'Quetzalcoatlus';
const RULES = {
  flood: { when: { rate: { what: 'messages', more_than: 6, within: '10m' } }, message: 'Slowly.' },
  unknown: { when: { newcomer: { fewer_messages_than: 2 } }, action: 'flag' },
  watched: { when: { words: { words: ['watchword'] } }, mode: 'shadow', message: 'Hush.' },
};

describe('the past', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;
  let bob: UserId;
  let eve: UserId;
  let file: string;
  const asked = new Map<string, JsonObject>();

  before(async () => {
    network = await TestNetwork.start();
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    [bob, eve] = [origin.user('bob'), origin.user('eve')];
    gatehouse = await network.gatehouse({
      communities: { garden: { name: 'Garden', rooms: [room.roomId], rules: RULES } },
    });
    await protectRoom(gatehouse, origin, room);
    const joins = [bob, eve].map((user) => {
      return room.addMember(user, 'join', {
        content: { membership: 'join', displayname: user === eve ? NAME : 'Bob' },
      });
    });
    await origin.send(
      gatehouse.serverName,
      joins.map((pdu) => pdu.raw),
    );
    await mkdir(gatehouse.dataDir, { recursive: true });
    file = path.join(network.folder, 'gatehouse.yaml');
    await writeFile(file, stringify({ server_name: gatehouse.serverName, data_dir: gatehouse.dataDir }));
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function cli(argv: readonly string[], stdin?: object): Promise<CliRun> {
    const input = stdin === undefined ? {} : { stdin: stringify(stdin) };
    return await runCliHere(argv, { ...input, env: { GATEHOUSE_CONFIG: file }, cwd: network.folder });
  }

  async function done(argv: readonly string[], stdin?: object): Promise<string> {
    const run = await cli(argv, stdin);
    assert.equal(run.exitCode, 0, run.stderr);
    return run.stdout;
  }

  async function say(text: string, sender: UserId, takeIn = false): Promise<number> {
    const event = room.makeMessage(text, { sender });
    asked.set(text, event);
    const answer = await origin.askToSign(gatehouse.serverName, event);
    if (answer.status === 200 && takeIn) {
      const signature = own(answer.body, gatehouse.serverName) ?? {};
      const signatures = { ...(own(event, 'signatures') as JsonObject), [gatehouse.serverName]: signature };
      await origin.send(gatehouse.serverName, [{ ...event, signatures }]);
    }
    return answer.status;
  }

  async function report(argv: readonly string[], stdin?: object): Promise<ReplayReport> {
    const job = JSON.parse(await done([...argv, '--json'], stdin)) as { report: ReplayReport };
    return job.report;
  }

  it('is judged again by the rules of its time with the same outcome, after a restart too', async () => {
    for (let n = 0; n < 8; n += 1) await say(`good morning number ${String(n)}`, bob);
    assert.equal(await say(`so ${FORBIDDEN_WORD}`, bob), 400);
    assert.equal(await say(`the watchword ${SECRET} is here`, eve, true), 200);
    assert.equal(await say(`${FORBIDDEN_WORD} watchword ${SECRET}`, eve), 400);
    await gatehouse.settled();
    await gatehouse.restart();
    const live = await report(['replay', '--live', '--community', 'garden', '--since', '1d']);
    assert.ok(live.verdicts >= 11, JSON.stringify(live));
    assert.equal(live.same, live.verdicts, JSON.stringify(live));
    assert.match(await done(['replay', '--live', '--room', room.roomId]), /events: \d+ judged again, \d+ as before, 0/);
  });

  it('is judged by a draft, which changes nothing', async () => {
    const draft = { rules: { morning: { when: { words: { words: ['morning'] } }, message: 'Not yet.' } } };
    const tried = await report(['replay', '--rules', '-', '--community', 'garden'], draft);
    const [first] = tried.rules;
    assert.deepEqual([first?.change, first?.rule], ['refused', 'morning']);
    assert.equal(first?.people.newcomer, 6, 'the others were refused by the flood rule already');
    const shown = await cli(['replay', '--rules', '-', '--community', 'garden'], draft);
    assert.match(shown.stdout, /newly refused +morning +0 +0 +6/);
    assert.match(shown.stdout, /good morning number 0/);
    const wrong = await cli(['replay', '--rules', '-'], { rules: { morning: { mode: 'off' } } });
    assert.match(wrong.stderr, /rules\.morning/);
    assert.equal(wrong.exitCode, 1);
    assert.equal(await say('morning!', eve), 200);
  });

  it('has counts of what rules in shadow would have done', async () => {
    const shadow = await done(['rules', 'shadow', '--community', 'garden']);
    assert.match(shadow, /watched +would refuse +0 +0 +2 +1/);
    assert.match(shadow, new RegExp(SECRET));
  });

  it('is exported as JSON lines', async () => {
    const lines = (await done(['export', '--community', 'garden'])).trim().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    assert.ok(kinds.filter((kind) => kind === 'verdict').length >= 11);
    assert.ok(kinds.includes('queue'), String(kinds));
    assert.ok(lines.some((line) => line.includes('"decided_by":"flood"')));
    const mistyped = await cli(['export', '--community', 'gardne']);
    assert.deepEqual([mistyped.exitCode, mistyped.stdout], [1, '']);
    assert.match(mistyped.stderr, /no community "gardne".*did you mean "garden"/);
  });

  it('is erased of one person without a word left in the files, and answered as before', async () => {
    assert.ok((await database()).includes(SECRET));
    const tried = await done(['erase', eve, '--dry-run']);
    assert.match(tried, /^would erase what [^]*Nothing is erased: this was a dry run\.$/m);
    assert.ok((await database()).includes(SECRET), 'a dry run erases nothing');
    const erased = await done(['erase', eve, '--note', 'they asked for it']);
    assert.equal(erased.split('\n')[0], tried.split('\n')[0]?.replace('would erase', 'erased'), 'as it said before');
    assert.match(erased, new RegExp(`erased what ${eve} has said`));
    const bytes = await database();
    for (const word of [SECRET, NAME]) assert.ok(!bytes.includes(word), `${word} is left`);
    assert.ok(bytes.includes('good morning'), 'of others everything is left');
    const stored = await gatehouse.owner(
      'GET',
      `events/${encodeURIComponent(eventIdOf(`the watchword ${SECRET} is here`))}`,
    );
    for (const part of ['"status":"accepted"', '"policySignature":"valid"']) {
      assert.ok(stored.text.includes(part), stored.text);
    }
    await answeredAsBefore();
    await gatehouse.restart();
    await answeredAsBefore();
    assert.ok(!(await database()).includes(SECRET));
    const verdict = await done(['verdict', eventIdOf(`${FORBIDDEN_WORD} watchword ${SECRET}`)]);
    assert.match(verdict, /kept no more/);
    const live = await report(['replay', '--live', '--community', 'garden']);
    assert.ok(live.content_gone >= 3 && live.judged === live.same, JSON.stringify(live));
    assert.match(await done(['actions']), /person\.erase/);
  });

  it('is forgotten in time, a little at a time', async () => {
    assert.ok((await database()).includes('good morning number 0'));
    network.clock.skip(31 * DAY);
    await gatehouse.restart();
    for (let n = 0; n < 100 && (await kept()) > 0; n += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await kept(), 0);
    assert.match(await done(['verdict', eventIdOf(`so ${FORBIDDEN_WORD}`)]), /kept no more/);
  });

  async function kept(): Promise<number> {
    const answer = await report(['replay', '--live', '--since', '60d']);
    return answer.verdicts - answer.content_gone;
  }

  async function answeredAsBefore(): Promise<void> {
    assert.equal(await again(`the watchword ${SECRET} is here`), 200);
    assert.equal(await again(`${FORBIDDEN_WORD} watchword ${SECRET}`), 400);
  }

  async function again(text: string): Promise<number> {
    return (await origin.askToSign(gatehouse.serverName, asked.get(text) ?? {})).status;
  }

  function eventIdOf(text: string): string {
    return room.parse(asked.get(text) ?? {}).eventId;
  }

  /** What anybody who has the files could find in them. */
  async function database(): Promise<string> {
    const files = ['gatehouse.db', 'gatehouse.db-wal'].map((name) => path.join(gatehouse.dataDir, name));
    const contents = await Promise.all(files.map((name) => readFile(name).catch(() => Buffer.alloc(0))));
    return Buffer.concat(contents).toString('latin1');
  }
});

interface ReplayReport {
  readonly verdicts: number;
  readonly judged: number;
  readonly same: number;
  readonly content_gone: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly change: string;
    readonly people: { readonly newcomer: number };
  }[];
}
