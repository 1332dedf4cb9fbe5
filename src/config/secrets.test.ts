import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileSteps, type FileSteps } from './durable-file.ts';
import { formatKeyFile, parseKeyFile } from './key-file.ts';
import { loadOrCreateSecrets, readSecrets, rotateServerKey, type Secrets } from './secrets.ts';
import { StartError } from './start-error.ts';

const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-secrets-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
function newFolder(): string {
  folders += 1;
  return path.join(root, String(folders));
}

/** File steps of a process that is killed before its n-th one; a write that is cut short leaves half of its text. */
function dyingAt(step: number): FileSteps {
  let left = step;
  const live = (): boolean => {
    left -= 1;
    return left >= 0;
  };
  return {
    write(file, text, mode) {
      const lives = live();
      fileSteps.write(file, lives ? text : text.slice(0, text.length / 2), mode);
      if (!lives) throw new Error('killed');
    },
    rename(from, to) {
      if (!live()) throw new Error('killed');
      fileSteps.rename(from, to);
    },
    syncFolder(folder) {
      if (!live()) throw new Error('killed');
      fileSteps.syncFolder(folder);
    },
  };
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

function identity(secrets: Secrets) {
  return [secrets.serverKey.keyId, secrets.serverKey.publicKeyText, secrets.policyKey.publicKeyText];
}

describe('secrets', () => {
  it('are made at the first start and the same ever after', () => {
    const folder = newFolder();
    const made = loadOrCreateSecrets(folder);
    assert.match(made.serverKey.keyId, /^ed25519:[a-zA-Z0-9_]{6}$/);
    assert.equal(made.policyKey.keyId, 'ed25519:policy_server');
    assert.notEqual(made.serverKey.publicKeyText, made.policyKey.publicKeyText);
    assert.deepEqual(made.oldServerKeys, []);
    assert.deepEqual(made.warnings, []);
    assert.deepEqual(identity(loadOrCreateSecrets(folder)), identity(made));
    assert.equal(modeOf(folder), 0o700);
    assert.equal(modeOf(path.join(folder, 'server.key')), 0o600);
    assert.equal(modeOf(path.join(folder, 'policy.key')), 0o600);
    assert.match(readFileSync(path.join(folder, 'policy.key'), 'utf8'), /^ed25519 policy_server [A-Za-z0-9+/]{43}\n$/);
  });

  it('are closed to other users, with a warning', () => {
    const folder = newFolder();
    loadOrCreateSecrets(folder);
    chmodSync(folder, 0o755);
    chmodSync(path.join(folder, 'server.key'), 0o644);
    const warnings = loadOrCreateSecrets(folder).warnings;
    assert.equal(warnings.length, 2);
    assert.match(warnings[1] ?? '', /server\.key was open to other users \(mode 644\); it is now 600/);
    assert.equal(modeOf(folder), 0o700);
    assert.equal(modeOf(path.join(folder, 'server.key')), 0o600);
  });

  for (const [name, text] of [
    ['empty', ''],
    ['cut short', 'ed25519 abcdef AAAA'],
    [
      'two keys',
      'ed25519 a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\ned25519 b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n',
    ],
    ['binary', '\0\0\0'],
  ] as const) {
    it(`that are damaged (${name}) stop the start and stay untouched`, () => {
      for (const file of ['server.key', 'policy.key']) {
        const folder = newFolder();
        loadOrCreateSecrets(folder);
        writeFileSync(path.join(folder, file), text);
        assert.throws(
          () => loadOrCreateSecrets(folder),
          (error) => error instanceof StartError && error.message.includes(`${file} is damaged`),
        );
        assert.equal(readFileSync(path.join(folder, file), 'utf8'), text);
      }
    });
  }

  it('refuse a list of old keys that is damaged', () => {
    const folder = newFolder();
    loadOrCreateSecrets(folder);
    for (const text of ['', '{}', '[{"key_id":"ed25519:a","public_key":"AAAA","expired_ts":1}]']) {
      writeFileSync(path.join(folder, 'old-server-keys.json'), text);
      assert.throws(() => loadOrCreateSecrets(folder), /old-server-keys\.json is damaged/);
    }
  });

  it('are not replaced when one of them is gone', () => {
    const folder = newFolder();
    loadOrCreateSecrets(folder);
    rmSync(path.join(folder, 'policy.key'));
    assert.throws(() => loadOrCreateSecrets(folder), /policy\.key is missing although/);
    const used = newFolder();
    loadOrCreateSecrets(used);
    writeFileSync(path.join(used, 'gatehouse.db'), '');
    rmSync(path.join(used, 'policy.key'));
    rmSync(path.join(used, 'server.key'));
    assert.throws(() => loadOrCreateSecrets(used), /policy\.key is missing although/);
  });

  it('survive being killed at every step of the first start', () => {
    for (let step = 0; step < 6; step += 1) {
      const folder = newFolder();
      assert.throws(() => loadOrCreateSecrets(folder, dyingAt(step)), /killed/);
      assert.equal(identity(loadOrCreateSecrets(folder)).length, 3);
    }
    loadOrCreateSecrets(newFolder(), dyingAt(6));
  });

  it('rotate: the old key is published as an old one, the policy key stays', () => {
    const folder = newFolder();
    const first = loadOrCreateSecrets(folder);
    const second = rotateServerKey(folder, 1000);
    const third = rotateServerKey(folder, 2000);
    assert.equal(new Set([first, second, third].map((secrets) => secrets.serverKey.keyId)).size, 3);
    assert.deepEqual(third.oldServerKeys, [
      { keyId: first.serverKey.keyId, publicKeyText: first.serverKey.publicKeyText, expiredTs: 1000 },
      { keyId: second.serverKey.keyId, publicKeyText: second.serverKey.publicKeyText, expiredTs: 2000 },
    ]);
    assert.equal(third.policyKey.publicKeyText, first.policyKey.publicKeyText);
    assert.equal(modeOf(path.join(folder, 'old-server-keys.json')), 0o600);
    assert.deepEqual(identity(loadOrCreateSecrets(folder)), identity(third));
  });

  it('survive being killed at every step of a rotation', () => {
    for (let step = 0; step < 6; step += 1) {
      const folder = newFolder();
      const before = loadOrCreateSecrets(folder);
      assert.throws(() => rotateServerKey(folder, 1000, dyingAt(step)), /killed/);
      const restarted = loadOrCreateSecrets(folder);
      if (restarted.serverKey.keyId === before.serverKey.keyId) {
        assert.deepEqual(identity(restarted), identity(before));
        assert.deepEqual(restarted.oldServerKeys, []);
      } else {
        assert.equal(restarted.oldServerKeys[0]?.publicKeyText, before.serverKey.publicKeyText);
      }
      const next = rotateServerKey(folder, 2000);
      assert.ok(next.oldServerKeys.some((old) => old.publicKeyText === before.serverKey.publicKeyText));
      assert.ok(next.oldServerKeys.every((old) => old.publicKeyText !== next.serverKey.publicKeyText));
    }
  });

  it('are not read from a folder without them', () => {
    assert.throws(() => readSecrets(newFolder()), /policy\.key is missing/);
  });

  it('have the text form of Synapse', () => {
    const text = 'ed25519 a_AbCd bTm5LkR0g3oL0r4CrTkT0gNQwC7xFpZ0bqBAmRH2YQI\n';
    const key = parseKeyFile(text);
    assert.equal(key?.keyId, 'ed25519:a_AbCd');
    assert.equal(formatKeyFile(key), text);
  });
});
