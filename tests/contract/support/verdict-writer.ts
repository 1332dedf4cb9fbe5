/**
 * A process to be killed: writes verdicts, single events and whole joins under load until it dies, and prints a line once each is
 * acknowledged. Arguments: the database, the number of the first verdict, the generation of the first join.
 */
import { writeSync } from 'node:fs';
import { openSqliteStorage } from '../../../src/storage/storage.ts';
import { eventOfRoom, generation as joinOf } from './generations.ts';
import { sampleVerdict } from './samples.ts';

const [path = '', firstVerdict, firstGeneration] = process.argv.slice(2);
const WRITERS = 16;

const storage = await openSqliteStorage({ path });
let verdict = Number(firstVerdict);
let generation = Number(firstGeneration);

async function writeVerdicts(): Promise<never> {
  for (;;) {
    const n = verdict++;
    await storage.verdicts.add(sampleVerdict(n));
    writeSync(1, `verdict ${n}\n`);
  }
}

async function writeEvents(): Promise<never> {
  for (;;) {
    const n = verdict++;
    await storage.graph.append(eventOfRoom(n));
    writeSync(1, `event ${n}\n`);
  }
}

async function join(): Promise<never> {
  for (;;) {
    const current = generation++;
    await storage.graph.append(joinOf(current));
    writeSync(1, `join ${current}\n`);
  }
}

await Promise.all([
  join(),
  ...Array.from({ length: WRITERS }, writeVerdicts),
  ...Array.from({ length: WRITERS }, writeEvents),
]);
