/**
 * What rules cost `/sign`: the whole preset `public`, 200 words, 50 regular expressions (in ten rules of five) and a policy
 * list of 20,000 rules, against the same server without rules in the same minutes: `node_modules/.bin/node bench/rules.ts
 * [--rounds N] [--requests N] [--members 10,1000,10000] [--only cold|warm] [--profile FOLDER]`.
 *
 * Limits of how often are raised, so that what the load does is not refused: every rule is asked about every event.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { publicRooms } from '../src/policy/presets/public.ts';
import { canPin, LOAD_CORE, pinThisProcess, SERVER_CORE } from './support/cores.ts';
import { median, percent, percentile } from './support/figures.ts';
import { Load, type LoadResult } from './support/load.ts';
import { askOwnerOf } from './support/owner.ts';
import { RoomUnderTest, type StateEvent } from './support/room-under-test.ts';
import { ServerUnderTest, WORDS } from './support/server-under-test.ts';
import { SignRequests, variedText } from './support/sign-requests.ts';

const CONNECTIONS = 32;
const LIST_RULES = 20_000;
const EXPRESSION_RULES = 10;
const EXPRESSIONS = 50;
const OUTCOME = path.join(import.meta.dirname, 'rules.outcome.md');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '3000' },
    members: { type: 'string', default: '10,1000,10000' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
const SIZES = options.members.split(',').map(Number);

/** One of the two servers, with a room of each size. */
interface Side extends AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly rooms: ReadonlyMap<number, SignRequests>;
}

interface Figures {
  readonly perSecond: number;
  readonly perProcessorSecond: number;
  readonly times: readonly [number, number, number];
}

type Mode = 'cold' | 'warm';

const lines: string[] = [];

function say(line: string): void {
  lines.push(line);
  console.log(line);
}

/** Rules of the preset that count have their limits raised; they count all the same. */
function withoutLimits(): Record<string, object> {
  const rules: Record<string, object> = {};
  for (const [name, { when }] of Object.entries(publicRooms.rules)) {
    const raised = JSON.stringify(when, (key, value: unknown) =>
      key === 'rate' && typeof value === 'object' ? { ...value, more_than: 1_000_000 } : value,
    );
    if (raised !== JSON.stringify(when)) rules[name] = { when: JSON.parse(raised) as unknown };
  }
  return rules;
}

function expressionRules(): Record<string, object> {
  const kinds = [
    'free\\s+money',
    'buy\\s+(?:cheap|now)\\s+pills',
    '(?:earn|make) \\$?\\d{3,}',
    't\\.me/\\w{5,}',
    'pump',
  ];
  const all = Array.from({ length: EXPRESSIONS }, (_, i) => `${kinds[i % kinds.length] ?? ''} *${String(i)}`);
  const size = EXPRESSIONS / EXPRESSION_RULES;
  return Object.fromEntries(
    Array.from({ length: EXPRESSION_RULES }, (_, i) => [
      `expressions-${String(i)}`,
      { when: { regex: { patterns: all.slice(i * size, (i + 1) * size) } }, message: 'No.' },
    ]),
  );
}

/** As lists in use are, with more globs than they have. */
function listRules(): StateEvent[] {
  const kinds: readonly ((n: number) => readonly ['user' | 'server', string])[] = [
    (n) => ['user', `@spammer${String(n)}:server${String(n % 900)}.example`],
    (n) => ['user', `@someone.else${String(n)}:matrix.example`],
    (n) => ['server', `bad${String(n)}.example`],
    (n) => ['server', `*.evil${String(n)}.example`],
    (n) => ['user', `@raid-${String(n)}-*:*`],
    (n) => ['user', `*buy${String(n)}now*`],
  ];
  return Array.from({ length: LIST_RULES }, (_, n) => {
    const [kind, entity] = kinds[n % kinds.length]?.(n) ?? ['user', '@nobody:example.org'];
    const content = { entity, reason: 'spam', recommendation: 'm.ban' };
    return { type: `m.policy.rule.${kind}`, stateKey: `rule:${entity}`, content };
  });
}

async function openSide(rules: object, nodeOptions: readonly string[], list: readonly StateEvent[]): Promise<Side> {
  await using undo = new AsyncDisposableStack();
  const server = undo.use(await ServerUnderTest.start(nodeOptions, undefined, rules));
  if (list.length > 0) {
    const { roomId } = undo.use(await RoomUnderTest.join(server, { origins: 1, members: 1, state: list }));
    const target = { target: roomId, scope: 'instance', subscription: { trust: 'enforce' } };
    await askOwnerOf(server.dataDir, 'POST', 'lists/subscribe', target);
  }
  const rooms = new Map<number, SignRequests>();
  for (const members of SIZES) {
    const room = undo.use(await RoomUnderTest.join(server, { origins: Math.min(20, members), members }));
    const requests = new SignRequests(room, server.name, variedText);
    await untilJoined(server, requests);
    await send(server, requests.cold(Math.min(REQUESTS, 3000)));
    rooms.set(members, requests);
  }
  const stack = undo.move();
  return { server, rooms, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Over connections of its own: the server closes those on which nothing comes. */
async function send(server: ServerUnderTest, requests: readonly Buffer[]): Promise<LoadResult> {
  using load = await Load.connect(server.port, CONNECTIONS);
  return await load.send(requests);
}

/** The join is visible to others before the room is there: the first answer of 200 ends the wait. */
async function untilJoined(server: ServerUnderTest, requests: SignRequests): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await send(server, requests.cold(1));
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function measure({ server }: Side, requests: readonly Buffer[]): Promise<Figures> {
  const before = server.processorSeconds() ?? NaN;
  const result = await send(server, requests);
  return {
    perSecond: result.requests / result.seconds,
    perProcessorSecond: result.requests / ((server.processorSeconds() ?? NaN) - before),
    times: [percentile(result, 0.5), percentile(result, 0.95), percentile(result, 0.99)],
  };
}

/** By mode and side, each round in the other order. */
async function measureRooms(sides: readonly Side[], members: number): Promise<Map<string, Figures[]>> {
  const all = new Map<string, Figures[]>();
  const modes: readonly Mode[] =
    options.only === undefined ? ['cold', 'warm'] : [options.only === 'warm' ? 'warm' : 'cold'];
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of order) {
      const requests = side.rooms.get(members)?.cold(REQUESTS) ?? [];
      if (!modes.includes('cold')) await send(side.server, requests);
      for (const mode of modes) {
        const key = `${mode} ${String(sides.indexOf(side))}`;
        all.set(key, [...(all.get(key) ?? []), await measure(side, requests)]);
      }
    }
  }
  return all;
}

function sayTable(members: number, figures: ReadonlyMap<string, readonly Figures[]>): void {
  for (const mode of ['cold', 'warm']) {
    const [ruled, free] = [figures.get(`${mode} 0`), figures.get(`${mode} 1`)];
    if (ruled === undefined || free === undefined) continue;
    const of = (rounds: readonly Figures[], read: (one: Figures) => number): number => median(rounds.map(read));
    const ratio = (read: (one: Figures) => number): string => percent(of(ruled, read) / of(free, read));
    const times = ([0, 1, 2] as const).map((at) => of(ruled, ({ times: all }) => all[at]).toFixed(1));
    const timesFree = ([0, 1, 2] as const).map((at) => of(free, ({ times: all }) => all[at]).toFixed(1));
    const rates = [ruled, free].map((rounds) => of(rounds, ({ perSecond }) => perSecond).toFixed(0));
    const ratios = [ratio(({ perSecond }) => perSecond), ratio(({ perProcessorSecond: one }) => one)];
    const cells = [String(members), mode, ...rates, ...ratios, times.join(' / '), timesFree.join(' / ')];
    say(`| ${cells.join(' | ')} |`);
  }
}

/** Options of Node that leave a processor profile of a server in a folder of its own. */
function profiling(side: string): readonly string[] {
  return options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.join(options.profile, side)}`];
}

async function main(): Promise<void> {
  pinThisProcess(LOAD_CORE);
  const policy = { preset: 'public', rules: { ...withoutLimits(), ...expressionRules() } };
  await using ruled = await openSide(
    { filters: { words: { words: WORDS } }, policy },
    profiling('with-rules'),
    listRules(),
  );
  await using free = await openSide({ policy: { rules: { test_string: { mode: 'off' } } } }, profiling('without'), []);
  const args = process.argv.slice(2).join(' ');
  const today = new Date().toISOString().slice(0, 10);
  say(`- ${today}, Node ${process.version}: \`node bench/rules.ts${args && ` ${args}`}\``);
  say(
    `- ${String(CONNECTIONS)} connections, durable SQLite, medians of ${String(ROUNDS)} rounds of ${String(REQUESTS)} requests`,
  );
  say(
    `- rules: preset public, 200 words, 50 regular expressions in ten rules, a policy list of ${String(LIST_RULES)} rules`,
  );
  say(
    canPin ? `- server on core ${String(SERVER_CORE)}, load on core ${String(LOAD_CORE)}\n` : '- NOT pinned to cores\n',
  );
  say(
    '| members | mode | requests/s with rules | without | ratio | by processor time | p50/p95/p99 ms with rules | without |',
  );
  say('|---|---|---|---|---|---|---|---|');
  for (const members of SIZES) sayTable(members, await measureRooms([ruled, free], members));
  const memory = [ruled, free].map(({ server }) => `${(server.memory() ?? NaN).toFixed(0)} MiB`);
  say(`\nServer memory (RSS) at the end: ${memory.join(' with rules, ')} without.`);
  if (options.profile === undefined && options.only === undefined) {
    writeFileSync(OUTCOME, `# Outcome of bench/rules.ts\n\n${lines.join('\n')}\n`);
  }
}

await main();
