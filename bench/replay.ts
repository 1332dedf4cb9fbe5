/**
 * How fast stored events are judged again: `node_modules/.bin/node bench/replay.ts [--events N] [--preset NAME]`. A day of a public
 * community is judged and stored first; then the rules of that day must give the same verdicts, and a draft is tried.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runnerOver } from '../src/replay-parts.ts';
import { total, type ReplayReport } from '../src/policy/replay/report.ts';
import { parseUserId } from '../src/protocol/ids/user-id.ts';
import { openSqliteStorage } from '../src/storage/storage.ts';
import { JudgedPast } from '../tests/support/judged-past.ts';
import { SIGNER } from '../tests/support/policy-events.ts';
import { RoomBuilder } from '../tests/support/room-builder.ts';
import { defined } from './support/defined.ts';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    inline: { type: 'boolean' },
    preset: { type: 'string', default: 'public' },
  },
});
const EVENTS = Number(options.events);
const ROOMS = 20;
const PEOPLE = 2_000;
const DAY = 86_400_000;
/** Judged at a time: they share a commit. */
const AT_ONCE = 250;

const WORDS = (
  'the build broke again after update yesterday who knows why does anybody have logs meeting is at seven in usual place ' +
  'bring your keys thanks that helped a lot works for me now see https://github.com/example/project/issues/17 patch ' +
  'morgen treffen wir uns um halb acht am Bahnhof bitte pünktlich good morning everyone nice weather coffee first ' +
  'release candidate looks fine but tests are slow on my old laptop could somebody review it before friday please'
).split(' ');
const SPAM = 'Earn $5000 daily with bitcoin trading, guaranteed profit! https://spam.example/join';

async function judgeDay(past: JudgedPast, rooms: readonly RoomBuilder[]): Promise<void> {
  for (let n = 0; n < EVENTS; n += AT_ONCE) {
    const events = Array.from({ length: Math.min(AT_ONCE, EVENTS - n) }, (_, i) => {
      const at = n + i;
      const sender = defined(parseUserId(`@user${String((at * 7919) % PEOPLE)}:home.test`));
      const body = at % 97 === 0 ? SPAM : said(at);
      const originServerTs = past.clock.now();
      return defined(rooms[at % ROOMS]).makeMessage(body, { sender, originServerTs });
    });
    await Promise.all(events.map((event) => past.judge(event)));
    await past.clock.advance(Math.floor(DAY / (EVENTS / AT_ONCE)));
  }
  await past.settled();
}

function presetOf(name: string): 'public' | 'support' | 'announcements' {
  return name === 'support' || name === 'announcements' ? name : 'public';
}

/** Of some words in an order of its own: seldom like what was said before. */
function said(seed: number): string {
  const words: string[] = [];
  for (let state = seed * 2_654_435_761 + 1, n = 0; n < 4 + (seed % 17); n += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words.push(defined(WORDS[(state >>> 8) % WORDS.length]));
  }
  return words.join(' ');
}

async function timed(name: string, run: () => Promise<ReplayReport>): Promise<ReplayReport> {
  const begun = performance.now();
  const before = process.cpuUsage();
  const report = await run();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${name}: ${String(report.verdicts)} events in ${seconds.toFixed(2)} s, ${perSecond(report.verdicts, seconds)}; ` +
      `${perSecond(report.verdicts, (user + system) / 1_000_000)} of processor time`,
  );
  return report;
}

function perSecond(count: number, seconds: number): string {
  return `${Math.round(count / seconds).toLocaleString('en')} a second`;
}

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-replay-'));
try {
  const rooms = Array.from({ length: ROOMS }, () => new RoomBuilder('11', SIGNER, { joinRule: 'public' }));
  await using storage = await openSqliteStorage({ path: path.join(folder, 'gatehouse.db') });
  const roomIds = rooms.map(({ roomId }) => roomId);
  await using past = await JudgedPast.open(storage, rooms, {
    communities: { plaza: { name: 'Plaza', preset: presetOf(options.preset), rooms: roomIds } },
  });
  const since = past.clock.now();
  const begun = performance.now();
  await judgeDay(past, rooms);
  const seconds = (performance.now() - begun) / 1000;
  console.log(`a day of ${String(EVENTS)} events, made and judged: ${perSecond(EVENTS, seconds)}`);
  const run = options.inline === true ? runnerOver({ ...storage, file: undefined }) : runnerOver(storage);
  const live = await timed('the rules of the day', () => run(past.order(undefined, since), {}));
  console.log(`  same ${String(live.same)}, different ${String(total(live.changes.different))}`);
  const draft = { rules: { meetings: { when: { words: { words: ['meeting'] } }, message: 'No meetings.' } } };
  const order = past.order({ scope: { kind: 'community', id: 'plaza' }, document: draft, how: 'add' }, since);
  const tried = await timed('a draft of one more rule', () => run(order, {}));
  console.log(
    `  newly refused ${String(total(tried.changes.refused))}, allowed ${String(total(tried.changes.allowed))}`,
  );
  if (past.failures.length > 0) console.error(past.failures[0]);
  if (live.same !== EVENTS) {
    console.error('the rules of the day do not give what was stored', live.examples[0], live);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
