import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteStorage, type Storage } from '../../src/storage/storage.ts';
import { databasePath } from './support/engines.ts';
import { generationOf, stateOfGeneration } from './support/generations.ts';
import { roomId, sampleEventId, sampleVerdict } from './support/samples.ts';

const ROUNDS = 15;
const WRITER = new URL('./support/verdict-writer.ts', import.meta.url).pathname;

interface Acknowledged {
  readonly verdicts: number[];
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
  const acknowledged: Acknowledged = { verdicts: [], lastGeneration: first.generation - 1 };
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, number] = line.split(' ');
    // Lines this short come out of a pipe whole or not at all.
    if (kind === 'verdict') acknowledged.verdicts.push(Number(number));
    if (kind === 'state') acknowledged.lastGeneration = Number(number);
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

/** The state is a whole one: that acknowledged last, or the next, whose acknowledgement did not come out. */
async function checkState(storage: Storage, lastGeneration: number): Promise<number> {
  const generations = (await storage.rooms.state(roomId)).map(({ raw }) => generationOf(raw));
  const [record] = await storage.rooms.rooms();
  if (record === undefined) {
    assert.deepEqual([lastGeneration, generations], [0, []]);
    return 0;
  }
  assert.ok(record.since === lastGeneration || record.since === lastGeneration + 1, `found ${record.since}`);
  assert.equal(generations.length, stateOfGeneration(record.since).length);
  assert.ok(generations.every((generation) => generation === record.since));
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
  let next = 0;
  let generation = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const when =
      round % 4 === 0
        ? { milliseconds: Math.floor(Math.random() * 400) }
        : { lines: 1 + Math.floor(Math.random() * 1000) };
    const { verdicts, lastGeneration } = await runAndKill(path, { verdict: next, generation: generation + 1 }, when);
    test.diagnostic(`round ${round}: ${JSON.stringify(when)}, ${verdicts.length} verdicts acknowledged`);
    await using storage = await openSqliteStorage({ path });
    await checkVerdicts(storage, verdicts);
    generation = await checkState(storage, lastGeneration);
    checkIntegrity(path);
    all.push(...verdicts);
    // Numbers that were written without being acknowledged are not used again.
    next += 100_000;
  }
  assert.ok(all.length > ROUNDS);
  await using storage = await openSqliteStorage({ path });
  await checkVerdicts(storage, all);
});
