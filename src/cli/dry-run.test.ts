import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import { buildProgram } from './program.ts';

const WRITING = [
  'community',
  'rules',
  'lists',
  'import',
  'erase',
  'tokens',
  'lockdown',
  'precedents',
  'verdict',
  'queue',
];
/** What reads, and what is taken back as easily as it is done. */
const WITHOUT = new Set([
  ...['community list', 'community show', 'community history', 'community diff'],
  ...['rules list', 'rules show', 'rules check', 'rules checks', 'rules shadow', 'rules history', 'rules diff'],
  ...['rules export', 'lists list', 'lists preview', 'lists rules', 'lists waiting', 'lists match', 'tokens list'],
  ...['lockdown list', 'precedents list', 'verdict list', 'queue list', 'queue show', 'queue claim', 'queue release'],
  'queue appeal',
]);

function leaves(command: Command, name: string): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((inner) => leaves(inner, `${name} ${inner.name()}`));
}

describe('--dry-run', () => {
  it('is an option of every command that stores', () => {
    const io = { stdin: Readable.from([]), stdout: new Writable(), stderr: new Writable(), env: {}, cwd: '/' };
    const commands = buildProgram(io).commands.filter((command) => WRITING.includes(command.name()));
    assert.equal(commands.length, WRITING.length);
    const all = new Map(commands.flatMap((command) => leaves(command, command.name())));
    for (const [name, command] of all) {
      const has = command.options.some((option) => option.long === '--dry-run');
      assert.equal(has, !WITHOUT.has(name), name);
    }
    for (const name of WITHOUT) assert.ok(all.has(name), name);
  });
});
