/** A room's graph with everything around it replaced but storage: for tests that need no sockets. */
import type { Pdu } from '../../src/protocol/events.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { JsonValue } from '../../src/protocol/json.ts';
import type { RoomVersionRules } from '../../src/protocol/room-versions.ts';
import type { StateMap } from '../../src/protocol/state-resolution/state-map.ts';
import type { IntakeResult } from '../../src/rooms/graph/intake.ts';
import type { RoomGraph } from '../../src/rooms/graph/room-graph.ts';
import type { StateId } from '../../src/rooms/graph/ports.ts';
import type { Identity } from '../../src/rooms/identity.ts';
import type { EventVerifier, RoomRecord } from '../../src/rooms/ports.ts';
import { RoomRequests } from '../../src/rooms/requests.ts';
import { RoomRegistry } from '../../src/rooms/room-registry.ts';
import { createMemoryStorage, type Storage } from '../../src/storage/storage.ts';
import type { Clock } from '../../src/telemetry/clock.ts';
import { systemClock } from '../../src/telemetry/system-clock.ts';
import { serverNamed, testKey } from './federation-fakes.ts';
import type { EventWorld } from './event-world.ts';
import { userAt } from './room-builder.ts';

/** The server whose room graph is under test; it is in no generated room. */
export const GRAPH_SERVER = serverNamed('gatehouse.example');
export const OTHER_SERVER = serverNamed('one.example');

const BELIEVING: EventVerifier = { verifyAll: async (pdus) => pdus.map(() => ({ ok: true })) };

export interface GraphSetup {
  readonly world: EventWorld;
  readonly storage?: Storage;
  readonly clock?: Clock;
  readonly verifier?: EventVerifier;
  readonly identity?: Identity;
}

/** Rooms whose events are all believed, with nobody to ask but the world of the test. */
export function registryOver(setup: GraphSetup & { readonly storage: Storage }): RoomRegistry {
  const { storage, clock = systemClock, verifier = BELIEVING, identity = testIdentity(), world } = setup;
  return new RoomRegistry({
    identity,
    store: storage.rooms,
    graph: storage.graph,
    verifier,
    requests: new RoomRequests(world),
    clock,
    policyCheck: () => async (pdu) => ({ ok: true, pdu }),
  });
}

export class GraphUnderTest {
  readonly graph: RoomGraph;
  readonly storage: Storage;
  readonly world: EventWorld;

  private constructor(graph: RoomGraph, storage: Storage, world: EventWorld) {
    this.graph = graph;
    this.storage = storage;
    this.world = world;
  }

  /** A room as its create event makes it; a storage that has it already gives it as it was. */
  static async open(create: Pdu, rules: RoomVersionRules, setup: GraphSetup): Promise<GraphUnderTest> {
    const { storage = createMemoryStorage(), world } = setup;
    const registry = registryOver({ ...setup, storage });
    await registry.load(() => undefined);
    const known = await registry.graphOf(create.roomId);
    if (known !== undefined) return new GraphUnderTest(known, storage, world);
    const graph = await registry.setRecord(recordOf(create, rules), rules);
    const opened = new GraphUnderTest(graph, storage, world);
    await opened.receive([create]);
    return opened;
  }

  async receive(pdus: readonly Pdu[], from = OTHER_SERVER): Promise<readonly IntakeResult[]> {
    return await this.graph.receive(
      pdus.map((pdu): JsonValue => pdu.raw),
      from,
    );
  }

  /** `type|state key` → event id after an event; `undefined` where the event is not in the graph. */
  async stateAfter(eventId: EventId): Promise<Record<string, string> | undefined> {
    const known = await this.graph.events.get(eventId);
    const state = known?.record.stateAfter;
    return state === undefined ? undefined : await this.entries(state);
  }

  async currentState(): Promise<Record<string, string>> {
    return await this.entries(this.graph.currentState);
  }

  async entries(state: StateId): Promise<Record<string, string>> {
    return stateEntries(await this.graph.states.idsOf(state));
  }

  async statusOf(eventId: EventId): Promise<string | undefined> {
    return (await this.graph.events.get(eventId))?.record.status;
  }
}

/** In one order, so that states can be compared and read. */
export function stateEntries(state: StateMap): Record<string, string> {
  const entries = [...state].flatMap(([type, ofType]) =>
    [...ofType].map(([stateKey, eventId]): [string, string] => [`${type}|${stateKey}`, eventId]),
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function testIdentity(): Identity {
  const key = testKey('ed25519:graph', 77);
  return {
    serverName: GRAPH_SERVER,
    botUserId: userAt('gatehouse', GRAPH_SERVER),
    botDisplayName: 'Gatehouse',
    serverKey: () => key,
    policyKey: testKey('ed25519:policy_server', 78),
  };
}

export function recordOf(create: Pdu, rules: RoomVersionRules): RoomRecord {
  return {
    roomId: create.roomId,
    roomVersion: rules.version,
    membership: 'joined',
    via: [OTHER_SERVER],
    since: 1,
    historyFrontier: [],
  };
}
