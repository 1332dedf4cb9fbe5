import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ready, writeConfig } from './support/gatehouse-server.ts';
import { olderNode, plainEnvironment, repository, runtimeFolder, temporaryFolder } from './support/machine.ts';
import { run, StartedProcess } from './support/started-process.ts';

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

  test('stops in good order when a signal to its process group arrives more than once', async () => {
    using folder = temporaryFolder();
    const config = await writeConfig(folder.path);
    const options = { cwd: repository, env: plainEnvironment(runtimeFolder) };
    await using server = new StartedProcess(executable, ['start', '--config', config], options);
    await server.line(ready);
    // Two of a kind might be delivered as one.
    server.kill('SIGTERM');
    server.kill('SIGINT');
    assert.equal(await server.ended, 0);
    assert.ok(server.lines.some((line) => line.includes('gatehouse stopped')));
  });

  test('tells that it is ready, however little it logs', async () => {
    using folder = temporaryFolder();
    const config = await writeConfig(folder.path);
    const env = { ...plainEnvironment(runtimeFolder), GATEHOUSE_LOG__LEVEL: 'error' };
    await using server = new StartedProcess(executable, ['start', '--config', config], { cwd: repository, env });
    await server.line(ready);
    assert.equal(server.lines.length, 1);
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
