/** The composition root: every part of the server, built top to bottom. Nothing happens at import. */
import path from 'node:path';
import { OwnKeys } from './config/own-keys.ts';
import type { Config } from './config/schema.ts';
import { loadOrCreateSecrets } from './config/secrets.ts';
import type { ListenerAddress } from './http/listener.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import { openSqliteStorage, type Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import { openSurfaces, surfaceOptions, type Surfaces } from './surfaces.ts';
import { Metrics } from './telemetry/metrics.ts';
import { createLogger, logReady, MESSAGES, type Logger } from './telemetry/logger.ts';
import { systemClock } from './telemetry/system-clock.ts';
import { openPolicy, type Policy } from './policy-parts.ts';
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
  /** Where the admin API is served. */
  readonly adminListeners: readonly ListenerAddress[];
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
  const options = await surfaceOptions(config, clock, log);
  const metrics = new Metrics();
  const storage =
    overrides.storage ??
    (await openSqliteStorage({
      path: path.join(config.data_dir, 'gatehouse.db'),
      onCommit: (seconds) => metrics.committed(seconds),
    }));
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
  const policy = undo.use(await openPolicy(config, { clock, log, keys, storage, federation, rooms, metrics }));
  const parts = { clock, log, keys, storage, federation, rooms, policy, metrics };
  const surfaces = undo.use(await openSurfaces(config, options, parts));
  undo.defer(() => rooms.unaccepted.stop());
  rooms.membership.resume();
  rooms.unaccepted.wake();
  policy.lists.start();
  await federation.sendQueue.start();
  const stack = undo.move();
  return runningServer(config, { log, surfaces, rooms, federation, policy }, stack);
}

function runningServer(
  config: Config,
  {
    log,
    surfaces,
    rooms,
    federation,
    policy,
  }: {
    log: Logger;
    surfaces: Surfaces;
    rooms: Rooms;
    federation: Federation;
    policy: Policy;
  },
  stack: AsyncDisposableStack,
): RunningServer {
  const { listeners, adminListeners } = surfaces;
  const admin = adminListeners.addresses.length === 0 ? {} : { admin_listeners: adminListeners.addresses };
  logReady(log, { server_name: config.server_name, listeners: listeners.addresses, ...admin });
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
    adminListeners: adminListeners.addresses,
    reload: async () => {
      await listeners.reloadCertificates();
      await adminListeners.reloadCertificates();
    },
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
