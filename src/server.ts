/** The composition root: every part of the server, built top to bottom. Nothing happens at import. */
import { hash } from 'node:crypto';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { loadTls } from './config/certificate.ts';
import { OwnKeys } from './config/own-keys.ts';
import type { Config, ListenerConfig } from './config/schema.ts';
import { loadOrCreateSecrets } from './config/secrets.ts';
import { createAddressGuard } from './federation/address-guard.ts';
import { createBackOff } from './federation/back-off.ts';
import { createEventVerifier, type EventVerifier } from './federation/event-verifier.ts';
import { createFederationClient, type FederationClient } from './federation/federation-client.ts';
import { KeyDocuments } from './federation/key-documents.ts';
import { createKeyFetchers } from './federation/key-fetchers.ts';
import { createKeyRing } from './federation/key-ring.ts';
import { createNotary, type AskNotary } from './federation/notary.ts';
import { createRequestAuth, type RequestAuth } from './federation/request-auth.ts';
import { createServerDiscovery } from './federation/server-discovery.ts';
import { createSystemNames } from './federation/system-names.ts';
import { createTransport, type Transport } from './federation/transport.ts';
import { createWellKnownLookup } from './federation/well-known.ts';
import { createFederationApp, createOwnerApp } from './http/apps.ts';
import { openListeners, type ListenerAddress, type ListenerOptions, type Listeners } from './http/listener.ts';
import { openOwnerSocket } from './http/owner/owner-socket.ts';
import type { FederationDeps, OwnerDeps } from './http/routes.ts';
import { compileFilters } from './policy/filters/registry.ts';
import { parseReference } from './policy/reference.ts';
import { createEventSigner, identifyEvent, type EventSigner, type PolicyRules } from './policy/sign-event.ts';
import { canonicalJson } from './protocol/canonical-json.ts';
import { compileGlob } from './protocol/glob.ts';
import { parseEventId } from './protocol/ids/event-id.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import { makeUserId } from './protocol/ids/user-id.ts';
import { parseJson } from './protocol/json.ts';
import { roomPolicyContent } from './protocol/room-policy.ts';
import type { Identity } from './rooms/identity.ts';
import { Membership, type MembershipEvent } from './rooms/membership.ts';
import { RoomRequests } from './rooms/requests.ts';
import { createResident } from './rooms/resident/resident.ts';
import { RoomRegistry } from './rooms/room-registry.ts';
import { summarize } from './rooms/summaries.ts';
import { receiveTransaction } from './rooms/transactions.ts';
import { openSqliteStorage, type Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import { createLogger, MESSAGES, type Logger } from './telemetry/logger.ts';
import { systemClock } from './telemetry/system-clock.ts';

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

const BOT_DISPLAY_NAME = 'Gatehouse';
const READINESS_KEPT_MS = 1_000;

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
  const rooms = buildRooms(config, { clock, log, keys, storage, federation });
  await rooms.registry.load(({ roomId, roomVersion }) => {
    log.error({ room_id: roomId, room_version: roomVersion }, 'room is left alone: its version is not known here');
  });
  const signEvent = buildPolicy(config, { clock, log, keys, storage, federation, rooms });
  const app = await createFederationApp({
    deps: federationDeps(config, { clock, log, keys, storage, federation, rooms, signEvent }),
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
  undo.defer(() => listeners.close());
  const owner = await openOwnerSocket(
    await createOwnerApp({ deps: ownerDeps(config, { keys, storage, rooms }), log }),
    config.data_dir,
  );
  undo.defer(() => owner.close());
  rooms.membership.resume();
  const stack = undo.move();
  return runningServer(config, log, listeners, rooms, stack);
}

function runningServer(
  config: Config,
  log: Logger,
  listeners: Listeners,
  rooms: Rooms,
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
    settled: () => rooms.membership.settled(),
    [Symbol.asyncDispose]: stop,
  };
}

interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: OwnKeys;
  readonly storage: Storage;
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

interface Federation {
  readonly transport: Transport;
  readonly client: FederationClient;
  readonly authenticate: RequestAuth;
  readonly verifier: EventVerifier;
  readonly askNotary: AskNotary;
}

function buildFederation(
  config: Config,
  { clock, log, keys, storage, extraAuthorities }: Parts & { extraAuthorities: readonly string[] | undefined },
): Federation {
  const names = createSystemNames();
  const transport = createTransport({
    clock,
    names,
    guard: createAddressGuard({ allowedNetworks: config.federation.allowed_networks }),
    verifyCertificates: config.federation.verify_certificates,
    ...(extraAuthorities === undefined ? {} : { extraAuthorities }),
  });
  const backOff = createBackOff({ clock });
  const client = createFederationClient({
    serverName: config.server_name,
    signingKey: keys.serverKey,
    discovery: createServerDiscovery({
      clock,
      log,
      names,
      wellKnown: createWellKnownLookup({ clock, log, transport }),
    }),
    transport,
    backOff,
    clock,
  });
  const documents = new KeyDocuments(storage.keyDocuments, log);
  const onDocument = documents.remember.bind(documents);
  const keyRing = createKeyRing({
    ownKeys: () => keys.keys(),
    store: storage.keys,
    fetchers: createKeyFetchers({ client, clock, onDocument }),
    keyServers: config.federation.key_servers,
    clock,
    log,
  });
  const markAlive = (serverName: ServerName): void => {
    backOff.markAlive(serverName);
  };
  return {
    transport,
    client,
    authenticate: createRequestAuth({ serverName: config.server_name, keyRing, clock, markAlive }),
    verifier: createEventVerifier({ keyRing, clock }),
    askNotary: createNotary({
      ...{ serverName: config.server_name, serverKey: keys.serverKey, documents, keyRing, clock },
      ownDocument: () => keys.document(),
    }),
  };
}

interface Rooms {
  readonly identity: Identity;
  readonly registry: RoomRegistry;
  readonly membership: Membership;
}

function buildRooms(
  config: Config,
  { clock, log, keys, storage, federation }: Parts & { federation: Federation },
): Rooms {
  const botUserId = makeUserId(config.bot.localpart, config.server_name);
  if (botUserId === undefined) throw new Error('bot.localpart and server_name are too long together for a user id');
  const identity: Identity = {
    serverName: config.server_name,
    botUserId,
    botDisplayName: BOT_DISPLAY_NAME,
    serverKey: keys.serverKey,
    policyKey: keys.policyKey,
  };
  const deps = {
    identity,
    store: storage.rooms,
    verifier: federation.verifier,
    requests: new RoomRequests(federation.client),
    clock,
  };
  const registry = new RoomRegistry(deps);
  const membership = new Membership({
    ...deps,
    registry,
    acceptsInvitesFrom: config.bot.accept_invites_from.map((glob) => compileGlob(glob, { ignoreCase: false })),
    onEvent: (event) => {
      logMembership(log, event);
    },
  });
  return { identity, registry, membership };
}

function logMembership(log: Logger, event: MembershipEvent): void {
  const { type, roomId, ...details } = event;
  const fields = { room_id: roomId, ...details };
  if (type === 'joinFailed') log.warn(fields, 'could not join room');
  else log.info(fields, { invited: 'invited to room', joined: 'joined room', left: 'left room' }[type]);
}

function buildPolicy(
  config: Config,
  { clock, log, keys, storage, federation, rooms }: Parts & { federation: Federation; rooms: Rooms },
): EventSigner {
  const rules = policyRules(config);
  return createEventSigner({
    serverName: config.server_name,
    botUserId: rooms.identity.botUserId,
    policyKey: keys.policyKey,
    verdicts: storage.verdicts,
    rooms: rooms.registry,
    verifier: federation.verifier,
    rules: () => rules,
    clock,
    onFailure: (error) => {
      log.error({ err: error }, 'an event could not be judged');
    },
  });
}

/** The fingerprint is that of the settings: verdicts made under the same settings carry the same one. */
function policyRules(config: Config): PolicyRules {
  const parsed = parseJson(JSON.stringify(config.filters));
  const canonical = parsed.ok ? canonicalJson(parsed.value, 'as-written') : parsed;
  if (!canonical.ok) throw new Error('filter settings have no canonical form');
  return { filters: compileFilters(config.filters), fingerprint: hash('sha256', canonical.text, 'hex').slice(0, 12) };
}

function federationDeps(
  config: Config,
  {
    clock,
    log,
    keys,
    storage,
    federation,
    rooms,
    signEvent,
  }: Parts & { federation: Federation; rooms: Rooms; signEvent: EventSigner },
): FederationDeps {
  const { registry, membership, identity } = rooms;
  const { graph, directory } = storage;
  return {
    ...createResident({ identity, registry, graph, directory, verifier: federation.verifier, clock }),
    askNotary: federation.askNotary,
    now: () => clock.now(),
    serverName: config.server_name,
    botUserId: identity.botUserId,
    botDisplayName: identity.botDisplayName,
    policyPublicKey: keys.policyKey.publicKeyText,
    version: packageJson.version,
    support: config.well_known.support,
    delegatedTo: config.well_known.server,
    signEvent,
    decisionOn: async (eventId) => (await storage.verdicts.find(eventId))?.decision.outcome,
    eventIdOf: (event) => identifyEvent(registry, event),
    serverKeyDocument: () => keys.document(),
    receiveInvite: (input) => membership.receiveInvite(input),
    receiveTransaction: (input) =>
      receiveTransaction(
        {
          registry,
          onFailure: (error) => {
            log.error({ err: error }, 'events could not be taken in');
          },
        },
        input,
      ),
    readiness: readinessOf(storage, clock),
  };
}

/** Anyone may ask for it, so storage is tried once a second at the most. Keys are loaded before anything is served. */
function readinessOf(storage: Storage, clock: Clock): FederationDeps['readiness'] {
  let checkedAt = -Infinity;
  let writable = Promise.resolve(true);
  return async () => {
    if (clock.now() - checkedAt >= READINESS_KEPT_MS) {
      checkedAt = clock.now();
      writable = storage.isWritable();
    }
    return { storage: await writable, keys: true };
  };
}

function ownerDeps(
  config: Config,
  { keys, storage, rooms }: { keys: OwnKeys; storage: Storage; rooms: Rooms },
): OwnerDeps {
  const { registry, membership, identity } = rooms;
  return {
    listRooms: async () => registry.all().map((room) => summarize(room, identity)),
    showRoom: async (roomId) => {
      const room = registry.get(roomId);
      return room === undefined ? undefined : summarize(room, identity);
    },
    policyContent: () => roomPolicyContent(config.server_name, keys.policyKey.publicKeyText),
    joinRoom: (target, via) => membership.join(target, via),
    leaveRoom: (roomId) => membership.leave(roomId),
    publicKeys: () => keys.publicKeys(),
    rotateServerKey: async () => {
      keys.rotate();
      return keys.publicKeys();
    },
    findVerdicts: async (text) => {
      const eventId = parseEventId(text);
      if (eventId !== undefined) return await storage.verdicts.history(eventId);
      const reference = parseReference(text);
      return reference === undefined ? [] : await storage.verdicts.findByReference(reference);
    },
  };
}
