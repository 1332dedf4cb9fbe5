/** The parts that the server is built of, each from those before it. */
import type { OwnKeys } from './config/own-keys.ts';
import type { Config } from './config/schema.ts';
import { createAddressGuard } from './federation/address-guard.ts';
import { createBackOff } from './federation/back-off.ts';
import { createEventVerifier, type EventVerifier } from './federation/event-verifier.ts';
import { createFederationClient, type FederationClient } from './federation/federation-client.ts';
import { KeyDocuments } from './federation/key-documents.ts';
import { createKeyFetchers } from './federation/key-fetchers.ts';
import { createKeyRing } from './federation/key-ring.ts';
import { createMediaClient, type MediaClient } from './federation/media-client.ts';
import { createNotary, type AskNotary } from './federation/notary.ts';
import { createRequestAuth, type RequestAuth } from './federation/request-auth.ts';
import { createServerDiscovery } from './federation/server-discovery.ts';
import { createSystemNames } from './federation/system-names.ts';
import { createTransport, type Transport } from './federation/transport.ts';
import { createWebClient, type WebClient, type WebClientOptions } from './federation/web-client.ts';
import { createWellKnownLookup } from './federation/well-known.ts';
import type { EventSigner } from './policy/sign-event.ts';
import { compileGlob } from './protocol/glob.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import { makeUserId } from './protocol/ids/user-id.ts';
import type { Identity } from './rooms/identity.ts';
import { Membership, type MembershipEvent } from './rooms/membership.ts';
import { RoomRequests } from './rooms/requests.ts';
import { StreamReader } from './rooms/graph/stream-reader.ts';
import { RoomRegistry } from './rooms/room-registry.ts';
import type { Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import type { Logger } from './telemetry/logger.ts';
import { SendQueue } from './federation/send-queue.ts';
import { signError } from './http/policy/sign-answer.ts';
import { createPolicyCheck, type PolicyCheckDeps } from './rooms/policy-check.ts';

const BOT_DISPLAY_NAME = 'Gatehouse';

export interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: OwnKeys;
  readonly storage: Storage;
}

export interface Federation {
  readonly transport: Transport;
  readonly client: FederationClient;
  readonly media: MediaClient;
  /** `anywhere` reaches private networks too. */
  readonly web: { readonly guarded: WebClient; readonly anywhere: WebClient };
  readonly authenticate: RequestAuth;
  readonly verifier: EventVerifier;
  readonly sendQueue: SendQueue;
  readonly askNotary: AskNotary;
}

export function buildFederation(
  config: Config,
  { clock, log, keys, storage, extraAuthorities }: Parts & { extraAuthorities: readonly string[] | undefined },
): Federation {
  const names = createSystemNames();
  const connections = {
    clock,
    names,
    guard: createAddressGuard({ allowedNetworks: config.federation.allowed_networks }),
    verifyCertificates: config.federation.verify_certificates,
    ...(extraAuthorities === undefined ? {} : { extraAuthorities }),
  };
  const transport = createTransport(connections);
  const web = buildWeb(connections);
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
  const sendQueue = new SendQueue({ serverName: config.server_name, outbox: storage.outbox, client, clock, log });
  const markAlive = (serverName: ServerName): void => {
    backOff.markAlive(serverName);
    sendQueue.markAlive(serverName);
  };
  return {
    transport,
    client,
    media: createMediaClient({ client, web: web.guarded, clock }),
    web,
    sendQueue,
    authenticate: createRequestAuth({ serverName: config.server_name, keyRing, clock, markAlive }),
    verifier: createEventVerifier({ keyRing, clock }),
    askNotary: createNotary({
      ...{ serverName: config.server_name, serverKey: keys.serverKey, documents, keyRing, clock },
      ownDocument: () => keys.document(),
    }),
  };
}

function buildWeb(connections: WebClientOptions): Federation['web'] {
  const everything = createAddressGuard({ allowedNetworks: ['0.0.0.0/0', '::/0'] });
  return { guarded: createWebClient(connections), anywhere: createWebClient({ ...connections, guard: everything }) };
}

export interface Rooms {
  readonly identity: Identity;
  readonly registry: RoomRegistry;
  readonly membership: Membership;
  readonly unaccepted: StreamReader;
}

export function buildRooms(
  config: Config,
  {
    clock,
    log,
    keys,
    storage,
    federation,
    signEvent,
    onStored,
  }: Parts & { federation: Federation; signEvent: EventSigner; onStored: () => void },
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
  const { client, sendQueue } = federation;
  const unaccepted = logUnaccepted(log, storage);
  const deps = {
    identity,
    store: storage.rooms,
    graph: storage.graph,
    verifier: federation.verifier,
    requests: new RoomRequests(client),
    clock,
    policyCheck: createPolicyCheck({ identity, client, clock, signOwn: signOwnWith(signEvent) }),
    onOutgoing: (destinations: readonly ServerName[]) => {
      sendQueue.wake(destinations);
    },
    onStored: () => {
      unaccepted.wake();
      onStored();
    },
    onFailure: (error: unknown) => {
      log.error({ err: error }, 'what follows from a change of a room could not be done yet');
    },
  };
  const registry = new RoomRegistry(deps);
  const membership = new Membership({
    ...deps,
    registry,
    acceptsInvitesFrom: config.bot.accept_invites_from.map((glob) => compileGlob(glob, { ignoreCase: false })),
    onEvent: (event) => {
      logMembership(log, event);
    },
    // Nobody can be let in by our aliases any more.
    onLeft: async (roomId) => {
      await storage.directory.removeAliases(roomId);
      await storage.directory.setPublic(roomId, false);
    },
  });
  return { identity, registry, membership, unaccepted };
}

/** Operators see every event that a room got and did not take, each once, restarts or not. */
function logUnaccepted(log: Logger, storage: Storage): StreamReader {
  return new StreamReader({
    name: 'log',
    graph: storage.graph,
    readers: storage.readers,
    statuses: ['rejected', 'softFailed'],
    handle: (events) => {
      for (const { status, roomId, eventId, sender, reason } of events) {
        log.info({ room_id: roomId, event_id: eventId, sender, status, reason }, 'event not accepted');
      }
    },
    onFailure: (error) => {
      log.error({ err: error }, 'the stream of events could not be read');
    },
  });
}

/** Our own policy's word about an event that the room is taking in. */
function signOwnWith(signEvent: EventSigner): PolicyCheckDeps['signOwn'] {
  return async (pdu, origin) => {
    const outcome = await signEvent({ origin, body: pdu.raw, duringReceipt: true });
    if (outcome.type === 'signed') return { ok: true, signature: outcome.signature };
    return { ok: false, reason: signError(outcome).message, mayChange: outcome.type === 'busy' };
  };
}

function logMembership(log: Logger, event: MembershipEvent): void {
  const { type, roomId, ...details } = event;
  const fields = { room_id: roomId, ...details };
  if (type === 'joinFailed') log.warn(fields, 'could not join room');
  else log.info(fields, { invited: 'invited to room', joined: 'joined room', left: 'left room' }[type]);
}
