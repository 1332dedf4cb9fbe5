import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { healthOf, portOf, ready, writeConfig } from './support/gatehouse-server.ts';
import {
  copyClone,
  olderNode,
  plainEnvironment,
  repository,
  runtimeFolder,
  temporaryFolder,
} from './support/machine.ts';
import { StartedProcess } from './support/started-process.ts';

const inGit = existsSync(path.join(repository, '.git')) ? false : 'not a git clone';

test('npm start on a fresh clone installs what is missing, serves, and stops on SIGTERM', { skip: inGit }, async () => {
  using folder = temporaryFolder();
  const clone = path.join(folder.path, 'clone');
  copyClone(clone);
  const config = await writeConfig(folder.path);
  const node = olderNode();
  const env = {
    ...plainEnvironment(node === undefined ? runtimeFolder : path.dirname(node)),
    npm_config_prefer_offline: 'true',
  };
  await using npm = new StartedProcess('npm', ['start', '--', '--config', config], { cwd: clone, env });

  const port = portOf(await npm.line(ready));
  assert.ok(npm.lines.some((line) => /^gatehouse: .*running npm ci$/u.test(line)));
  assert.equal(await healthOf(port), 200);

  npm.kill('SIGTERM');
  assert.equal(await npm.ended, 0);
});
