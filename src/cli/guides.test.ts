import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Readable, Writable } from 'node:stream';
import { CommanderError, type Command } from 'commander';
import {
  commandLinesOf,
  guides,
  mentionedCommandsOf,
  shellWords,
  type CommandLine,
} from '../../tests/support/guides.ts';
import { buildProgram } from './program.ts';

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
    if (error.code === 'commander.helpDisplayed') return undefined;
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
