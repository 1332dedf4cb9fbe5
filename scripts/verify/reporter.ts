// A node:test reporter for scripts/verify.ts: failures as text to read, skips and totals as lines to parse.

import { inspect } from 'node:util';
import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';

/** Lines that begin with this hold one JSON `ReportLine`; all others are for people. */
export const reportMark = '::report ';

export type ReportLine =
  | { readonly type: 'skip'; readonly name: string; readonly reason: string }
  | { readonly type: 'totals'; readonly passed: number; readonly failed: number };

const keptOutputLines = 80;
const failureOfAChild = 'subtestsFailed';

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const names = new Map<string, string>();
  const outputs = new Map<string, string[]>();
  const failedFiles = new Set<string>();
  for await (const event of source) {
    switch (event.type) {
      case 'test:start':
        names.set(identity(event.data), fullName(event.data, names));
        break;
      case 'test:pass':
      case 'test:fail': {
        const { data } = event;
        const name = fullName(data, names);
        if (data.skip !== undefined && data.skip !== false) {
          yield line({ type: 'skip', name, reason: reason(data.skip) });
        }
        if (event.type === 'test:fail' && data.todo === undefined && !isFailureOfAChild(event.data)) {
          if (data.file !== undefined) failedFiles.add(data.file);
          yield failureText(name, event.data);
        }
        break;
      }
      case 'test:stdout':
      case 'test:stderr': {
        const kept = outputs.get(event.data.file) ?? [];
        kept.push(...event.data.message.replace(/\n$/u, '').split('\n'));
        outputs.set(event.data.file, kept.slice(-keptOutputLines));
        break;
      }
      case 'test:summary':
        if (event.data.file === undefined) {
          const { tests, passed, skipped, todo } = event.data.counts;
          for (const file of failedFiles) yield outputText(file, outputs.get(file));
          yield line({ type: 'totals', passed, failed: tests - passed - skipped - todo });
        }
        break;
      default:
        break;
    }
  }
}

function identity(test: { file?: string; testId: number | undefined }): string {
  return `${test.file ?? ''}#${String(test.testId)}`;
}

function fullName(
  test: { file?: string; name: string; testId: number; parentId: number | undefined },
  names: ReadonlyMap<string, string>,
): string {
  const parent = names.get(identity({ ...test, testId: test.parentId }));
  return parent === undefined ? test.name : `${parent} › ${test.name}`;
}

function reason(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? skip : 'no reason given';
}

function isFailureOfAChild(failure: EventData.TestFail): boolean {
  const { error } = failure.details;
  return 'failureType' in error && error.failureType === failureOfAChild;
}

function failureText(name: string, failure: EventData.TestFail): string {
  const { error } = failure.details;
  const place = failure.file === undefined ? '' : `\n  at ${failure.file}:${failure.line ?? 0}`;
  const text = inspect('cause' in error ? error.cause : error, { depth: 8, maxStringLength: 4_000 });
  const own = text.replace(/\n *at [^\n]*node:internal[^\n]*?(?= \{$|$)/gmu, '');
  return `✗ ${name}${place}\n${own.replace(/^/gmu, '  ')}\n\n`;
}

function outputText(file: string, lines: readonly string[] | undefined): string {
  return lines === undefined ? '' : `output of ${file} (last lines):\n${lines.join('\n').replace(/^/gmu, '  ')}\n\n`;
}

function line(content: ReportLine): string {
  return `${reportMark}${JSON.stringify(content)}\n`;
}
