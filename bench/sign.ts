/**
 * How fast `/sign` is: `npm run bench -- sign`, or `node_modules/.bin/node bench/sign.ts [--memory] [--rounds N]
 * [--requests N] [--only cold|warm|askers] [--profile FOLDER]`. The server has one core for itself, the load comes from another one.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { canPin, LOAD_CORE, pinned, pinThisProcess, SERVER_CORE } from './support/cores.ts';
import { Load, type LoadResult } from './support/load.ts';
import { RoomUnderTest } from './support/room-under-test.ts';
import { ServerUnderTest } from './support/server-under-test.ts';
import { SignRequests } from './support/sign-requests.ts';

const CONNECTIONS = 32;
const ASKERS = 20;
const ROOM = { origins: ASKERS, members: 1000 };
const MEMORY_EVENTS = 200_000;
const MEMORY_BATCH = 10_000;
const OUTCOME = path.join(import.meta.dirname, 'sign.outcome.md');

const { values: options } = parseArgs({
  options: {
    memory: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '8000' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);

interface Limit {
  readonly perSecond: number;
  readonly perProcessorSecond: number;
}

interface Figures {
  readonly mode: string;
  readonly perSecond: number;
  readonly percentiles: readonly [number, number, number];
  /** Against the crypto limit of the same minute: by the clock, and by processor time of the server. */
  readonly ratio: number;
  readonly processorRatio: number | undefined;
}

interface Bench {
  readonly server: ServerUnderTest;
  readonly load: Load;
  readonly requests: SignRequests;
}

const lines: string[] = [];

function say(line: string): void {
  lines.push(line);
  console.log(line);
}

async function main(): Promise<void> {
  pinThisProcess(LOAD_CORE);
  const profile = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  await using server = await ServerUnderTest.start(profile);
  await using room = await RoomUnderTest.join(server, ROOM);
  using load = await Load.connect(server.port, CONNECTIONS);
  const bench = { server, load, requests: new SignRequests(room, server.name) };
  sayHead();
  await untilJoined(bench);
  const before = server.memory();
  sayTable(await measureAll(bench));
  say(`\nServer memory (RSS): ${mib(before)} at the start, ${mib(server.memory())} at the end.`);
  if (options.memory) await measureMemory(bench);
  if (options.profile === undefined && options.only === undefined) {
    writeFileSync(OUTCOME, `# Outcome of bench/sign.ts\n\n${lines.join('\n')}\n`);
  }
}

function sayHead(): void {
  const args = process.argv.slice(2).join(' ');
  say(
    `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}: \`node bench/sign.ts${args && ` ${args}`}\``,
  );
  say(`- ${String(CONNECTIONS)} connections, durable SQLite, all filters, 200 forbidden words,`);
  say(
    `  a room of ${String(ROOM.members)} members on ${String(ROOM.origins)} servers, every event signed by its server`,
  );
  const cores = `server on core ${String(SERVER_CORE)}, load on core ${String(LOAD_CORE)}`;
  say(canPin ? `- ${cores}` : '- NOT pinned to cores (no taskset, or one core): ratios mean little');
  say(
    '- crypto limit: two ed25519 verifications and one signature, libsodium, same core, before and after each mode\n',
  );
}

/** The join is visible to others before the room is there: the first answer of 200 ends the wait. */
async function untilJoined({ load, requests }: Bench): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await load.send(requests.cold(1));
      break;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await load.send(requests.cold(5000));
}

async function measureAll(bench: Bench): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  const isWanted = (mode: string): boolean => options.only === undefined || options.only === mode;
  for (let round = 0; round < ROUNDS; round += 1) {
    const cold = bench.requests.cold(REQUESTS);
    if (isWanted('cold')) figures.push(await measure(bench, 'cold', cold));
    else await bench.load.send(cold);
    if (isWanted('warm')) figures.push(await measure(bench, 'warm', cold));
    if (!isWanted('askers')) continue;
    const asked = bench.requests.askedBy(ASKERS, REQUESTS / ASKERS);
    figures.push(await measure(bench, `${String(ASKERS)} askers`, asked));
  }
  return figures;
}

async function measure({ server, load }: Bench, mode: string, requests: readonly Buffer[]): Promise<Figures> {
  const before = cryptoLimit();
  const processorStart = server.processorSeconds() ?? 0;
  const result = await load.send(requests);
  const processorSeconds = (server.processorSeconds() ?? 0) - processorStart;
  const after = cryptoLimit();
  const perSecond = result.requests / result.seconds;
  const perProcessorSecond = result.requests / processorSeconds;
  return {
    mode,
    perSecond,
    percentiles: [percentile(result, 0.5), percentile(result, 0.95), percentile(result, 0.99)],
    ratio: (2 * perSecond) / (before.perSecond + after.perSecond),
    processorRatio:
      processorSeconds === 0
        ? undefined
        : (2 * perProcessorSecond) / (before.perProcessorSecond + after.perProcessorSecond),
  };
}

/** Measured in a process of its own, on the server's core while that is idle. */
function cryptoLimit(): Limit {
  const script = path.join(import.meta.dirname, 'support', 'crypto-limit.ts');
  const [command, ...args] = pinned(SERVER_CORE, [process.execPath, script, '0.5']);
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as Limit;
}

function sayTable(figures: readonly Figures[]): void {
  say('| mode | requests/s | p50 ms | p95 ms | p99 ms | of the crypto limit | by processor time |');
  say('|---|---|---|---|---|---|---|');
  for (const mode of new Set(figures.map((figure) => figure.mode))) {
    const rounds = figures.filter((figure) => figure.mode === mode);
    for (const figure of rounds) sayRow(mode, figure);
    if (rounds.length < 3) continue;
    const of = (read: (figure: Figures) => number): number => median(rounds.map(read));
    sayRow(`**${mode}, median**`, {
      mode,
      perSecond: of((figure) => figure.perSecond),
      percentiles: [of((f) => f.percentiles[0]), of((f) => f.percentiles[1]), of((f) => f.percentiles[2])],
      ratio: of((figure) => figure.ratio),
      processorRatio: of((figure) => figure.processorRatio ?? NaN),
    });
  }
}

function sayRow(name: string, { perSecond, percentiles, ratio, processorRatio }: Figures): void {
  const times = percentiles.map((time) => time.toFixed(1)).join(' | ');
  say(`| ${name} | ${perSecond.toFixed(0)} | ${times} | ${percent(ratio)} | ${percent(processorRatio ?? NaN)} |`);
}

async function measureMemory({ server, load, requests }: Bench): Promise<void> {
  say(`\n${String(MEMORY_EVENTS)} new events, RSS after every ${String(MEMORY_BATCH)}:\n`);
  const samples: number[] = [];
  for (let done = 0; done < MEMORY_EVENTS; done += MEMORY_BATCH) {
    await load.send(requests.cold(MEMORY_BATCH));
    samples.push(server.memory() ?? NaN);
  }
  say(samples.map((sample) => sample.toFixed(0)).join(', '));
  const half = samples.length / 2;
  const [first, second] = [Math.max(...samples.slice(0, half)), Math.max(...samples.slice(half))];
  say(`\nHighest in the first half ${mib(first)}, in the second ${mib(second)}.`);
}

function percentile({ latencies }: LoadResult, share: number): number {
  return latencies[Math.floor(latencies.length * share)] ?? NaN;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? 'not known' : `${(ratio * 100).toFixed(0)} %`;
}

function mib(amount: number | undefined): string {
  return amount === undefined ? 'not known' : `${amount.toFixed(0)} MiB`;
}

await main();
