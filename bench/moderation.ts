/**
 * What moderators wait for with a million stored verdicts: `node_modules/.bin/node bench/moderation.ts [VERDICTS]`. The
 * database is made once, in a temporary folder; each kind of question is asked many times, always about something else.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PersonAnswer } from '../src/policy/answers.ts';
import { explain, findVerdicts, type ExplainDeps } from '../src/policy/moderation/explanation.ts';
import type { QueueQuery, VerdictQuery } from '../src/policy/moderation/ports.ts';
import { fingerprintOf, mergeLayers } from '../src/policy/settings/effective-settings.ts';
import { compileUsable } from '../src/policy/settings/usable-policy.ts';
import { parseEventId } from '../src/protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../src/protocol/ids/room-id.ts';
import { parseUserId } from '../src/protocol/ids/user-id.ts';
import { openSqliteStorage, type Storage } from '../src/storage/storage.ts';
import { defined } from './support/defined.ts';
import { median } from './support/figures.ts';

const VERDICTS = Number(process.argv[2] ?? 1_000_000);
const ROOMS = 500;
const SENDERS = 50_000;
const TIMES = 200;
const PAGE = 100;
const GOAL_MS = 50;
const OUTCOME = path.join(import.meta.dirname, 'moderation.outcome.md');

const lines: string[] = [];

function say(line: string): void {
  lines.push(line);
  console.log(line);
}

/** Every 50th is refused, every 100th flagged and in the queue; the queue's last hundred wait. */
const FILL = `
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $verdicts)
  INSERT INTO verdicts (id, event_id, revision, reference, room_id, room_version, sender, type, signature, public_key,
    refusal, decided_by, evidence, flags, shadow, facts, configuration, asked_by, decided_at, took_ms)
  SELECT n, '$' || substr(replace(hex(randomblob(22)), 'F', 'g'), 1, 43), 1,
    hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(1)),
    '!room' || (n * 7919 % ${String(ROOMS)}) || ':example.org', '11',
    '@user' || (n * 104729 % ${String(SENDERS)}) || ':server' || (n % 300) || '.example', 'm.room.message',
    iif(n % 50 = 0, NULL, hex(randomblob(43))), iif(n % 50 = 0, NULL, hex(randomblob(22))),
    iif(n % 50 = 0, '{"message":"Your message was not accepted.","harms":[]}', NULL),
    iif(n % 50 = 0, 'rule-' || (n / 50 % 40), 'none'),
    iif(n % 50 = 0, '[{"path":"content.body","span":{"start":3,"end":9},"check":"words","note":"entry \\"x\\""}]', NULL),
    iif(n % 100 = 7, '[{"rule":"look-at-this","evidence":[]}]', NULL), NULL, $facts, $configuration,
    'server' || (n % 300) || '.example', 1760000000000 + n * 1000, 3
  FROM numbers`;

const QUEUE = `
  INSERT INTO queue (kind, verdict_id, room_id, statement, created_at, status, decided_by, decided_at, decision)
  SELECT 'flag', id, room_id, '', decided_at, iif(id > $open, 'open', 'decided'), iif(id > $open, NULL, 'somebody'),
    iif(id > $open, NULL, decided_at), iif(id > $open, NULL, 'none')
  FROM verdicts WHERE flags IS NOT NULL ORDER BY id`;

const PERSON: PersonAnswer = {
  ...{ firstSeenAt: 1_750_000_000_000, firstSeenInCommunityAt: 1_750_000_000_000, joinedAt: 1_750_000_000_000 },
  ...{ wasInvited: false, messagesHere: 9, messagesInCommunity: 20 },
};

/** As the preset `public` leaves them. */
const FACTS = JSON.stringify({
  sender_power_level: 0,
  sender_is_moderator: false,
  sender_membership: 'join',
  measure: { kind: 'message', text: 'x'.repeat(70) },
  answers: [
    { question: 'person', key: 'sender', answer: PERSON },
    ...Array.from({ length: 8 }, (_, n) => ({
      question: 'count',
      key: `messages per sender across community within ${String(n)}m, refused ones too`,
      answer: n,
    })),
  ],
});

async function build(file: string, configuration: string): Promise<void> {
  const storage = await openSqliteStorage({ path: file });
  await storage.close();
  using connection = new DatabaseSync(file);
  connection.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -600000; PRAGMA wal_autocheckpoint = 100000; BEGIN');
  connection.prepare(FILL).run({ verdicts: VERDICTS, facts: FACTS, configuration });
  connection.prepare(QUEUE).run({ open: VERDICTS - 10_000 });
  connection.prepare('UPDATE queue_position SET verdict_id = ?').run(VERDICTS);
  connection.exec('COMMIT');
}

function roomNumber(n: number): RoomId {
  return defined(parseRoomId(`!room${String(n % ROOMS)}:example.org`));
}

/** Rooms of one community, and the one that is asked about by turns. */
const COMMUNITY = Array.from({ length: 100 }, (_, n) => roomNumber(n));

type Question = (n: number) => Promise<unknown>;

async function measure(name: string, ask: Question): Promise<void> {
  for (let n = 0; n < 5; n += 1) await ask(n + TIMES);
  const times: number[] = [];
  const processorTimes: number[] = [];
  for (let n = 0; n < TIMES; n += 1) {
    const start = performance.now();
    const before = process.threadCpuUsage();
    await ask(n);
    times.push(performance.now() - start);
    const { user, system } = process.threadCpuUsage(before);
    processorTimes.push((user + system) / 1000);
  }
  const p99 = highest(times);
  const figures = [median(times), p99, highest(processorTimes)].map((ms) => ms.toFixed(2));
  const cells = [name, ...figures, p99 < GOAL_MS ? 'yes' : '**no**'];
  say(`| ${cells.join(' | ')} |`);
}

/** The 99th percentile. */
function highest(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? NaN;
}

const EVERYTHING: VerdictQuery = {
  ...{ rooms: undefined, sender: undefined, decidedBy: undefined, outcome: undefined },
  ...{ noteworthyOnly: true, before: undefined, limit: PAGE },
};

function searches({ search }: Storage): readonly (readonly [string, Question])[] {
  const asked = (query: (n: number) => Partial<VerdictQuery>): Question => {
    return (n) => search.search({ ...EVERYTHING, ...query(n) });
  };
  const before = (n: number): number => Math.max(1, VERDICTS - n * Math.floor(VERDICTS / TIMES));
  const sender = (n: number) =>
    parseUserId(`@user${String((n * 50) % SENDERS)}:server${String((n * 50) % 300)}.example`);
  return [
    ['search, the newest', asked(() => ({}))],
    ['search, pages anywhere', asked((n) => ({ before: before(n) }))],
    ['search, refused', asked((n) => ({ outcome: 'refuse', before: before(n) }))],
    ['search, signed', asked((n) => ({ outcome: 'sign', before: before(n) }))],
    ['search, one room', asked((n) => ({ rooms: [roomNumber(n)] }))],
    ['search, a community of 100 rooms', asked((n) => ({ rooms: COMMUNITY, before: before(n) }))],
    ['search, one sender', asked((n) => ({ sender: sender(n) }))],
    ['search, one rule', asked((n) => ({ decidedBy: `rule-${String(n % 40)}`, before: before(n) }))],
    ['search, a rule that never decided', asked((n) => ({ decidedBy: `other-${String(n)}` }))],
    ['search, a sender in a community', asked((n) => ({ rooms: COMMUNITY, sender: sender(n) }))],
    ['search, a rule in a community', asked((n) => ({ rooms: COMMUNITY, decidedBy: `rule-${String(n % 40)}` }))],
    ['search, refused in a community', asked((n) => ({ rooms: COMMUNITY, outcome: 'refuse', before: before(n) }))],
    ['search all, one sender', asked((n) => ({ noteworthyOnly: false, sender: sender(n), before: before(n) }))],
    ['search all, a community', asked((n) => ({ noteworthyOnly: false, rooms: COMMUNITY, before: before(n) }))],
  ];
}

function queues({ queue }: Storage): readonly (readonly [string, Question])[] {
  const all: QueueQuery = { rooms: undefined, status: undefined, before: undefined, limit: PAGE };
  const items = VERDICTS / 100;
  return [
    ['queue, the newest', () => queue.list(all)],
    ['queue, open ones', () => queue.list({ ...all, status: 'open' })],
    ['queue, pages of decided ones', (n) => queue.list({ ...all, status: 'decided', before: items - n * 40 })],
    ['queue, open ones of a community', () => queue.list({ ...all, status: 'open', rooms: COMMUNITY })],
    ['queue, all of one room', (n) => queue.list({ ...all, rooms: [roomNumber(n)] })],
    ['queue, claimed ones of one room', (n) => queue.list({ ...all, status: 'claimed', rooms: [roomNumber(n)] })],
    ['queue, decided ones of one room', (n) => queue.list({ ...all, status: 'decided', rooms: [roomNumber(n)] })],
    ['queue, how many wait', () => queue.waiting()],
    ['queue, one item', (n) => queue.find(1 + n * 40)],
    ['queue, taking in flags', () => queue.takeInFlags(Date.now())],
  ];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-'));
  const file = path.join(folder, 'gatehouse.db');
  try {
    const settings = mergeLayers([{ origin: 'built-in', document: { preset: 'public' } }]);
    const { fingerprint, text } = fingerprintOf(settings.document);
    const { policy } = compileUsable(settings.document, fingerprint, undefined);
    const start = performance.now();
    await build(file, fingerprint);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    await using storage = await openSqliteStorage({ path: file, cachedVerdicts: 1 });
    const deps: ExplainDeps = {
      ...{ verdicts: storage.verdicts, judgedEvents: storage.judgedEvents, clock: { now: () => Date.now() } },
      settings: {
        configuration: () => Promise.resolve(text),
        settingsOf: () => ({ settings, policy, community: undefined }),
        communityOf: () => undefined,
      },
      precedents: { restingOn: () => [] },
    };
    say(`- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}: \`node bench/moderation.ts\``);
    const size = (statSync(file).size / 1024 ** 2).toFixed(0);
    say(
      `- ${String(VERDICTS)} verdicts, made in ${seconds} s, ${size} MiB; pages of ${String(PAGE)}, ${String(TIMES)} times each\n`,
    );
    say('| question | p50 ms | p99 ms | p99 ms of processor time | p99 below 50 ms |');
    say('|---|---|---|---|---|');
    const known = samples(file);
    const sample = (n: number): { eventId: string; reference: string } => defined(known[n % known.length]);
    const explained = async (name: string): Promise<unknown> => await explain(deps, await findVerdicts(deps, name));
    await measure('explain, by reference', (n) => explained(sample(n).reference));
    await measure('explain, by event id', (n) => explained(defined(parseEventId(sample(n).eventId))));
    for (const [name, ask] of [...searches(storage), ...queues(storage)]) await measure(name, ask);
    if (process.argv.length === 2) writeFileSync(OUTCOME, `# Outcome of bench/moderation.ts\n\n${lines.join('\n')}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of verdicts all over the table. */
function samples(file: string): readonly { eventId: string; reference: string }[] {
  using connection = new DatabaseSync(file, { readOnly: true });
  const one = connection.prepare('SELECT event_id, reference FROM verdicts WHERE id = ?');
  return Array.from({ length: TIMES * 2 }, (_, n) => {
    const row = one.get(1 + ((n * 7919 * 50) % VERDICTS));
    return { eventId: String(row?.['event_id']), reference: String(row?.['reference']) };
  });
}

await main();
