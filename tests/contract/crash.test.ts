import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StateTrees } from '../../src/rooms/graph/state-trees.ts';
import { openSqliteStorage, type Storage } from '../../src/storage/storage.ts';
import { databasePath } from './support/engines.ts';
import { eventOfRoom, generation as joinOf } from './support/generations.ts';
import { roomId, sampleEventId, sampleVerdict, server } from './support/samples.ts';

const ROUNDS = 15;
const WRITER = new URL('./support/verdict-writer.ts', import.meta.url).pathname;

interface Acknowledged {
  readonly verdicts: number[];
  readonly events: number[];
  lastGeneration: number;
}

/** Starts a writer, kills it after so many lines, or so many milliseconds, and tells what it had acknowledged. */
async function runAndKill(
  path: string,
  first: { verdict: number; generation: number },
  when: { lines: number } | { milliseconds: number },
): Promise<Acknowledged> {
  const child = spawn(process.execPath, [WRITER, path, String(first.verdict), String(first.generation)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const errors = collectText(child);
  if ('milliseconds' in when) void delay(when.milliseconds).then(() => child.kill('SIGKILL'));
  const acknowledged: Acknowledged = { verdicts: [], events: [], lastGeneration: first.generation - 1 };
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, number] = line.split(' ');
    // Lines this short come out of a pipe whole or not at all.
    if (kind === 'verdict') acknowledged.verdicts.push(Number(number));
    if (kind === 'event') acknowledged.events.push(Number(number));
    if (kind === 'join') acknowledged.lastGeneration = Number(number);
    lines += 1;
    if ('lines' in when && lines >= when.lines) child.kill('SIGKILL');
  }
  await exit;
  assert.equal(child.signalCode, 'SIGKILL', await errors);
  return acknowledged;
}

async function collectText(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stderr ?? []) text += String(chunk);
  return text;
}

async function checkVerdicts(storage: Storage, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) assert.deepEqual(await storage.verdicts.find(sampleEventId(n)), sampleVerdict(n));
}

async function checkEvents({ graph }: Storage, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    const { roomId: room, events } = eventOfRoom(n);
    for (const event of events) {
      const found = (await graph.events(room, [event.eventId])).get(event.eventId);
      assert.deepEqual(found, { ...event, roomId: room, position: found?.position });
    }
  }
}

/** Every event that waits to be sent is there, and every acknowledged one waits. */
async function checkOutbox({ outbox }: Storage, numbers: readonly number[]): Promise<void> {
  const waiting = new Set((await outbox.next(server, 1_000_000)).map(({ event }) => event.eventId));
  for (const n of numbers) assert.ok(eventOfRoom(n).outgoing?.every((eventId) => waiting.has(eventId)));
}

/** The room is a whole one: that joined last, or the next, whose acknowledgement did not come out. */
async function checkJoin(storage: Storage, lastGeneration: number): Promise<number> {
  const record = (await storage.rooms.rooms())[0];
  const heads = await storage.graph.heads(roomId);
  if (record === undefined || heads === undefined) {
    assert.deepEqual([lastGeneration, record, heads], [0, undefined, undefined]);
    return 0;
  }
  assert.ok(record.since === lastGeneration || record.since === lastGeneration + 1, `found ${record.since}`);
  const join = joinOf(record.since);
  assert.deepEqual(heads, join.heads);
  const ids = join.events.map(({ eventId }) => eventId);
  assert.equal((await storage.graph.events(roomId, ids)).size, ids.length);
  assert.equal((await new StateTrees(storage.graph).entries(heads.currentState)).length, ids.length - 1);
  return record.since;
}

function checkIntegrity(path: string): void {
  using connection = new DatabaseSync(path);
  assert.deepEqual(
    connection
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => row['integrity_check']),
    ['ok'],
  );
}

it(`loses nothing that was acknowledged when it is killed ${ROUNDS} times under load`, async (test) => {
  const path = databasePath(test);
  const all: number[] = [];
  const allEvents: number[] = [];
  let next = 0;
  let generation = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const when =
      round % 4 === 0
        ? { milliseconds: Math.floor(Math.random() * 400) }
        : { lines: 1 + Math.floor(Math.random() * 1000) };
    const { verdicts, events, lastGeneration } = await runAndKill(
      path,
      { verdict: next, generation: generation + 1 },
      when,
    );
    test.diagnostic(
      `round ${round}: ${JSON.stringify(when)}, ${verdicts.length} verdicts, ${events.length} events acknowledged`,
    );
    await using storage = await openSqliteStorage({ path });
    await checkVerdicts(storage, verdicts);
    await checkEvents(storage, events);
    generation = await checkJoin(storage, lastGeneration);
    checkIntegrity(path);
    all.push(...verdicts);
    allEvents.push(...events);
    // Numbers that were written without being acknowledged are not used again.
    next += 100_000;
  }
  assert.ok(all.length > ROUNDS && allEvents.length > ROUNDS && generation > 0);
  await using storage = await openSqliteStorage({ path });
  await checkVerdicts(storage, all);
  await checkEvents(storage, allEvents);
  await checkOutbox(storage, allEvents);
});
