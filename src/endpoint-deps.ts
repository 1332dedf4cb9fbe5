/** What the endpoints are given of the parts. */
import packageJson from '../package.json' with { type: 'json' };
import type { Config } from './config/schema.ts';
import type { FederationDeps, OwnerDeps } from './http/routes.ts';
import { identifyEvent, type EventSigner } from './policy/sign-event.ts';
import { roomPolicyContent } from './protocol/room-policy.ts';
import { createResident } from './rooms/resident/resident.ts';
import { summarize } from './rooms/summaries.ts';
import { receiveTransaction } from './rooms/transactions.ts';
import type { Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import type { CreateRoomDeps } from './http/owner/create-room.ts';
import type { SendMessageDeps } from './http/owner/send-message.ts';
import type { UpgradeRoomDeps } from './http/owner/upgrade-room.ts';
import { eventDetails, overviewOf } from './rooms/inspection.ts';
import { createRoom, DEFAULT_ROOM_VERSION, ownAlias } from './rooms/sending/create-room.ts';
import { sendMessage } from './rooms/sending/send-message.ts';
import { upgradeRoom } from './rooms/sending/upgrade-room.ts';
import type { Federation, Parts, Rooms } from './server-parts.ts';

const READINESS_KEPT_MS = 1_000;

export function federationDeps(
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
    decisionOn: async (eventId) => (await storage.verdicts.latest(eventId))?.decision.outcome,
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

export function ownerDeps(
  config: Config,
  parts: Omit<Parts, 'log'> & { federation: Federation; rooms: Rooms },
): OwnerDeps {
  const { keys, storage, rooms } = parts;
  const { registry, membership, identity } = rooms;
  const inspection = { registry, graph: storage.graph };
  return {
    ...sendingDeps(parts),
    listRooms: async () => {
      // A room is read when it is first needed.
      for (const { roomId } of registry.all()) await registry.graphOf(roomId);
      return registry.all().map((room) => summarize(room, identity));
    },
    showRoom: async (roomId) => {
      const room = (await registry.graphOf(roomId))?.room;
      return room === undefined ? undefined : summarize(room, identity);
    },
    showGraph: (roomId) => overviewOf(inspection, roomId),
    showEvent: (eventId) => eventDetails(inspection, eventId),
    policyContent: () => roomPolicyContent(config.server_name, keys.policyKey.publicKeyText),
    joinRoom: (target, via) => membership.join(target, via),
    leaveRoom: (roomId) => membership.leave(roomId),
    publicKeys: () => keys.publicKeys(),
    rotateServerKey: async () => {
      keys.rotate();
      return keys.publicKeys();
    },
  };
}

/** What the owner makes the bot send. */
function sendingDeps({
  clock,
  storage,
  federation,
  rooms,
}: Pick<Parts, 'clock' | 'storage'> & { federation: Federation; rooms: Rooms }): CreateRoomDeps &
  SendMessageDeps &
  UpgradeRoomDeps {
  const { registry, identity } = rooms;
  const sending = { identity, registry, clock, client: federation.client, directory: storage.directory };
  return {
    createRoom: (wanted) => createRoom(sending, wanted),
    defaultRoomVersion: DEFAULT_ROOM_VERSION,
    ownAlias: (text) => ownAlias(text, identity.serverName),
    sendMessage: (roomId, text) => sendMessage(sending, roomId, text),
    upgradeRoom: (roomId, version) => upgradeRoom(sending, roomId, version),
  };
}
