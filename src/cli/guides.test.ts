import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Readable, Writable } from 'node:stream';
import { CommanderError, type Command } from 'commander';
import {
  commandLinesOf,
  guideNamed,
  guides,
  mentionedCommandsOf,
  shellWords,
  type CommandLine,
  type Guide,
} from '../../tests/support/guides.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { buildProgram } from './program.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Reads a command as the program does, and stops where it would do something. */
async function mistakeIn(words: readonly string[]): Promise<string | undefined> {
  let said = '';
  const stderr = new Writable({
    write: (chunk: Buffer | string, _encoding, done) => {
      said += String(chunk);
      done();
    },
  });
  const io = { stdin: Readable.from([]), stdout: new Writable({ write: (_, __, done) => done() }), stderr };
  const program = buildProgram({ ...io, env: {}, cwd: '/' });
  const reached = { action: false };
  disarm(program, () => {
    reached.action = true;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A group of commands by itself shows what is in it.
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help') return undefined;
  }
  return reached.action ? undefined : said.trim() || 'no command';
}

function disarm(command: Command, onUnderstood: () => void): void {
  if (command.commands.length === 0 || command.registeredArguments.length > 0) command.action(onUnderstood);
  for (const inner of command.commands) disarm(inner, onUnderstood);
}

/** The mention of a command need not have its arguments; what is there must be known. */
function unknownIn(words: readonly string[]): string | undefined {
  let command = buildProgram({
    ...{ stdin: Readable.from([]), stdout: new Writable(), stderr: new Writable(), env: {}, cwd: '/' },
  });
  for (const word of words) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner !== undefined) command = inner;
    else if (word.startsWith('--') && word !== '--help' && !command.options.some((one) => one.long === word)) {
      return `${command.name()} has no option ${word}`;
    } else if (command.registeredArguments.length === 0 && command.commands.length > 0 && !/^(?:-|\||…)/.test(word)) {
      return `${command.name()} has no command ${word}`;
    }
  }
  return undefined;
}

async function mistakesIn(
  lines: readonly CommandLine[],
  check: (words: readonly string[]) => Promise<string | undefined> | string | undefined,
): Promise<readonly string[]> {
  const mistakes: string[] = [];
  for (const { place, words } of lines) {
    const mistake = await check(words);
    if (mistake !== undefined) mistakes.push(`${place}: gatehouse ${words.join(' ')}: ${mistake}`);
  }
  return mistakes;
}

/** Links to files of the repository that are not there, or to headings that no longer stand in them. */
function deadLinksIn({ name, text }: Guide): readonly string[] {
  return [...text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([link, file = '', anchor]) => {
    const target = file === '' ? name : path.join(path.dirname(name), file);
    if (!existsSync(path.join(ROOT, target))) return [`${name}: ${link}`];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    const headings = readFileSync(path.join(ROOT, target), 'utf8').matchAll(/^#+ (.*)$/gm);
    const isThere = [...headings].some(([, heading = '']) => anchorOf(heading) === anchor);
    return isThere ? [] : [`${name}: ${link}`];
  });
}

/** As GitHub names headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe('the links of guides', () => {
  for (const guide of [...guides(), ...['CONTRIBUTING.md', 'SPEC.md', 'CHANGELOG.md'].map(guideNamed)]) {
    it(`lead somewhere in ${guide.name}`, () => {
      assert.deepEqual(deadLinksIn(guide), []);
    });
  }

  it('are told from those that lead nowhere', () => {
    const name = 'docs/README.md';
    const good = '[a](rules.md) [b](rules.md#choose-a-preset) [c](../README.md) [d](https://example.org/x) [e](#e)';
    assert.deepEqual(deadLinksIn({ name, text: good }), [`${name}: ](#e)`]);
    assert.deepEqual(deadLinksIn({ name, text: '[a](gone.md) [b](rules.md#gone)' }), [
      `${name}: ](gone.md)`,
      `${name}: ](rules.md#gone)`,
    ]);
  });
});

describe('the metrics that guides name', () => {
  it('exist', async () => {
    const known = new Set((await new Metrics().descriptions()).map(({ name }) => name));
    assert.ok(known.has('gatehouse_sign_seconds'));
    const unknown = guides().flatMap(({ name, text }) => {
      const named = [...text.matchAll(/\bgatehouse_[a-z]+(?:_[a-z]+)+\b/g)].map(([metric]) => metric);
      return named
        .filter((metric) => !known.has(metric.replace(/_(?:bucket|count|sum)$/, '')))
        .map((metric) => `${name}: ${metric}`);
    });
    assert.deepEqual(unknown, []);
  });
});

describe('the commands that guides show', () => {
  for (const guide of guides()) {
    it(`are understood as they stand in ${guide.name}`, async () => {
      assert.deepEqual(await mistakesIn(commandLinesOf(guide), mistakeIn), []);
    });
    it(`exist where ${guide.name} mentions them`, async () => {
      assert.deepEqual(await mistakesIn(mentionedCommandsOf(guide), unknownIn), []);
    });
  }

  it('are found', () => {
    assert.ok(guides().flatMap(commandLinesOf).length > 40);
    assert.ok(guides().flatMap(mentionedCommandsOf).length > 20);
  });

  it('are told from what would not be understood', async () => {
    assert.match((await mistakeIn(['rooms', 'shove', '!r'])) ?? '', /unknown command/);
    assert.match((await mistakeIn(['rooms', 'show'])) ?? '', /missing required argument/);
    assert.match((await mistakeIn(['rooms', 'list', '--loud'])) ?? '', /unknown option/);
    assert.match((await mistakeIn(['rooms', 'list', 'all'])) ?? '', /too many arguments/);
    assert.match((await mistakeIn(['lockdown', 'on', '--instance'])) ?? '', /required option/);
    assert.equal(unknownIn(['rooms', 'create', '--loud']), 'create has no option --loud');
    assert.equal(unknownIn(['rooms', 'shove']), 'rooms has no command shove');
  });

  it('are split as a shell does', () => {
    const words = ['a', 'b c', 'd e"', '--f=g h', "i'j"];
    assert.deepEqual(shellWords(`a 'b c' "d e\\"" --f='g h' i\\'j # k`), words);
  });
});
