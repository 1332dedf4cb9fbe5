/** Everything that answers: what other servers see, the admin API, and the owner's socket. */
import packageJson from '../package.json' with { type: 'json' };
import { archiveDeps } from './archive-deps.ts';
import { loadTls } from './config/certificate.ts';
import type { Config } from './config/schema.ts';
import { federationDeps, ownerDeps } from './endpoint-deps.ts';
import { createAdminApp, createFederationApp, createOwnerApp } from './http/apps.ts';
import { openListeners, type ListenerOptions, type Listeners } from './http/listener.ts';
import { openOwnerSocket } from './http/owner/owner-socket.ts';
import type { AdminDeps } from './http/routes.ts';
import { moderationDeps } from './moderation-deps.ts';
import { eventDetails } from './rooms/inspection.ts';
import type { Policy, PolicyParts } from './policy-parts.ts';
import type { EventSigner } from './policy/sign-event.ts';
import type { Clock } from './telemetry/clock.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Levels, Metrics } from './telemetry/metrics.ts';

export interface Surfaces extends AsyncDisposable {
  readonly listeners: Listeners;
  readonly adminListeners: Listeners;
}

/** What listeners need, read before anything else is started: certificates may be missing. */
export interface SurfaceOptions {
  readonly listen: readonly ListenerOptions[];
  readonly admin: readonly ListenerOptions[];
}

export type SurfaceParts = PolicyParts & { readonly policy: Policy; readonly metrics: Metrics };

export async function surfaceOptions(config: Config, clock: Clock, log: Logger): Promise<SurfaceOptions> {
  const listen = await listenerOptions(config, config.listen, { clock, log });
  return { listen, admin: await listenerOptions(config, config.admin.listen, { clock, log }) };
}

export async function openSurfaces(config: Config, options: SurfaceOptions, parts: SurfaceParts): Promise<Surfaces> {
  const { clock, log, federation, policy, metrics } = parts;
  await using undo = new AsyncDisposableStack();
  const app = await createFederationApp({
    deps: federationDeps(config, { ...parts, signEvent: timed(policy.signEvent, metrics) }),
    authenticate: federation.authenticate,
    clock,
    log,
    limits: {
      requestsPerSecond: config.limits.requests_per_second,
      burst: config.limits.burst,
      inFlight: config.limits.in_flight,
    },
  });
  const listeners = await openListeners(app, options.listen);
  undo.defer(() => listeners.close());
  const deps = adminDeps(parts);
  const adminListeners = await openListeners(await createAdminApp(adminOptions(parts, deps)), options.admin);
  undo.defer(() => adminListeners.close());
  const ownerApp = await createOwnerApp({ deps: { ...ownerDeps(config, parts), ...deps }, log });
  const owner = await openOwnerSocket(ownerApp, config.data_dir);
  undo.defer(() => owner.close());
  const stack = undo.move();
  return { listeners, adminListeners, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function adminDeps({ clock, log, metrics, storage, rooms, policy }: SurfaceParts): AdminDeps {
  const { settings, moderation } = policy;
  const { registry } = rooms;
  return {
    settings,
    ...policy.lists,
    ...moderationDeps({
      ...{ clock, log, metrics, storage, settings, moderation },
      roomIds: () => registry.all().map(({ roomId }) => roomId),
      showEvent: (eventId) => eventDetails({ registry, graph: storage.graph }, eventId),
    }),
    ...archiveDeps({ clock, log, metrics, storage, settings, registry, replays: policy.replays }),
    tokens: policy.moderation.tokens,
    now: () => clock.now(),
  };
}

function adminOptions(parts: SurfaceParts, deps: AdminDeps): Parameters<typeof createAdminApp>[0] {
  const { log, policy, metrics } = parts;
  return {
    deps: { ...deps, metricsText: async () => await metrics.text(await levelsOf(parts)) },
    version: packageJson.version,
    findToken: (text) => policy.moderation.tokens.find(text),
    log,
  };
}

async function levelsOf({ storage, rooms }: SurfaceParts): Promise<Levels> {
  const memberships = Object.groupBy(rooms.registry.all(), (room) => room.record.membership);
  const count = (rows: readonly unknown[] | undefined): number => rows?.length ?? 0;
  return {
    rooms: {
      joining: count(memberships.joining),
      joined: count(memberships.joined),
      left: count(memberships.left),
    },
    queueWaiting: await storage.queue.waiting(),
    outboxDestinations: (await storage.outbox.destinations()).length,
    storage: storage.statistics(),
  };
}

function timed(signEvent: EventSigner, metrics: Metrics): EventSigner {
  return async (request) => {
    const begun = performance.now();
    const outcome = await signEvent(request);
    metrics.answeredSign(outcome.type, (performance.now() - begun) / 1000);
    return outcome;
  };
}

async function listenerOptions(
  config: Config,
  listen: Config['listen'] | Config['admin']['listen'],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<readonly ListenerOptions[]> {
  return await Promise.all(
    listen.map(async ({ host, port, tls }) => {
      if (tls === undefined) return { host, port };
      const { warnings, files } = await loadTls(tls, config, clock.now());
      for (const warning of warnings) log.warn({}, warning);
      return { host, port, tls: { certificate: files.certificate, privateKey: files.private_key } };
    }),
  );
}
