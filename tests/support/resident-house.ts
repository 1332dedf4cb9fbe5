/** A server with rooms of its own, storage in memory, and neighbours whose keys it knows: what residents are asked. */
import { createEventVerifier } from '../../src/federation/event-verifier.ts';
import type { SigningKey } from '../../src/protocol/ed25519.ts';
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import type { RoomId } from '../../src/protocol/ids/room-id.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import type { VerifyKey } from '../../src/protocol/key-documents.ts';
import type { KeyId } from '../../src/protocol/ids/key-id.ts';
import { withKeys, type JsonObject } from '../../src/protocol/json.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';
import type { RoomGraph } from '../../src/rooms/graph/room-graph.ts';
import type { ResidentDeps } from '../../src/rooms/resident/access.ts';
import type { Refusal } from '../../src/rooms/resident/outcome.ts';
import { createResident, type Resident } from '../../src/rooms/resident/resident.ts';
import { RoomRequests } from '../../src/rooms/requests.ts';
import { RoomRegistry } from '../../src/rooms/room-registry.ts';
import { createMemoryStorage, type Storage } from '../../src/storage/storage.ts';
import { systemClock } from '../../src/telemetry/system-clock.ts';
import { serverNamed, testKey } from './federation-fakes.ts';
import { GRAPH_SERVER, testIdentity } from './graph-under-test.ts';
import { RoomBuilder, userAt, type RoomOptions, type Signer } from './room-builder.ts';

export const NEIGHBOUR: Signer = { serverName: serverNamed('two.example'), key: testKey('ed25519:two', 22) };
export const STRANGER: Signer = { serverName: serverNamed('three.example'), key: testKey('ed25519:three', 33) };

const identity = testIdentity();
export const US: Signer = { serverName: GRAPH_SERVER, key: identity.serverKey() };
export const BOT = identity.botUserId;
const KEYS = new Map([US, NEIGHBOUR, STRANGER].map(({ serverName, key }) => [serverName, verifyKeys(key)]));

function verifyKeys(key: SigningKey): ReadonlyMap<KeyId, VerifyKey> {
  return new Map([[key.keyId, { publicKey: key.publicKey, validUntilTs: 4e12, expired: false }]]);
}

export class ResidentHouse {
  readonly storage: Storage = createMemoryStorage();
  readonly registry: RoomRegistry;
  readonly resident: Resident;

  constructor() {
    const keyRing = {
      cached: (serverName: ServerName) => KEYS.get(serverName),
      keysForAll: async () => new Map(),
    };
    const verifier = createEventVerifier({ keyRing, clock: systemClock });
    const unreachable = { request: async () => await Promise.reject(new Error('nobody can be reached')) };
    this.registry = new RoomRegistry({
      identity,
      store: this.storage.rooms,
      graph: this.storage.graph,
      verifier,
      requests: new RoomRequests(unreachable),
      clock: systemClock,
      policyCheck: () => async (pdu) => ({ ok: true, pdu }),
    });
    const { graph, directory } = this.storage;
    const deps: ResidentDeps = { identity, registry: this.registry, graph, directory, verifier, clock: systemClock };
    this.resident = createResident(deps);
  }

  /** A room of ours; events that are added to the builder are taken in by `catchUp`. */
  async createRoom(version: string, options: RoomOptions = {}): Promise<HouseRoom> {
    const builder = new RoomBuilder(version, US, options);
    builder.addSigner(NEIGHBOUR);
    builder.addSigner(STRANGER);
    const { roomId, rules } = builder;
    const via: ServerName[] = [];
    const record = { roomId, roomVersion: version, membership: 'joined', via, since: 1, historyFrontier: [] } as const;
    const graph = await this.registry.setRecord(record, rules);
    const room = new HouseRoom(builder, graph);
    builder.addMember(BOT, 'invite', { sender: builder.creator });
    builder.addMember(BOT, 'join');
    await room.catchUp();
    return room;
  }
}

export class HouseRoom {
  readonly builder: RoomBuilder;
  readonly graph: RoomGraph;
  #taken = 0;

  constructor(builder: RoomBuilder, graph: RoomGraph) {
    this.builder = builder;
    this.graph = graph;
  }

  get roomId(): RoomId {
    return this.builder.roomId;
  }

  async catchUp(): Promise<void> {
    const events = this.builder.timeline.slice(this.#taken);
    this.#taken = this.builder.timeline.length;
    for (const pdu of events) {
      const [result] = await this.graph.receive([pdu.raw], US.serverName);
      if (result?.outcome !== 'accepted') throw new Error(`${pdu.type}: ${JSON.stringify(result)}`);
    }
  }

  /** What a server makes of a template. */
  finish(template: JsonObject, signer: Signer, changes: JsonObject = {}): Pdu {
    const id =
      this.builder.rules.eventIdFormat === 'opaque' ? { event_id: `$e${Date.now()}:${signer.serverName}` } : {};
    const whole = withKeys(template, new Map(Object.entries({ ...id, ...changes })));
    const parsed = parsePdu(
      hashAndSignEvent(whole, this.builder.rules, signer.serverName, signer.key),
      this.builder.rules,
    );
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    return parsed.pdu;
  }
}

export function neighbour(localpart: string): UserId {
  return userAt(localpart, NEIGHBOUR.serverName);
}

/** The value of an outcome that is expected to be one. */
export function valueOf<T>(outcome: { ok: true; value: T } | { ok: false; refusal: Refusal }): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`);
}

export function refusalOf(outcome: { ok: true } | { ok: false; refusal: Refusal }): Refusal['type'] {
  if (!outcome.ok) return outcome.refusal.type;
  throw new Error('it was granted');
}
