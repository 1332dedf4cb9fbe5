import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { parseServerName } from '../protocol/ids/server-name.ts';
import { loadTls, readTls } from './certificate.ts';

const NOW = Date.UTC(2026, 0, 1);
const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-certificate-'));
after(() => rmSync(root, { recursive: true, force: true }));

function place(name: string, server = 'policy.example.org') {
  const serverName = parseServerName(server);
  assert.ok(serverName !== undefined);
  return { data_dir: path.join(root, name), server_name: serverName };
}

describe('certificates', () => {
  it('are self-signed once and kept', async () => {
    const at = place('kept');
    const made = await loadTls('self-signed', at, NOW);
    const certificate = new X509Certificate(made.certificate);
    assert.equal(certificate.checkHost('policy.example.org'), 'policy.example.org');
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.ok(certificate.validFromDate.getTime() < NOW && certificate.validToDate.getTime() > NOW);
    assert.equal(statSync(path.join(at.data_dir, 'tls.key')).mode & 0o777, 0o600);
    assert.deepEqual(await loadTls('self-signed', at, NOW), made);
    assert.deepEqual(made.warnings, []);
  });

  it('name an IP address as such', async () => {
    const made = await loadTls('self-signed', place('address', '[::1]:8448'), NOW);
    assert.equal(new X509Certificate(made.certificate).checkIP('::1'), '::1');
  });

  it('are refused when missing, damaged or of another key', async () => {
    const one = place('one');
    const two = place('two');
    await Promise.all([loadTls('self-signed', one, NOW), loadTls('self-signed', two, NOW)]);
    const certificate = path.join(one.data_dir, 'tls.crt');
    const private_key = path.join(two.data_dir, 'tls.key');
    assert.throws(
      () => readTls({ certificate: '/nowhere.crt', private_key }, NOW),
      /certificate \/nowhere\.crt: there is no such file; correct listen/,
    );
    assert.throws(() => readTls({ certificate, private_key }, NOW), /is not the private key of/);
    assert.throws(() => readTls({ certificate: private_key, private_key }, NOW), /holds no PEM certificate/);
    assert.throws(() => readTls({ certificate, private_key: certificate }, NOW), /holds no PEM private key/);
    writeFileSync(path.join(root, 'empty.crt'), '');
    assert.throws(() => readTls({ certificate: path.join(root, 'empty.crt'), private_key }, NOW), /holds no PEM/);
  });

  it('warn when expired or when anyone can read the key', async () => {
    const at = place('old');
    await loadTls('self-signed', at, NOW);
    chmodSync(path.join(at.data_dir, 'tls.key'), 0o644);
    const later = await loadTls('self-signed', at, NOW + 11 * 366 * 24 * 60 * 60 * 1000);
    assert.match(later.warnings.join('\n'), /expired on[^]*can be read by every user/);
  });
});
