import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileProblem, sentenceOf } from '../config/given-file.ts';
import { runCliHere } from '../../tests/support/run-cli.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-main-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function writeFile(name: string, content: string): string {
  writeFileSync(path.join(folder, name), content);
  return name;
}

describe('gatehouse', () => {
  for (const [argv, exitCode] of [
    [[], 2],
    [['--help'], 0],
    [['help'], 0],
    [['--version'], 0],
    [['rooms'], 2],
    [['rooms', 'show'], 2],
    [['rooms', 'list', 'excess'], 2],
    [['rooms', 'list', '--unknown'], 2],
    [['strat'], 2],
    [['keys', 'show', '--help'], 0],
    [['debug', 'nothing'], 2],
  ] as const) {
    it(`${argv.join(' ') || 'alone'} exits with ${String(exitCode)}`, async () => {
      const run = await runCliHere(argv);
      assert.equal(run.exitCode, exitCode);
      assert.equal(run.stdout === '', exitCode === 2);
      assert.equal(run.stderr === '', exitCode === 0);
    });
  }

  it('has help that lists every command', async () => {
    const { stdout } = await runCliHere(['--help']);
    for (const name of ['start', 'config', 'keys', 'rooms', 'verdict', 'debug']) {
      assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('debug canonical answers line by line', async () => {
    const run = await runCliHere(['debug', 'canonical'], { stdin: '{"b":1,"a":2}\n\n1.5' });
    const [first, second, ...rest] = run.stdout.split('\n');
    assert.equal(first, '{"canonical":"{\\"a\\":2,\\"b\\":1}"}');
    assert.match(second ?? '', /^\{"error":/);
    assert.deepEqual(rest, ['']);
  });

  it('config check tells every mistake, in the configuration and in the files it names', async () => {
    const file = writeFile('wrong.yaml', 'server_name: a b\nlog: { level: loud }\n');
    const wrong = await runCliHere(['config', 'check', file], { cwd: folder });
    assert.equal(wrong.exitCode, 1);
    assert.equal(wrong.stderr.split('\n').length, 3);
    assert.match(wrong.stderr, /^gatehouse: wrong\.yaml:1: server_name: .*\ngatehouse: wrong\.yaml:2: log\.level: /);
    const tls = 'server_name: a\nlisten: [{ host: x, port: 1, tls: { certificate: no.crt, private_key: no.key } }]\n';
    const absent = await runCliHere(['config', 'check', writeFile('tls.yaml', tls)], { cwd: folder });
    assert.equal(absent.exitCode, 1);
    assert.match(absent.stderr, /the TLS certificate .*no\.crt: there is no such file/);
    const admin =
      'server_name: a\nadmin: { listen: [{ port: 1, tls: { certificate: ad.crt, private_key: ad.key } }] }\n';
    const checks = 'remote_checks: { it: { kind: http, url: "https://a.test/", token_file: absent.token } }\n';
    const files = await runCliHere(['config', 'check', writeFile('f.yaml', `${admin}${checks}`)], { cwd: folder });
    assert.match(
      files.stderr,
      /ad\.crt: there is no such file.*\n.*absent\.token, which .* names: there is no such file/,
    );
    const good = await runCliHere(['config', 'check', writeFile('good.yaml', 'server_name: a\n')], { cwd: folder });
    assert.equal(good.exitCode, 0);
    assert.match(good.stdout, /good\.yaml is good: a on localhost port 8448/);
  });

  it('start stops at a wrong configuration', async () => {
    const run = await runCliHere(['start', '--config', 'absent.yaml'], { cwd: folder });
    const stderr = 'gatehouse: absent.yaml: there is no such file; correct the name, or make the file\n';
    assert.deepEqual(run, { exitCode: 1, stdout: '', stderr });
  });

  for (const argv of [
    ['config', 'check', 'FILE'],
    ['rooms', 'list', '--config', 'FILE'],
    ['rules', 'apply', 'FILE', '--instance', '--config', 'good.yaml'],
    ['rules', 'check', 'FILE', '--instance', '--config', 'good.yaml'],
    ['rules', 'set', 'quiet', 'FILE', '--instance', '--config', 'good.yaml'],
    ['import', 'policyserv', 'FILE', '--dry-run', '--config', 'good.yaml'],
    ['replay', '--rules', 'FILE', '--config', 'good.yaml'],
  ]) {
    it(`${argv.join(' ')} says in a sentence what is wrong with the file`, async () => {
      writeFile('good.yaml', 'server_name: a\n');
      writeFileSync(path.join(folder, 'binary.yaml'), Buffer.from([0xff, 0xfe]));
      const sentences = {
        'absent.yaml': 'there is no such file; correct the name, or make the file',
        'good.yaml/rules.yaml': 'there is no such file; a part of its path is no folder: correct the name',
        '.': 'is a folder, not a file; name a file in it',
        'binary.yaml': 'is not valid UTF-8; save it as UTF-8 text',
      };
      for (const [file, sentence] of Object.entries(sentences)) {
        const run = await runCliHere(
          argv.map((word) => (word === 'FILE' ? file : word)),
          { cwd: folder },
        );
        assert.deepEqual(run, { exitCode: 1, stdout: '', stderr: `gatehouse: ${file}: ${sentence}\n` });
      }
    });
  }

  it('says what people may do about files that the system keeps from them', () => {
    for (const [code, sentence] of [
      ['EACCES', 'this user may not read it; change its permissions, or be a user who may'],
      ['EIO', 'cannot be read (EIO); look at the disk that it is on'],
    ] as const) {
      assert.equal(sentenceOf(fileProblem(Object.assign(new Error('no'), { code }))), sentence);
    }
  });

  it('stops quietly when nobody reads on', async () => {
    const executable = path.resolve(import.meta.dirname, '../../bin/gatehouse');
    const child = spawn(process.execPath, [executable, 'rules', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    assert.deepEqual(await Promise.all([exited, textOf(child.stderr)]), [0, '']);
  });

  it('runs as a program that hands its exit code on', async () => {
    const executable = path.resolve(import.meta.dirname, '../../bin/gatehouse');
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [executable, 'config', 'check', '/nowhere'], (error) => resolve(error?.code));
    });
    assert.equal(code, 1);
  });
});
