/**
 * How fast the room engine is: `node_modules/.bin/node bench/engine.ts [--members N] [--profile FOLDER]`. Joining a large
 * room, receiving in many rooms, starting with many rooms, and what an idle room costs.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadOrCreateSecrets } from '../src/config/secrets.ts';
import { own, ownObject, ownString, type JsonObject } from '../src/protocol/json.ts';
import { parseUserId } from '../src/protocol/ids/user-id.ts';
import { authorizeRequest, requestContent } from '../src/protocol/x-matrix.ts';
import { openSqliteStorage } from '../src/storage/storage.ts';
import { recordOf, registryOver, testIdentity } from '../tests/support/graph-under-test.ts';
import { EventWorld } from '../tests/support/event-world.ts';
import { canPin, LOAD_CORE, pinned, pinThisProcess, SERVER_CORE } from './support/cores.ts';
import { defined } from './support/defined.ts';
import { startFakeHomeserver, type FakeHomeserver } from './support/fake-homeserver.ts';
import { LargeRoom } from './support/large-room.ts';
import { Load } from './support/load.ts';
import { askOwnerOf } from './support/owner.ts';
import { ServerUnderTest } from './support/server-under-test.ts';

const HOMES = 20;
const CONNECTIONS = 32;
const ROOMS_RECEIVING = 100;
const EVENTS_PER_ROOM = 50;
const ROUNDS = 3;
const IDLE_ROOMS = 1000;
const IDLE_MEMBERS = 100;
/** Of the server under test. */
const BOT = '@gatehouse:policy.bench.test';
const OUTCOME = path.join(import.meta.dirname, 'engine.outcome.md');

const { values: options } = parseArgs({
  options: { members: { type: 'string', default: '20000' }, profile: { type: 'string' }, only: { type: 'string' } },
});
const MEMBERS = Number(options.members);

const lines: string[] = [];

function say(line: string): void {
  lines.push(line);
  console.log(line);
}

async function main(): Promise<void> {
  pinThisProcess(LOAD_CORE);
  const cores = canPin ? `server on core ${String(SERVER_CORE)}, the rest on core ${String(LOAD_CORE)}` : 'NOT pinned';
  say(`- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cores}, durable SQLite`);
  say(
    '- verification limit: one ed25519 verification an event, libsodium, on the same core, before and after each join\n',
  );
  const parts: Readonly<Record<string, () => Promise<void>>> = {
    join: measureJoin,
    receive: measureReceiving,
    rooms: measureRooms,
  };
  for (const [name, part] of Object.entries(parts)) {
    if (options.only === undefined || options.only === name) await part();
  }
  if (options.profile === undefined && options.only === undefined) {
    writeFileSync(OUTCOME, `# Outcome of bench/engine.ts\n\n${lines.join('\n')}\n`);
  }
}

/** Verifications a second, by the clock and by processor time: on a busy machine the two differ. */
interface VerifyLimit {
  readonly perSecond: number;
  readonly perProcessorSecond: number;
}

function verifyLimit(): VerifyLimit {
  const script = path.join(import.meta.dirname, 'support', 'verify-limit.ts');
  const [command, ...args] = pinned(SERVER_CORE, [process.execPath, script, '1']);
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as VerifyLimit;
}

function profiling(): readonly string[] {
  return options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
}

async function startHomes(
  rooms: readonly LargeRoom[],
  stack: AsyncDisposableStack,
): Promise<readonly FakeHomeserver[]> {
  const answer = (requested: string, body: JsonObject | undefined): JsonObject | undefined => {
    for (const room of rooms) {
      const found = room.answers(requested, body);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const homes = await Promise.all(Array.from({ length: HOMES }, (_, number) => startFakeHomeserver(number, answer)));
  for (const home of homes) stack.use(home);
  return homes;
}

async function join(server: ServerUnderTest, room: LargeRoom): Promise<void> {
  const via = [defined(room.homes[0]).name];
  await askOwnerOf(server.dataDir, 'POST', 'rooms/join', { target: room.roomId, via });
  if (room.join === undefined) throw new Error('the bot has not joined');
}

async function measureJoin(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const rooms: LargeRoom[] = [];
  const homes = await startHomes(rooms, stack);
  const room = new LargeRoom('large', homes, MEMBERS);
  rooms.push(new LargeRoom('warm', homes, 100), room);
  say(
    `## Joining a room of ${String(MEMBERS)} members on ${String(HOMES)} servers, every signature and hash checked\n`,
  );
  say('| run | seconds | events/s | of the verification limit | by processor time | RSS before | peak RSS |');
  say('|---|---|---|---|---|---|---|');
  for (let round = 1; round <= ROUNDS; round += 1) {
    const limitBefore = verifyLimit();
    await using server = await ServerUnderTest.start(profiling());
    await join(server, defined(rooms[0]));
    const [before, processorBefore] = [server.memory(), server.processorSeconds()];
    const start = performance.now();
    await join(server, room);
    const seconds = (performance.now() - start) / 1000;
    const processorSeconds = (server.processorSeconds() ?? NaN) - (processorBefore ?? NaN);
    const perSecond = room.state.length / seconds;
    // What else the machine does changes from second to second.
    const limits = [limitBefore, verifyLimit()];
    const limit = mean(limits.map((each) => each.perSecond));
    const processorLimit = mean(limits.map((each) => each.perProcessorSecond));
    const ratios = `${percent(perSecond / limit)} | ${percent(room.state.length / processorSeconds / processorLimit)}`;
    const memory = `${mib(before)} | ${mib(server.peakMemory())}`;
    say(`| ${String(round)} | ${seconds.toFixed(2)} | ${perSecond.toFixed(0)} | ${ratios} | ${memory} |`);
  }
}

async function measureReceiving(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const rooms: LargeRoom[] = [];
  const homes = await startHomes(rooms, stack);
  for (let i = 0; i < ROOMS_RECEIVING; i += 1) rooms.push(new LargeRoom(`r${String(i)}.`, homes, 50));
  const { perSecond: limit } = verifyLimit();
  await using server = await ServerUnderTest.start(profiling());
  for (const room of rooms) await join(server, room);
  using load = await Load.connect(server.port, CONNECTIONS);
  say(`\n## Receiving in ${String(ROOMS_RECEIVING)} rooms of 50 members, ${String(CONNECTIONS)} connections\n`);
  say('| events a transaction | events/s | p50 ms | p95 ms | p99 ms | of the verification limit | RSS |');
  say('|---|---|---|---|---|---|---|');
  for (const size of [1, 1, 10, 50]) {
    const requests = transactions(rooms, server, size);
    const result = await load.send(requests);
    const perSecond = (requests.length * size) / result.seconds;
    const at = (share: number): string =>
      (result.latencies[Math.floor(result.latencies.length * share)] ?? NaN).toFixed(1);
    const times = `${at(0.5)} | ${at(0.95)} | ${at(0.99)}`;
    say(
      `| ${String(size)} | ${perSecond.toFixed(0)} | ${times} | ${percent(perSecond / limit)} | ${mib(server.memory())} |`,
    );
  }
}

let transactionsMade = 0;

/** In turns through the rooms, so that no two of a room are under way at once. */
function transactions(rooms: readonly LargeRoom[], server: ServerUnderTest, size: number): Buffer[] {
  const perRoom = rooms.map((room) => {
    return Array.from({ length: Math.max(2, EVENTS_PER_ROOM / size) }, () => room.messages(size));
  });
  const turns = perRoom[0]?.length ?? 0;
  return Array.from({ length: turns }, (_, turn) => turn).flatMap((turn) =>
    perRoom.map((batches) => {
      const batch = defined(batches[turn]);
      return transaction(
        defined(batch[0]).home,
        server,
        batch.map(({ event }) => event.raw),
      );
    }),
  );
}

function transaction(
  { name: origin, key }: FakeHomeserver,
  server: ServerUnderTest,
  pdus: readonly JsonObject[],
): Buffer {
  transactionsMade += 1;
  const uri = `/_matrix/federation/v1/send/t${String(transactionsMade)}`;
  const content = requestContent({ origin, origin_server_ts: Date.now(), pdus, edus: [] });
  const signed = { method: 'PUT', uri, origin, destination: server.name, content };
  const head = [
    `PUT ${uri} HTTP/1.1`,
    `Host: ${server.name}`,
    'Content-Type: application/json',
    `Authorization: ${authorizeRequest(signed, key)}`,
    `Content-Length: ${String(Buffer.byteLength(content))}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${content}`);
}

async function measureRooms(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const homes = await startHomes([], stack);
  const roomIds: string[] = [];
  await using server = await ServerUnderTest.start(profiling(), async (dataDir) => {
    loadOrCreateSecrets(dataDir);
    await using storage = await openSqliteStorage({ path: path.join(dataDir, 'gatehouse.db') });
    const bot = defined(parseUserId(BOT));
    const identity = { ...testIdentity(), botUserId: bot };
    const registry = registryOver({ world: new EventWorld(), storage, identity });
    for (let i = 0; i < IDLE_ROOMS; i += 1) {
      const room = new LargeRoom(`idle${String(i)}.`, homes.slice(0, 4), IDLE_MEMBERS - 1, bot);
      const { rules } = defined(room.state[0]);
      const graph = await registry.setRecord(recordOf(defined(room.state[0]), rules), rules);
      await graph.receive(
        room.state.map((pdu) => pdu.raw),
        defined(homes[0]).name,
      );
      roomIds.push(room.roomId);
    }
  });
  say(`\n## ${String(IDLE_ROOMS)} rooms of ${String(IDLE_MEMBERS)} members\n`);
  say(`- from starting the process to readiness: ${server.startTime.toFixed(0)} ms, RSS ${mib(server.memory())}`);
  const before = server.memory() ?? NaN;
  const start = performance.now();
  for (const roomId of roomIds) {
    const shown = await askOwnerOf(server.dataDir, 'GET', `rooms/${encodeURIComponent(roomId)}`);
    const room = ownObject(shown, 'room') ?? {};
    if (own(room, 'joinedMembers') !== IDLE_MEMBERS) {
      throw new Error(`${roomId}: ${ownString(room, 'membership') ?? ''}`);
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const after = server.memory() ?? NaN;
  say(`- all of them looked at: ${seconds.toFixed(2)} s, RSS ${mib(after)}, peak ${mib(server.peakMemory())}`);
  say(`- an idle room in memory: ${(((after - before) * 1024) / IDLE_ROOMS).toFixed(0)} KiB`);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? 'not known' : `${(ratio * 100).toFixed(0)} %`;
}

function mib(amount: number | undefined): string {
  return amount === undefined || Number.isNaN(amount) ? 'not known' : `${amount.toFixed(0)} MiB`;
}

await main();
