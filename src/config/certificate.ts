/** Certificates for listeners: from files, or self-signed for trying things out. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { splitServerName } from '../protocol/ids/server-name.ts';
import { writeDurably } from './durable-file.ts';
import { fileProblem } from './given-file.ts';
import type { Config, TlsConfig } from './schema.ts';
import { StartError } from './start-error.ts';

export interface TlsMaterial {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** Where they are, made by us or not. */
  readonly files: Exclude<TlsConfig, string>;
  /** What works and should not be so, in sentences. */
  readonly warnings: readonly string[];
}

const SELF_SIGNED_YEARS = 10;
const SELF_SIGNED: Exclude<TlsConfig, string> = { certificate: 'tls.crt', private_key: 'tls.key' };

/**
 * Certificate and key of a listener, checked to belong together; makes a self-signed pair where that is configured and
 * none is there. `now` is in milliseconds since 1970. Throws a `StartError`.
 */
export async function loadTls(
  tls: TlsConfig,
  config: Pick<Config, 'data_dir' | 'server_name'>,
  now: number,
): Promise<TlsMaterial> {
  if (tls !== 'self-signed') return readTls(tls, now);
  const files = {
    certificate: path.join(config.data_dir, SELF_SIGNED.certificate),
    private_key: path.join(config.data_dir, SELF_SIGNED.private_key),
  };
  // The key is written first: a certificate without one would be unusable.
  if (!existsSync(files.certificate)) await makeSelfSigned(files, config, now);
  return readTls(files, now);
}

/** Reads and checks certificate and key. Throws a `StartError`. */
export function readTls(files: Exclude<TlsConfig, string>, now: number): TlsMaterial {
  const certificate = readPem(files.certificate, 'TLS certificate');
  const privateKey = readPem(files.private_key, 'TLS private key');
  const parsed = parseCertificate(certificate, files.certificate);
  if (!parsed.checkPrivateKey(parsePrivateKey(privateKey, files.private_key))) {
    throw new StartError(
      `${files.private_key} is not the private key of ${files.certificate}: name the pair that belongs together`,
    );
  }
  const warnings: string[] = [];
  if (parsed.validToDate.getTime() < now) {
    warnings.push(`${files.certificate} expired on ${parsed.validTo}: renew it, other servers refuse it`);
  }
  if (process.platform !== 'win32' && (statSync(files.private_key).mode & 0o007) !== 0) {
    warnings.push(`${files.private_key} can be read by every user of this machine: chmod 600 it`);
  }
  return { certificate, privateKey, files, warnings };
}

async function makeSelfSigned(
  files: Exclude<TlsConfig, string>,
  config: Pick<Config, 'data_dir' | 'server_name'>,
  now: number,
): Promise<void> {
  const { generate } = await import('selfsigned');
  const host = splitServerName(config.server_name)?.host ?? { kind: 'dns', name: 'localhost' };
  const notAfterDate = new Date(now);
  notAfterDate.setFullYear(notAfterDate.getFullYear() + SELF_SIGNED_YEARS);
  const made = await generate([{ name: 'commonName', value: host.name.slice(0, 64) }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 24 * 60 * 60 * 1000),
    notAfterDate,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          host.kind === 'dns' ? { type: 2, value: host.name } : { type: 7, ip: host.name },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
  writeDurably(files.private_key, made.private, 0o600);
  writeDurably(files.certificate, made.cert, 0o644);
}

function readPem(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = fileProblem(error).what;
    throw new StartError(`the ${what} ${file}: ${why}; correct listen[].tls in the configuration`, { cause: error });
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new StartError(`${file} holds no PEM certificate: correct listen[].tls.certificate`, { cause: error });
  }
}

function parsePrivateKey(pem: string, file: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new StartError(`${file} holds no PEM private key without passphrase: correct listen[].tls.private_key`, {
      cause: error,
    });
  }
}
