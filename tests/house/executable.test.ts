import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { olderNode, plainEnvironment, repository, runtimeFolder } from './support/machine.ts';
import { run } from './support/started-process.ts';

const executable = path.join(repository, 'bin', 'gatehouse');
const old = olderNode();

describe('bin/gatehouse', () => {
  test('runs the sources of a clone', async () => {
    const help = await run(process.execPath, [executable, '--help'], { cwd: repository, env: plainEnvironment() });
    assert.match(help.join('\n'), /\bstart\b/u);
  });

  test('is what npx finds in an installed clone', async () => {
    const help = await run('npx', ['gatehouse', '--help'], { cwd: repository, env: plainEnvironment() });
    assert.match(help.join('\n'), /\bstart\b/u);
  });

  test('wrong usage exits with 2', async () => {
    const env = plainEnvironment(runtimeFolder);
    await run(executable, ['no-such-command'], { cwd: repository, env, code: 2 });
  });

  test(
    'under too old a Node it says so in one line',
    { skip: old === undefined && 'no Node older than 24 on this machine' },
    async () => {
      const options = { cwd: repository, env: plainEnvironment(), code: 1 };
      const lines = await run(old ?? '', [executable, 'start'], options);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /needs Node 24 or newer, this is v\d+/u);
    },
  );
});
