/** Verdicts in SQLite: inserts by 32 concurrent writers, reads, bytes on disk; a large join beside them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { canonicalSize } from '../src/protocol/events.ts';
import type { EventId } from '../src/protocol/ids/event-id.ts';
import { openSqliteStorage, type Storage } from '../src/storage/storage.ts';
import { sampleJoin, sampleVerdict } from '../tests/contract/support/samples.ts';

const VERDICTS = Number(process.argv[2] ?? 200_000);
const WRITERS = 32;
const MEMBERS = 20_000;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const path = join(folder, 'gatehouse.db');
  try {
    await using storage = await openSqliteStorage({ path });
    await addOneByOne(storage);
    await addConcurrently(storage);
    await storage.close();
    console.log(`size: ${(statSync(path).size / VERDICTS).toFixed(0)} bytes per verdict`);
    await using reopened = await openSqliteStorage({ path });
    await find(reopened, 'reads from the database', VERDICTS);
    await find(reopened, 'reads of recent verdicts', 5000);
    await joinRoom(reopened, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function addOneByOne(storage: Storage): Promise<void> {
  const times = await timed(500, 1, (i) => storage.verdicts.add(sampleVerdict(-1 - i)));
  report('adds, one after another', times);
}

async function addConcurrently(storage: Storage): Promise<void> {
  const before = storage.statistics();
  const times = await timed(VERDICTS, WRITERS, (i) => storage.verdicts.add(sampleVerdict(i)));
  const after = storage.statistics();
  report(`adds, ${WRITERS} writers`, times);
  console.log(`  ${((after.writes - before.writes) / (after.commits - before.commits)).toFixed(1)} per commit`);
}

async function find(storage: Storage, name: string, among: number): Promise<void> {
  const ids = Array.from({ length: 100_000 }, (_, i) => sampleVerdict((i * 7919) % among).eventId);
  let at = 0;
  const next = (): EventId => ids[at++ % ids.length] ?? sampleVerdict(0).eventId;
  report(name, await timed(ids.length, 1, () => storage.verdicts.latest(next())));
}

async function joinRoom(storage: Storage, path: string): Promise<void> {
  const changes = [sampleJoin(MEMBERS, 1), sampleJoin(MEMBERS, 2)];
  const json = changes.flatMap(({ events }) => events).reduce((sum, { raw }) => sum + canonicalSize(raw), 0);
  const sizeBefore = statSync(path).size;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (const [i, change] of changes.entries()) {
    const start = performance.now();
    await storage.graph.append(change);
    console.log(`join ${i + 1} of a room of ${MEMBERS} members: ${(performance.now() - start).toFixed(0)} ms`);
  }
  delay.disable();
  await storage.close();
  const perEvent = (bytes: number): string => (bytes / (2 * MEMBERS)).toFixed(0);
  const all = perEvent(statSync(path).size - sizeBefore);
  console.log(`  ${all} bytes per event and its part of the state, ${perEvent(json)} of them its JSON`);
  console.log(`  longest pause of the event loop: ${(delay.max / 1e6).toFixed(1)} ms`);
}

interface Timing {
  readonly perSecond: number;
  readonly latencies: Float64Array;
}

async function timed(count: number, workers: number, task: (i: number) => Promise<unknown>): Promise<Timing> {
  const latencies = new Float64Array(count);
  let next = 0;
  const start = performance.now();
  const work = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const begin = performance.now();
      await task(i);
      latencies[i] = performance.now() - begin;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { perSecond: (count / (performance.now() - start)) * 1000, latencies: latencies.sort() };
}

function report(name: string, { perSecond, latencies }: Timing): void {
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3);
  console.log(`${name}: ${perSecond.toFixed(0)}/s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`);
}

await main();
