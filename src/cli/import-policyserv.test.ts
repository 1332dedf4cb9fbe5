import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { runCliHere, type CliRun } from '../../tests/support/run-cli.ts';
import { controlSocketPath } from '../config/control-socket.ts';
import { readLayer } from '../policy/settings/layer-document.ts';

const SETTINGS = JSON.stringify({ media_filter_media_types: ['m.image'], media_fliter: [], webhook_url: '\u001b[2J' });

describe('gatehouse import policyserv', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function run(stdin: string, ...argv: string[]): Promise<CliRun> {
    const env = { GATEHOUSE_SERVER_NAME: 'policy.example', GATEHOUSE_DATA_DIR: folder };
    return await runCliHere(['import', 'policyserv', '-', ...argv], { stdin, env, cwd: folder });
  }

  it('prints YAML that can be applied in a dry run, and what became of each key', async () => {
    const { exitCode, stdout, stderr } = await run(SETTINGS, '--dry-run');
    assert.equal(exitCode, 0, stderr);
    const layer = readLayer(parse(stdout));
    assert.ok(layer.ok, JSON.stringify(layer));
    assert.deepEqual(layer.document.rules?.['policyserv-media']?.when, { any: [{ media: { kinds: ['image'] } }] });
    assert.match(stdout, /^# Not known:\n# {3}media_fliter$/m);
    assert.match(stdout, /^# {3}Media → policyserv-media$/m);
    assert.match(stdout, /^# Nothing is saved\.$/m);
    assert.ok(!stdout.includes('\u001b'));
  });

  it('prints JSON for scripts', async () => {
    const { stdout } = await run(SETTINGS, '--dry-run', '--json');
    const answer = JSON.parse(stdout) as { rules: object; report: { what: string; outcome: string }[] };
    assert.ok('policyserv-media' in answer.rules);
    assert.equal(answer.report.find(({ what }) => what === 'media_fliter')?.outcome, 'unknown');
  });

  it('takes what the configuration only refers to from files', async () => {
    const templates = path.join(folder, 'templates');
    mkdirSync(templates);
    const template = '{{ if StringContains .BodyRaw "x" }}org.example.harm{{ end }}';
    writeFileSync(path.join(templates, 'one.tmpl'), template);
    writeFileSync(path.join(templates, 'any.json'), JSON.stringify({ name: 'two', body: template }));
    writeFileSync(path.join(folder, 'servers.txt'), 'good.example\n');
    const settings = JSON.stringify({ keyword_template_filter_template_names: ['one', 'two', 'three'] });
    const given = ['--templates', 'templates', '--trusted-servers', 'servers.txt', '--dry-run'];
    const { exitCode, stdout, stderr } = await run(settings, ...given);
    assert.equal(exitCode, 0, stderr);
    const layer = readLayer(parse(stdout));
    assert.ok(layer.ok, JSON.stringify(layer));
    const { rules = {} } = layer.document;
    assert.ok('policyserv-template-one-1' in rules && 'policyserv-template-two-1' in rules);
    assert.deepEqual(rules['policyserv-untrusted-media']?.exempt?.servers, ['good.example']);
    assert.match(stdout, /^# {5}Template three is not given/m);
  });

  it('says which of these files it cannot use', async () => {
    writeFileSync(path.join(folder, 'wrong.json'), '{"content":{}}');
    assert.match((await run('{}', '--dry-run', '--templates', 'nowhere')).stderr, /nowhere: there is no such file/);
    assert.match((await run('{}', '--dry-run', '--templates', '.')).stderr, /wrong\.json: expected JSON with "name"/);
    const wrong = await run('{}', '--dry-run', '--trusted-servers', 'wrong.json');
    assert.match(wrong.stderr, /wrong\.json: expected one server name a line/);
  });

  it('lets the server check what a dry run would save for a community', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      void textOf(request).then((body) => {
        asked.push(
          `${request.method ?? ''} ${body === '' ? '' : JSON.stringify((JSON.parse(body) as { dry_run?: boolean }).dry_run)}`,
        );
        const scope = 'community/cats';
        const answer =
          request.method === 'GET'
            ? { scope, revision: 4, read_only: false, settings: { name: 'Cats' } }
            : { scope, revision: 4, dry_run: true, changes: [{ path: 'rules' }] };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    const socket = controlSocketPath(folder);
    mkdirSync(path.dirname(socket), { recursive: true });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const { exitCode, stdout, stderr } = await run(SETTINGS, '--dry-run', '--community', 'cats');
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(asked, ['GET ', 'PUT true']);
      assert.match(stdout, /^# Nothing is saved: community\/cats would take it, with 1 value changed\.$/m);
      assert.ok(readLayer(parse(stdout)).ok);
    } finally {
      server.close();
    }
  });

  it('asks for the community, and for a file with keys', async () => {
    const without = await run(SETTINGS);
    assert.equal(without.exitCode, 2);
    assert.match(without.stderr, /--community ID; or only look: --dry-run/);
    assert.match((await run('[]', '--dry-run')).stderr, /expected keys and values/);
  });
});
