import path from 'node:path';
import { pythonRegistryAnswers } from './python-registry.ts';
import type { CheckPart, Part, TestPart } from './parts.ts';
import { reportMark, type ReportLine } from './reporter.ts';
import { runCommand } from './run-command.ts';

export interface Skip {
  readonly name: string;
  readonly reason: string;
}

export interface PartResult {
  readonly part: Part;
  readonly passed: number;
  readonly failed: number;
  readonly ran: string;
  readonly skips: readonly Skip[];
  /** Shown when something failed. */
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs one part; a part that has nothing to run passes nothing and says so as a skip. */
export async function runPart(part: Part): Promise<PartResult> {
  return part.type === 'check' ? await runCheck(part) : await runTests(part);
}

async function runCheck(part: CheckPart): Promise<PartResult> {
  const { code, output, milliseconds } = await runCommand(part.command, { timeLimit: part.minutes * 60_000 });
  const ok = code === 0;
  return { part, passed: ok ? 1 : 0, failed: ok ? 0 : 1, ran: part.summary, skips: [], output, milliseconds };
}

async function runTests(part: TestPart): Promise<PartResult> {
  if (part.files.length === 0) return nothingToRun(part, 'no test files');
  const command = [
    process.execPath,
    '--test',
    `--test-concurrency=${part.concurrency}`,
    `--test-reporter=${path.join(import.meta.dirname, 'reporter.ts')}`,
    '--test-reporter-destination=stdout',
    `--test-timeout=${(part.minutes * 60_000) / 2}`,
    ...part.files,
  ];
  const { code, output, milliseconds } = await runCommand(command, { timeLimit: part.minutes * 60_000 });
  const { lines, text } = readReport(output);
  const skips = lines.filter((line) => line.type === 'skip');
  const totals = lines.find((line) => line.type === 'totals') ?? { passed: 0, failed: 0 };
  // A run that ended badly without a failed test (a crash, the time limit) is a failure all the same.
  const failed = totals.failed === 0 && code !== 0 ? 1 : totals.failed;
  const ran = `${totals.passed} of ${totals.passed + failed} tests passed in ${part.files.length} files (${part.summary})`;
  const result = { part, passed: totals.passed, failed, ran, skips, output: text, milliseconds };
  return part.skipsNeedRegistry === true ? await judgeSkips(result) : result;
}

async function judgeSkips(result: PartResult): Promise<PartResult> {
  if (result.skips.length === 0 || process.env['CI'] !== 'true') return result;
  if (!(await pythonRegistryAnswers())) return result;
  const explanation = 'CI=true and the Python package registry answers: the skipped tests count as one failure\n';
  return { ...result, failed: result.failed + 1, output: result.output + explanation };
}

function nothingToRun(part: Part, reason: string): PartResult {
  const skips = [{ name: part.name, reason }];
  return { part, passed: 0, failed: 0, ran: part.summary, skips, output: '', milliseconds: 0 };
}

function readReport(output: string): { lines: ReportLine[]; text: string } {
  const lines: ReportLine[] = [];
  const text: string[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith(reportMark)) lines.push(parseReportLine(line.slice(reportMark.length)));
    else text.push(line);
  }
  return { lines, text: text.join('\n') };
}

function parseReportLine(json: string): ReportLine {
  const line: unknown = JSON.parse(json);
  if (isReportLine(line)) return line;
  throw new TypeError(`not a line of our reporter: ${json}`);
}

function isReportLine(line: unknown): line is ReportLine {
  return (
    typeof line === 'object' && line !== null && 'type' in line && (line.type === 'skip' || line.type === 'totals')
  );
}
