import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import { readRemoteFiles } from './remote-files.ts';
import { StartError } from './start-error.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-remote-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const AT = "url: 'https://a.test/'";
const DIGEST = 'ab'.repeat(32);

function load(settings: string) {
  const yaml = `server_name: example.org\nremote_checks:\n  it: { ${settings} }\n`;
  writeFileSync(path.join(folder, 'gatehouse.yaml'), yaml);
  return loadConfig({ file: 'gatehouse.yaml', env: {}, cwd: folder });
}

function checkOf(settings: string) {
  const loaded = load(settings);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors.map(formatConfigError).join('\n'));
  const check = loaded.config.remote_checks['it'];
  assert.ok(check);
  return check;
}

describe('remote checks in the configuration', () => {
  it('have defaults', () => {
    assert.deepEqual(checkOf(`kind: http, ${AT}`), {
      kind: 'http',
      url: 'https://a.test/',
      deadline: 3000,
      concurrency: 16,
      queue: 256,
      breaker: { failures: 5, pause: 30_000 },
      cache: { entries: 10_000, ttl: 3_600_000 },
      max_answer_size: 64_000,
      allow_private_network: false,
    });
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['kind: http', /url: expected an address/],
    ['kind: htp, url: x', /kind: expected "http" or "moderation" or "media_hash"/],
    ["kind: http, url: 'ftp://a.test'", /url: expected an http or https address/],
    ["kind: http, url: 'https://me:secret@a.test'", /url: expected .* without a user name/],
    [`kind: http, ${AT}, deadline: 9s`, /deadline: expected a time between "50ms" and "8s"/],
    [`kind: http, ${AT}, deadlin: 9s`, /deadlin: no such key; did you mean "deadline"/],
    [`kind: http, ${AT}, breaker: { pause: 1ms }`, /breaker\.pause: expected a time/],
    [`kind: http, ${AT}, model: x`, /model: expected only where kind is "moderation"/],
    [`kind: moderation, ${AT}, max_files: 3`, /max_files: expected only where kind is "media_hash"/],
    [`kind: http, ${AT}, token: a, token_file: b`, /token_file: expected token or token_file/],
    ['kind: media_hash', /url: expected an address/],
    ['kind: media_hash, sha256: [abc]', /sha256\[0\]: expected a SHA-256/],
  ];
  for (const [settings, message] of wrong) {
    it(`are not taken with ${settings}`, () => {
      const loaded = load(settings);
      assert.ok(!loaded.ok);
      assert.match(loaded.errors.map(formatConfigError).join('\n'), message);
    });
  }

  it('need names that rules can use', () => {
    writeFileSync(
      path.join(folder, 'n.yaml'),
      `server_name: a.test\nremote_checks: { 'A b': { kind: http, ${AT} } }\n`,
    );
    const loaded = loadConfig({ file: 'n.yaml', env: {}, cwd: folder });
    assert.match(loaded.ok ? '' : loaded.errors.map(formatConfigError).join('\n'), /expected a name of a-z/);
  });

  it('read tokens and lists from files beside the configuration', () => {
    const check = checkOf(`kind: media_hash, token_file: t, sha256_file: l, sha256: ['${DIGEST}']`);
    assert.throws(() => readRemoteFiles('it', check), StartError);
    writeFileSync(path.join(folder, 't'), 'secret\n', { mode: 0o600 });
    writeFileSync(path.join(folder, 'l'), `# known\n\n${DIGEST.toUpperCase()}  # a cat\n`);
    assert.deepEqual(readRemoteFiles('it', check), {
      token: 'secret',
      ownList: [DIGEST, DIGEST.toUpperCase()],
      warnings: [],
    });
    writeFileSync(path.join(folder, 'l'), `${DIGEST}\nnonsense\n`);
    assert.throws(() => readRemoteFiles('it', check), /l:2 .*no SHA-256/);
    writeFileSync(path.join(folder, 't'), 'two words\n');
    assert.throws(() => readRemoteFiles('it', check), /does not hold one token/);
  });
});
