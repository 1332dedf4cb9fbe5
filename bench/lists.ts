/**
 * What policy lists of 20,000 rules cost those who handle them: `node bench/lists.ts`. Reading a list, looking whom of
 * 1,000 and of 10,000 people it is about, subscribing, one rule more, and what an event is asked; and a list of 100,000
 * rules made to be slow. Ratios count, and for how long nothing else had its turn.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bansOf, personOf, type SubscribedList } from '../src/policy/lists/effect.ts';
import { ListDirectory } from '../src/policy/lists/list-directory.ts';
import type { ListMatcher } from '../src/policy/lists/matcher.ts';
import { PolicyLists } from '../src/policy/lists/policy-lists.ts';
import { listSubscription } from '../src/policy/lists/subscription.ts';
import { parseUserId, type UserId } from '../src/protocol/ids/user-id.ts';
import { parseJson } from '../src/protocol/json.ts';
import type { Room } from '../src/rooms/room.ts';
import { createMemoryStorage, openSqliteStorage, type Storage } from '../src/storage/storage.ts';
import { members, putState, rawEvent, roomInMemory, type StateContent } from '../tests/support/rooms-in-memory.ts';
import { defined } from './support/defined.ts';

const RULES = 20_000;
const HOSTILE_RULES = 100_000;
const CHANGES = 200;
const EVENTS = 50_000;
const OUTCOME = path.join(import.meta.dirname, 'lists.outcome.md');
const BOT = userId('@gatehouse:policy.example');

const lines: string[] = [];

function say(line: string): void {
  lines.push(line);
  console.log(line);
}

function userId(text: string): UserId {
  return defined(parseUserId(text));
}

function ruleOf(kind: string, entity: string): StateContent {
  const content = { entity, reason: 'spam', recommendation: 'm.ban' };
  return { type: `m.policy.rule.${kind}`, stateKey: `rule:${entity}`, content };
}

/** As lists in use are, with more globs than they have; every 40th rule is about somebody. */
const KINDS: readonly ((n: number) => StateContent)[] = [
  (n) => ruleOf('user', `@spammer${n}:server${n % 900}.example`),
  (n) => ruleOf('user', n % 40 === 1 ? `@user${n}:home${n % 300}.example` : `@someone.else${n}:matrix.example`),
  (n) => ruleOf('server', `bad${n}.example`),
  (n) => ruleOf('server', `*.evil${n}.example`),
  (n) => ruleOf('user', `@raid-${n}-*:*`),
  (n) => ruleOf('user', `*buy${n}now*`),
  (n) => ruleOf('user', `@spam${n}*:matrix.example`),
  (n) => ruleOf('user', `@*:evil${n}.example`),
];

/** Made to be slow: many stars, question marks, no literals to look for, one name again and again, reasons of 60 kB. */
const HOSTILE: readonly ((n: number) => StateContent)[] = [
  (n) => ruleOf('user', `${'*a'.repeat(20 + (n % 90))}b${n}`),
  (n) => ruleOf('user', `*${'a'.repeat(n % 100)}?${'a'.repeat(100)}*${n}`),
  (n) => ruleOf('user', `*${String.fromCodePoint(0x3000 + (n % 9000))}*?*`),
  (n) => ruleOf('server', `*e*x*${'?*'.repeat(n % 100)}${n % 10}`),
  (n) => ({ ...ruleOf('user', '@*'), stateKey: `same ${n}` }),
  (n) => ruleOf('user', `@user${n}*`),
];

function rulesOf(count: number, kinds: readonly ((n: number) => StateContent)[]): StateContent[] {
  return Array.from({ length: count }, (_, n) => defined(kinds[n % kinds.length])(n));
}

interface Figure {
  readonly milliseconds: number;
  /** The longest time for which nothing else had its turn. */
  readonly stall: number;
}

/** By processor time, so that what else the machine does counts for little. */
async function measure(work: () => unknown): Promise<Figure> {
  globalThis.gc?.();
  let stall = 0;
  let isDone = false;
  let last = process.threadCpuUsage();
  const probe = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    stall = Math.max(stall, (user + system) / 1000);
    last = process.threadCpuUsage();
    if (!isDone) setImmediate(probe);
  };
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.threadCpuUsage();
  last = start;
  setImmediate(probe);
  await work();
  const { user, system } = process.threadCpuUsage(start);
  isDone = true;
  await new Promise((resolve) => setImmediate(resolve));
  return { milliseconds: (user + system) / 1000, stall };
}

class Scene {
  readonly list: Room;
  readonly room: Room;
  readonly lists: PolicyLists;
  subscriptions: readonly SubscribedList[] = [];
  readonly #rooms: ReadonlyMap<string, Room>;

  constructor(rules: Iterable<StateContent>, people: number, storage: Storage, name: string) {
    this.list = roomInMemory('list', rules);
    this.room = roomInMemory(
      name,
      members(people, (n) => `@user${n}:home${n % 300}.example`),
    );
    this.#rooms = new Map([this.list, this.room].map((room) => [room.roomId, room]));
    this.lists = new PolicyLists({
      rooms: this.rooms,
      settings: {
        subscriptionsOf: (roomId) => (roomId === this.room.roomId ? this.subscriptions : []),
        communityOf: () => undefined,
      },
      ...{ decisions: storage.ruleDecisions, botUserId: BOT, now: () => Date.now() },
      ...{ onWaiting: () => undefined, onNotify: () => undefined },
      onFailure: (error) => {
        throw error;
      },
    });
  }

  get rooms(): ConstructorParameters<typeof PolicyLists>[0]['rooms'] {
    const get = (roomId: string): Room | undefined => this.#rooms.get(roomId);
    return { get, load: (roomId) => Promise.resolve(get(roomId)), joined: () => [this.room.roomId, this.list.roomId] };
  }

  subscribe(): void {
    this.subscriptions = [{ ...listSubscription.parse({ trust: 'enforce' }), list: this.list.roomId }];
    this.lists.refresh();
  }
}

/** What the rules' events cost to parse, once, as text from the network. */
async function parsing(rules: readonly StateContent[]): Promise<number> {
  const roomId = roomInMemory('parsed', []).roomId;
  const texts = rules.map(({ type, stateKey, content }) =>
    JSON.stringify(rawEvent(roomId, { type, sender: '@owner:home.example', state_key: stateKey, content })),
  );
  for (const text of texts.slice(0, 2_000)) parseJson(text);
  return (await measure(() => texts.every((text) => parseJson(text).ok))).milliseconds;
}

async function measureHandling(storage: Storage, people: number, parsed: number): Promise<void> {
  const scene = new Scene(rulesOf(RULES, KINDS), people, storage, `of-${people}`);
  const load = await measure(() => scene.lists.rulesOf(scene.list.roomId));
  const preview = await measure(() => scene.lists.preview(scene.list.roomId, [scene.room.roomId]));
  const subscribe = await measure(async () => {
    scene.subscribe();
    await scene.lists.settled();
  });
  const waiting = await measure(() => scene.lists.waiting());
  const changes = await measure(async () => {
    for (let n = 0; n < CHANGES; n += 1) {
      const glob = n % 2 === 0 ? `@new${n}*:*` : `@new${n}:server.example`;
      putState(scene.list, [ruleOf('user', glob)]);
      await new Promise((resolve) => setImmediate(resolve));
      await scene.lists.settled();
    }
  });
  const change = { milliseconds: changes.milliseconds / CHANGES, stall: changes.stall };
  const all = { read: load, preview, subscribe, 'rules that wait': waiting, 'one rule more': change };
  for (const [what, { milliseconds, stall }] of Object.entries(all)) {
    const cells = [people, what, milliseconds.toFixed(1), (milliseconds / parsed).toFixed(2), stall.toFixed(1)];
    say(`| ${cells.join(' | ')} |`);
  }
}

async function measureEvents(
  rules: readonly StateContent[],
): Promise<{ first: number; again: number; without: number }> {
  const { rooms, list } = new Scene(rules, 0, createMemoryStorage(), 'empty');
  const matcher = defined(await new ListDirectory({ rooms, onNewBans: () => undefined }).load(list.roomId));
  const subscription = { ...listSubscription.parse({ trust: 'enforce' }), list: list.roomId };
  const names = ['alice', 'bob-the-2nd', 'raid-kid', 'buy_the_new'];
  const senders = Array.from({ length: EVENTS }, (_, n) => userId(`@${names[n % 4]}${n}:home${n % 300}.example`));
  const cost = async (lists: readonly { subscription: SubscribedList; matcher: ListMatcher }[], of: number) => {
    const ask = (n: number): unknown => bansOf(personOf(defined(senders[n % of])), lists);
    for (let n = 0; n < EVENTS / 5; n += 1) ask(EVENTS - n - 1);
    const { milliseconds } = await measure(() => senders.forEach((_, n) => ask(n)));
    return (milliseconds * 1_000_000) / EVENTS;
  };
  const lists = [{ subscription, matcher }];
  return { without: await cost([], EVENTS), first: await cost(lists, EVENTS), again: await cost(lists, 500) };
}

async function measureHostile(storage: Storage): Promise<void> {
  const rules = rulesOf(HOSTILE_RULES, HOSTILE);
  const before = process.memoryUsage().heapUsed;
  const scene = new Scene(rules, 1_000, storage, 'hostile');
  const load = await measure(() => scene.lists.rulesOf(scene.list.roomId));
  const preview = await measure(() => scene.lists.preview(scene.list.roomId, [scene.room.roomId]));
  const subscribe = await measure(async () => {
    scene.subscribe();
    await scene.lists.settled();
  });
  const waiting = await measure(() => scene.lists.waiting());
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / HOSTILE_RULES;
  say(`\n## ${HOSTILE_RULES} rules made to be slow, and 1,000 people\n`);
  say('| what | ms | longest stall ms |');
  say('|---|---|---|');
  for (const [what, { milliseconds, stall }] of Object.entries({ read: load, preview, subscribe, waiting })) {
    say(`| ${what} | ${milliseconds.toFixed(0)} | ${stall.toFixed(1)} |`);
  }
  const { first, again } = await measureEvents(rules);
  say(`\nA sender's first event: ${(first / 1000).toFixed(1)} µs, later ones ${again.toFixed(0)} ns.`);
  say(`${bytes.toFixed(0)} bytes a rule, the room's own state included.`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-lists-'));
  try {
    await using storage = await openSqliteStorage({ path: path.join(folder, 'lists.db') });
    const rules = rulesOf(RULES, KINDS);
    const parsed = await parsing(rules);
    say(`- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}: \`node bench/lists.ts\``);
    say(`- processor time of the main thread; decisions in durable SQLite`);
    say(`- parsing the JSON of ${RULES} rules' events takes ${parsed.toFixed(0)} ms: one in the column "of parsing"\n`);
    say(`## ${RULES} rules, every 40th about one user\n`);
    say('| people | what | ms | of parsing | longest stall ms |');
    say('|---|---|---|---|---|');
    for (const people of [1_000, 10_000]) await measureHandling(storage, people, parsed);
    const { first, again, without } = await measureEvents(rules);
    say(`\n## An event, beside ${RULES} rules\n`);
    say('| sender | ns | without the list |');
    say('|---|---|---|');
    for (const [sender, ns] of Object.entries({ 'not seen before': first, 'seen before': again })) {
      say(`| ${sender} | ${ns.toFixed(0)} | ${without.toFixed(0)} |`);
    }
    await measureHostile(storage);
    writeFileSync(OUTCOME, `# Outcome of bench/lists.ts\n\n${lines.join('\n')}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
