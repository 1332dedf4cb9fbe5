/**
 * How fast stored events are judged again: `node_modules/.bin/node bench/replay.ts [--events N]`. A day of a public
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
  options: { events: { type: 'string', default: '100000' }, inline: { type: 'boolean' } },
});
const EVENTS = Number(options.events);
const ROOMS = 20;
const PEOPLE = 2_000;
const DAY = 86_400_000;
/** Judged at a time: they share a commit. */
const AT_ONCE = 250;

const SAID = [
  'Good morning! Has anybody built this on a system with musl?',
  'I think so: https://github.com/example/project/issues/17 has the patch, it works for me since last week.',
  'Thank you, that helped.',
  'The meeting is at seven, in the usual place; bring the keys and whoever wants to come along.',
  'Wer möchte noch mitkommen? Wir treffen uns um halb acht am Bahnhof.',
];
const SPAM = 'Earn $5000 daily with bitcoin trading, guaranteed profit! https://spam.example/join';

async function judgeDay(past: JudgedPast, rooms: readonly RoomBuilder[]): Promise<void> {
  for (let n = 0; n < EVENTS; n += AT_ONCE) {
    const events = Array.from({ length: Math.min(AT_ONCE, EVENTS - n) }, (_, i) => {
      const at = n + i;
      const sender = defined(parseUserId(`@user${String((at * 7919) % PEOPLE)}:home.test`));
      const body = at % 97 === 0 ? SPAM : `${defined(SAID[at % SAID.length])} (${String(at)})`;
      const originServerTs = past.clock.now();
      return defined(rooms[at % ROOMS]).makeMessage(body, { sender, originServerTs });
    });
    await Promise.all(events.map((event) => past.judge(event)));
    await past.clock.advance(Math.floor(DAY / (EVENTS / AT_ONCE)));
  }
  await past.settled();
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
    communities: { plaza: { name: 'Plaza', preset: 'public', rooms: roomIds } },
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
