// Everything CI runs, in named parts: `npm test`, or `npm test -- unit lint` for some of them.

import { availableParallelism } from 'node:os';
import { parts, root, type Part } from './verify/parts.ts';
import { stopCommands } from './verify/run-command.ts';
import { runPart, type PartResult } from './verify/run-part.ts';

process.chdir(root);
process.exitCode = await verify(process.argv.slice(2));

async function verify(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => parts.every((part) => part.name !== name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(', ')}; there are ${parts.map((part) => part.name).join(', ')}`);
    return 2;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopCommands();
      process.exit(1);
    });
  }
  const results = await runParts(parts.filter((part) => names.length === 0 || names.includes(part.name)));
  const failed = results.filter((result) => result.failed > 0);
  if (failed.length > 0) console.log(`\nfailed: ${failed.map((result) => result.part.name).join(', ')}`);
  console.log(`${sum(results, 'passed')} passed, ${sum(results, 'failed')} failed`);
  return failed.length > 0 ? 1 : 0;
}

async function runParts(chosen: readonly Part[]): Promise<PartResult[]> {
  const results: PartResult[] = [];
  const queue = chosen.filter((part) => part.alone !== true);
  const worker = async (): Promise<void> => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) results.push(await runAndPrint(part));
  };
  const workers = Math.min(4, Math.max(1, availableParallelism()));
  await Promise.all(Array.from({ length: workers }, worker));
  for (const part of chosen) if (part.alone === true) results.push(await runAndPrint(part));
  return results;
}

async function runAndPrint(part: Part): Promise<PartResult> {
  const result = await runPart(part);
  const ranNothing = result.passed + result.failed === 0;
  const mark = result.failed > 0 ? '✗' : ranNothing ? '-' : '✓';
  const seconds = (result.milliseconds / 1000).toFixed(1).padStart(6);
  console.log(`${mark} ${part.name.padEnd(11)}${seconds} s  ${result.ran}`);
  for (const skip of result.skips) console.log(`    skipped: ${skip.name}: ${skip.reason}`);
  if (result.failed > 0) console.log(`\n${result.output.trim().replace(/^/gmu, '  | ')}\n`);
  return result;
}

function sum(results: readonly PartResult[], field: 'passed' | 'failed'): number {
  return results.reduce((total, result) => total + result[field], 0);
}
