import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { stringify } from 'yaml';
import { writeCertificate } from './certificate.ts';
import { freePort, startChild } from './child-processes.ts';
import type { TestChild } from './child-processes.ts';
import { eventually } from './eventually.ts';
import { MatrixClient, parseObject } from './matrix-client.ts';
import type { JsonObject } from './matrix-client.ts';

/** A real homeserver on loopback. Federation on `localhost:PORT` over TLS, clients over plain HTTP. */
export interface SynapseServer extends AsyncDisposable {
  readonly serverName: string;
  /** The key it signs with, for requests that a test makes in its name. */
  readonly signingKey: SigningKey;
  readonly clientUrl: string;
  readonly logFile: string;
  /** Registers a user; the name is made unique, so that tests can share a server. */
  register(localpart: string): Promise<MatrixClient>;
  /** The event as other servers see it, signatures included, or `undefined` if the server does not have it. */
  storedEvent(eventId: string): JsonObject | undefined;
  /** Whether the server hides the event from clients because a check after the auth rules failed. */
  isSoftFailed(eventId: string): boolean;
  /** The stored events of a room in the order they arrived, rejected ones left out. */
  storedEvents(roomId: string): { eventId: string; event: JsonObject; softFailed: boolean }[];
  /** Stops the process and keeps its data: to everybody else the server is out of reach. */
  halt(): Promise<void>;
  /** Starts it with the data it has and the right time; returns when it answers. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** An ed25519 key as signedjson takes it: the seed in unpadded base64. */
export interface SigningKey {
  serverName: string;
  keyId: string;
  seed: string;
}

export interface SynapseOptions {
  python: string;
  /** Shown in log file names and in error messages. */
  name?: string;
  /** Seconds that its clock is fast, below zero for a past, until it is started again. */
  clockOffset?: number;
}

interface Ports {
  federation: number;
  client: number;
}

const signingKeyId = 'ed25519:a_test';
const logged = { level: 'INFO', handlers: ['file'] };

/** Starts a Synapse and returns when it answers. Several can run side by side. */
export async function startSynapse(options: SynapseOptions): Promise<SynapseServer> {
  const folder = await mkdtemp(path.join(tmpdir(), `gatehouse-${options.name ?? 'synapse'}-`));
  for (let attempt = 1; ; attempt++) {
    const ports = { federation: await freePort(), client: await freePort() };
    const seed = randomBytes(32).toString('base64').replace(/=+$/, '');
    const config = await writeConfig(folder, ports, seed);
    const start = (clockOffset = 0): TestChild =>
      startChild({
        command: options.python,
        args: [path.join(import.meta.dirname, 'run-synapse.py'), '-c', config],
        cwd: folder,
        logFile: path.join(folder, 'output.log'),
        env: { SYNAPSE_CLOCK_OFFSET: String(clockOffset) },
      });
    const child = start(options.clockOffset);
    const url = `http://127.0.0.1:${ports.client}`;
    if (await answers(url, child)) return describe(folder, ports, { seed, url }, { child, start });
    // Another process may have taken the port between the look and the start.
    if (attempt === 3) throw new Error(`Synapse does not start:\n${child.output().slice(-4000)}`);
  }
}

async function answers(url: string, child: TestChild): Promise<boolean> {
  const outcome = await eventually(
    'Synapse to answer',
    async () => {
      if (child.hasExited()) return 'gone';
      try {
        const response = await fetch(`${url}/_matrix/client/versions`, { signal: AbortSignal.timeout(2000) });
        await response.text();
        return response.ok && 'up';
      } catch {
        return undefined;
      }
    },
    { timeout: 90_000, seen: () => child.output().slice(-2000) },
  );
  return outcome === 'up';
}

function describe(
  folder: string,
  ports: Ports,
  { seed, url: clientUrl }: { seed: string; url: string },
  running: { child: TestChild; start: () => TestChild },
): SynapseServer {
  let users = 0;
  let stopped: Promise<void> | undefined;
  const serverName = `localhost:${ports.federation}`;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      await running.child.stop();
      if (process.env['GATEHOUSE_INTEROP_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
    })();
    return stopped;
  };
  const database = (): DatabaseSync =>
    new DatabaseSync(path.join(folder, 'homeserver.db'), { readOnly: true, timeout: 10_000 });
  return {
    serverName,
    signingKey: { serverName, keyId: signingKeyId, seed },
    clientUrl,
    logFile: path.join(folder, 'homeserver.log'),
    register: (localpart) => MatrixClient.register(clientUrl, `${localpart}${++users}`),
    storedEvent: (eventId) => {
      using db = database();
      const row = db.prepare('SELECT json FROM event_json WHERE event_id = ?').get(eventId);
      return typeof row?.['json'] === 'string' ? parseObject(row['json']) : undefined;
    },
    isSoftFailed: (eventId) => {
      using db = database();
      const row = db.prepare('SELECT internal_metadata FROM event_json WHERE event_id = ?').get(eventId);
      return isSoftFailed(row?.['internal_metadata']);
    },
    storedEvents: (roomId) => {
      using db = database();
      const rows = db
        .prepare(
          `SELECT event_id, json, internal_metadata FROM event_json JOIN events USING (event_id)
           WHERE event_json.room_id = ? AND NOT EXISTS
             (SELECT 1 FROM rejections WHERE rejections.event_id = event_json.event_id)
           ORDER BY stream_ordering`,
        )
        .all(roomId);
      return rows.map((row) => ({
        eventId: String(row['event_id']),
        event: parseObject(String(row['json'])),
        softFailed: isSoftFailed(row['internal_metadata']),
      }));
    },
    halt: async () => {
      await running.child.stop();
    },
    startAgain: async () => {
      running.child = running.start();
      if (!(await answers(clientUrl, running.child))) throw new Error(`${serverName} does not start again`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function isSoftFailed(metadata: unknown): boolean {
  return typeof metadata === 'string' && parseObject(metadata)['soft_failed'] === true;
}

async function writeConfig(folder: string, ports: Ports, seed: string): Promise<string> {
  const at = (name: string): string => path.join(folder, name);
  const certificate = await writeCertificate(folder);
  const config = at('homeserver.yaml');
  await Promise.all([
    writeFile(at('signing.key'), `${signingKeyId.replace(':', ' ')} ${seed}\n`),
    writeFile(at('log.yaml'), stringify(logConfig(at('homeserver.log')))),
    writeFile(config, stringify(synapseConfig(at, ports, certificate))),
  ]);
  return config;
}

function logConfig(file: string): JsonObject {
  return {
    version: 1,
    disable_existing_loggers: false,
    formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', filename: file, formatter: 'plain' } },
    root: logged,
  };
}

const unlimited = { per_second: 9999, burst_count: 9999 };

function synapseConfig(
  at: (name: string) => string,
  ports: Ports,
  certificate: { certificate: string; privateKey: string },
): JsonObject {
  const listen = { type: 'http', bind_addresses: ['127.0.0.1'] };
  return {
    server_name: `localhost:${ports.federation}`,
    listeners: [
      // The client-server API too: without a `.well-known` it is looked for at the server name.
      { ...listen, port: ports.federation, tls: true, resources: [{ names: ['federation', 'client'] }] },
      { ...listen, port: ports.client, tls: false, resources: [{ names: ['client'] }] },
    ],
    public_baseurl: `http://127.0.0.1:${ports.client}/`,
    tls_certificate_path: certificate.certificate,
    tls_private_key_path: certificate.privateKey,
    federation_verify_certificates: false,
    ip_range_blacklist: [],
    trusted_key_servers: [],
    signing_key_path: at('signing.key'),
    media_store_path: at('media'),
    pid_file: at('synapse.pid'),
    log_config: at('log.yaml'),
    enable_registration: true,
    enable_registration_without_verification: true,
    macaroon_secret_key: 'interop',
    form_secret: 'interop',
    report_stats: false,
    bcrypt_rounds: 4,
    database: { name: 'sqlite3', args: { database: at('homeserver.db') } },
    use_presence: false,
    ...synapseLimits(),
  };
}

function synapseLimits(): JsonObject {
  return {
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_room_creation: unlimited,
    rc_admin_redaction: unlimited,
    rc_joins_per_room: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_presence: { per_user: unlimited },
    rc_federation: { window_size: 1000, sleep_limit: 99999, sleep_delay: 500, reject_limit: 99999, concurrent: 99 },
    federation_rr_transactions_per_room_per_second: 9999,
    // The default back-off of ten minutes would outlive every test after one failure.
    federation: {
      client_timeout: '10s',
      max_short_retries: 1,
      destination_min_retry_interval: '1s',
      destination_max_retry_interval: '2s',
    },
  };
}
