/** The composition root: every part of the server, built top to bottom. Nothing happens at import. */
import path from 'node:path';
import { loadTls } from './config/certificate.ts';
import { OwnKeys } from './config/own-keys.ts';
import type { Config, ListenerConfig } from './config/schema.ts';
import { loadOrCreateSecrets } from './config/secrets.ts';
import { createFederationApp, createOwnerApp } from './http/apps.ts';
import { openListeners, type ListenerAddress, type ListenerOptions, type Listeners } from './http/listener.ts';
import { openOwnerSocket, type OwnerSocket } from './http/owner/owner-socket.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import { openSqliteStorage, type Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import { createLogger, MESSAGES, type Logger } from './telemetry/logger.ts';
import { systemClock } from './telemetry/system-clock.ts';
import { federationDeps, ownerDeps } from './endpoint-deps.ts';
import { openPolicy, type Policy, type PolicyParts } from './policy-parts.ts';
import { buildFederation, buildRooms, type Federation, type Rooms } from './server-parts.ts';

/** What tests put in the place of the real parts. */
export interface Overrides {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly storage: Storage;
  /** Certificate authorities to trust beside the system's, in PEM. */
  readonly extraAuthorities: readonly string[];
}

export interface RunningServer extends AsyncDisposable {
  readonly serverName: ServerName;
  readonly listeners: readonly ListenerAddress[];
  /** Reads certificates again. */
  reload(): Promise<void>;
  /** Stops accepting, finishes what is in flight (10 s at the most), makes everything durable. */
  stop(): Promise<void>;
  /** Resolves when nothing goes on in the background any more. */
  settled(): Promise<void>;
}

export async function startServer(config: Config, overrides: Partial<Overrides> = {}): Promise<RunningServer> {
  const clock = overrides.clock ?? systemClock;
  const log = overrides.logger ?? (await createLogger(config.log));
  const secrets = loadOrCreateSecrets(config.data_dir);
  for (const warning of secrets.warnings) log.warn({}, warning);
  const keys = new OwnKeys({
    serverName: config.server_name,
    dataDir: config.data_dir,
    secrets,
    now: () => clock.now(),
  });
  const listen = await listenerOptions(config, clock, log);
  const storage = overrides.storage ?? (await openSqliteStorage({ path: path.join(config.data_dir, 'gatehouse.db') }));
  await using undo = new AsyncDisposableStack();
  undo.use(storage);
  const federation = buildFederation(config, {
    clock,
    log,
    keys,
    storage,
    extraAuthorities: overrides.extraAuthorities,
  });
  undo.use(federation.transport);
  undo.use(federation.web.guarded);
  undo.use(federation.web.anywhere);
  undo.defer(() => federation.sendQueue.stop());
  const rooms = buildRooms(config, {
    ...{ clock, log, keys, storage, federation },
    signEvent: (request) => policy.signEvent(request),
    onStored: () => policy.memory.reader.wake(),
  });
  await rooms.registry.load(({ roomId, roomVersion }) => {
    log.error({ room_id: roomId, room_version: roomVersion }, 'room is left alone: its version is not known here');
  });
  const policy = undo.use(await openPolicy(config, { clock, log, keys, storage, federation, rooms }));
  const { listeners, owner } = await openSurfaces(config, listen, {
    clock,
    log,
    keys,
    storage,
    federation,
    rooms,
    policy,
  });
  undo.defer(() => listeners.close());
  undo.defer(() => owner.close());
  undo.defer(() => rooms.unaccepted.stop());
  rooms.membership.resume();
  rooms.unaccepted.wake();
  policy.lists.start();
  await federation.sendQueue.start();
  const stack = undo.move();
  return runningServer(config, { log, listeners, rooms, federation, policy }, stack);
}

/** Everything that answers: what the network sees, and the owner's socket. */
async function openSurfaces(
  config: Config,
  listen: readonly ListenerOptions[],
  { clock, log, keys, storage, federation, rooms, policy }: PolicyParts & { readonly policy: Policy },
): Promise<{ listeners: Listeners; owner: OwnerSocket }> {
  const app = await createFederationApp({
    deps: federationDeps(config, { clock, log, keys, storage, federation, rooms, signEvent: policy.signEvent }),
    authenticate: federation.authenticate,
    clock,
    log,
    limits: {
      requestsPerSecond: config.limits.requests_per_second,
      burst: config.limits.burst,
      inFlight: config.limits.in_flight,
    },
  });
  const listeners = await openListeners(app, listen);
  const owner = await openOwnerSocket(
    await createOwnerApp({
      deps: {
        ...ownerDeps(config, { clock, keys, storage, federation, rooms }),
        settings: policy.settings,
        ...policy.lists,
      },
      log,
    }),
    config.data_dir,
  );
  return { listeners, owner };
}

function runningServer(
  config: Config,
  {
    log,
    listeners,
    rooms,
    federation,
    policy,
  }: {
    log: Logger;
    listeners: Listeners;
    rooms: Rooms;
    federation: Federation;
    policy: Policy;
  },
  stack: AsyncDisposableStack,
): RunningServer {
  log.info({ server_name: config.server_name, listeners: listeners.addresses }, MESSAGES.ready);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      log.info({}, MESSAGES.stopping);
      await rooms.membership.stop();
      await stack.disposeAsync();
      log.info({}, MESSAGES.stopped);
    })();
    return stopping;
  };
  return {
    serverName: config.server_name,
    listeners: listeners.addresses,
    reload: () => listeners.reloadCertificates(),
    stop,
    settled: async () => {
      await rooms.membership.settled();
      await federation.sendQueue.settled();
      await rooms.unaccepted.settled();
      await policy.settled();
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function listenerOptions(config: Config, clock: Clock, log: Logger): Promise<readonly ListenerOptions[]> {
  return await Promise.all(
    config.listen.map(async ({ host, port, tls }: ListenerConfig) => {
      if (tls === undefined) return { host, port };
      const { warnings, files } = await loadTls(tls, config, clock.now());
      for (const warning of warnings) log.warn({}, warning);
      return { host, port, tls: { certificate: files.certificate, privateKey: files.private_key } };
    }),
  );
}
