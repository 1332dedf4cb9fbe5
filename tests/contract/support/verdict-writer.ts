/**
 * A process to be killed: writes verdicts and room states under load until it dies, and prints a line once each is
 * acknowledged. Arguments: the database, the number of the first verdict, the generation of the first state.
 */
import { writeSync } from 'node:fs';
import { openSqliteStorage } from '../../../src/storage/storage.ts';
import { sampleRoom, sampleVerdict } from './samples.ts';
import { stateOfGeneration } from './generations.ts';

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

async function replaceStates(): Promise<never> {
  for (;;) {
    const current = generation++;
    await storage.rooms.replaceState(sampleRoom({ since: current }), stateOfGeneration(current));
    writeSync(1, `state ${current}\n`);
  }
}

await Promise.all([replaceStates(), ...Array.from({ length: WRITERS }, writeVerdicts)]);
