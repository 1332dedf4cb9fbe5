/**
 * State resolution against Synapse's own functions in the same run, and the auth difference over a long chain.
 *
 *     node bench/state-resolution.ts [rooms] [seed]
 */
import type { Pdu } from '../src/protocol/events.ts';
import type { EventId } from '../src/protocol/ids/event-id.ts';
import { AuthChains } from '../src/protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../src/protocol/state-resolution/resolve-state.ts';
import { eventIdsOf } from '../src/protocol/state-resolution/state-map.ts';
import { askSynapse, drawQuestions, type Questions } from '../tests/interop/rules/room-comparison.ts';
import { Dice } from '../tests/interop/support/dice.ts';
import { startPython } from '../tests/interop/support/python.ts';
import { prepareSynapseEnvironment } from '../tests/interop/support/synapse-environment.ts';
import { longAuthChain } from '../tests/support/long-auth-chain.ts';

const rooms = Number(process.argv[2] ?? 120);
const seed = Number(process.argv[3] ?? 1);

/** Processor time, so that what else the machine does counts for neither side. */
function milliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The median of the runs after those in which the engine compiles what it runs. */
function steadyMilliseconds(work: () => void): number {
  const runs: number[] = [];
  for (let spent = 0; spent < 2000 || runs.length < 8; spent += runs.at(-1) ?? 0) runs.push(milliseconds(work));
  const settled = runs.slice(runs.length / 2).sort((a, b) => a - b);
  return settled[settled.length >>> 1] ?? NaN;
}

/** With `indexes` each room keeps its auth chains from one resolution to the next, as a server does. */
function resolveAll(all: readonly Questions[], indexes: ReadonlyMap<Questions, AuthChains> | undefined): void {
  for (const questions of all) {
    const authChains = indexes?.get(questions);
    const { rules, lookup } = questions.room;
    for (const states of questions.resolutions) {
      resolveState(rules, states, lookup, authChains === undefined ? {} : { authChains });
    }
  }
}

async function compareWithSynapse(): Promise<void> {
  const environment = await prepareSynapseEnvironment();
  if (!environment.ok) {
    console.log(`compared with Synapse: skipped, ${environment.skip}`);
    return;
  }
  await using oracle = startPython(environment.python, '../rules/oracle.py');
  const sums = { ours: 0, theirs: 0 };
  for (const [name, versions] of [
    ['1', ['1']],
    ['2', ['2', '6', '8', '10', '11']],
    ['2.1', ['12']],
  ] as const) {
    const dice = new Dice(seed);
    const all = Array.from({ length: rooms }, (_, index) =>
      drawQuestions(seed * 1_000_003 + index, dice.one(versions), 20 + dice.below(480)),
    );
    let theirs = 0;
    for (const questions of all) {
      for (const { seconds } of (await askSynapse(questions, oracle)).resolutions) theirs += seconds * 1000;
    }
    const indexes = new Map(all.map((questions) => [questions, new AuthChains(questions.room.lookup)]));
    // The very first run is in code that the engine has not compiled yet.
    const first = milliseconds(() => resolveAll(all, undefined));
    const cold = steadyMilliseconds(() => resolveAll(all, undefined));
    const warm = steadyMilliseconds(() => resolveAll(all, indexes));
    sums.ours += warm;
    sums.theirs += theirs;
    const count = all.reduce((sum, { resolutions }) => sum + resolutions.length, 0);
    console.log(
      `state resolution ${name}: ${count} in ${rooms} rooms of 20-500 events: ` +
        `${(warm / count).toFixed(3)} ms each, Synapse ${(theirs / count).toFixed(3)} ms: ${(theirs / warm).toFixed(1)} times; ` +
        `without an index ${(cold / count).toFixed(3)} ms: ${(theirs / cold).toFixed(1)} times; ` +
        `first run ${(first / count).toFixed(3)} ms: ${(theirs / first).toFixed(1)} times`,
    );
  }
  console.log(`state resolution, all: ${(sums.theirs / sums.ours).toFixed(1)} times as fast as Synapse`);
}

function measureAuthDifference(length: number, fork: number): void {
  const { events, states } = longAuthChain(length, fork);
  const lookup = (eventId: EventId): Pdu | undefined => events.get(eventId);
  const rests = states.map((state) => [...eventIdsOf(state)]);
  const chains = new AuthChains(lookup);
  let found = 0;
  const building = milliseconds(() => {
    found = chains.difference([], rests).length;
  });
  const asking = milliseconds(() => chains.difference([], rests));
  console.log(
    `auth difference over ${length} auth events, ${found} differ: ` +
      `${asking.toFixed(2)} ms; the first, which indexes the chain, ${building.toFixed(1)} ms`,
  );
}

await compareWithSynapse();
measureAuthDifference(10_000, 10);
measureAuthDifference(10_000, 5_000);
