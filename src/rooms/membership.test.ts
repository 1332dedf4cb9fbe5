import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RoomBuilder } from '../../tests/support/room-builder.ts';
import { recordOf, registryOver, testIdentity } from '../../tests/support/graph-under-test.ts';
import { EventWorld } from '../../tests/support/event-world.ts';
import { SIGNER } from '../../tests/support/policy-events.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';
import { StorageError } from '../storage/storage-error.ts';
import { createMemoryStorage } from '../storage/storage.ts';
import type { Clock } from '../telemetry/clock.ts';
import { Membership, type MembershipEvent } from './membership.ts';
import { RoomRequests } from './requests.ts';

const identity = testIdentity();
const BOT = identity.botUserId;

/** A server that lets the bot into the room. */
function worldOf(room: RoomBuilder, asked: string[] = []): EventWorld {
  const world = new EventWorld();
  world.lie = (endpoint, { body }): JsonObject | undefined => {
    asked.push(endpoint);
    if (endpoint === 'make_join') {
      const event = room.template({ type: 'm.room.member', stateKey: BOT, content: { membership: 'join' } }, BOT);
      return { room_version: room.rules.version, event };
    }
    if (endpoint !== 'send_join' || body === undefined) return undefined;
    const state = [...room.state.values()];
    const chain = room.authChainOf([...state, room.take(body)]);
    return { state: state.map((pdu) => pdu.raw), auth_chain: chain.map((pdu) => pdu.raw), event: body };
  };
  return world;
}

describe('a join that was promised', () => {
  it('is tried again when it failed on our own side', async () => {
    const room = new RoomBuilder('11', SIGNER, { joinRule: 'public' });
    const memory = createMemoryStorage();
    const { graph } = memory;
    const world = worldOf(room);
    let failures = 0;
    const append = graph.append.bind(graph);
    graph.append = async (change) => {
      failures += 1;
      if (failures === 1) throw new StorageError('diskFull', 'The disk that holds the database is full.');
      await append(change);
    };
    const registry = registryOver({ world, storage: memory, identity });
    const events: MembershipEvent[] = [];
    const pauses: number[] = [];
    const clock: Clock = {
      now: () => 1,
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
      },
    };
    const membership = new Membership({
      ...{ identity, registry, graph, clock, store: memory.rooms, requests: new RoomRequests(world) },
      verifier: { verifyAll: async (pdus) => pdus.map(() => ({ ok: true })) },
      policyCheck: () => async (pdu) => ({ ok: true, pdu }),
      acceptsInvitesFrom: [],
      onEvent: (event) => events.push(event),
      onLeft: async () => undefined,
    });
    const record = { ...recordOf(room.timeline[0] ?? assert.fail(), room.rules), via: [SIGNER.serverName] };
    await registry.setRecord({ ...record, membership: 'joining' }, room.rules);
    membership.resume();
    await membership.settled();
    assert.deepEqual(
      events.map((event) => event.type),
      ['joinFailed', 'joined'],
    );
    const [failed] = events;
    assert.match(JSON.stringify(failed), /The disk that holds the database is full/);
    assert.equal(pauses.length, 1);
    const joined = (await registry.graphOf(room.roomId))?.room;
    assert.deepEqual([joined?.record.membership, joined?.view().membershipOf(BOT)], ['joined', 'join']);
  });
});

describe('two joins of one room at the same time', () => {
  const join = async (room: RoomBuilder, asked: string[], vias: readonly ServerName[]): Promise<readonly string[]> => {
    const memory = createMemoryStorage();
    const world = worldOf(room, asked);
    const registry = registryOver({ world, storage: memory, identity });
    const membership = new Membership({
      ...{ identity, registry, graph: memory.graph, clock: { now: () => 1, sleep: async () => undefined } },
      ...{ store: memory.rooms, requests: new RoomRequests(world) },
      verifier: { verifyAll: async (pdus) => pdus.map(() => ({ ok: true })) },
      policyCheck: () => async (pdu) => ({ ok: true, pdu }),
      ...{ acceptsInvitesFrom: [], onEvent: () => undefined, onLeft: async () => undefined },
    });
    const outcomes = await Promise.all(vias.map((via) => membership.join(room.roomId, [via])));
    await membership.settled();
    return outcomes.map(({ type }) => type);
  };

  it('read its state once', async () => {
    const asked: string[] = [];
    const room = new RoomBuilder('11', SIGNER, { joinRule: 'public' });
    const via = SIGNER.serverName;
    assert.deepEqual(await join(room, asked, [via, via, via]), ['joined', 'alreadyJoined', 'alreadyJoined']);
    assert.equal(asked.filter((endpoint) => endpoint === 'send_join').length, 1);
  });
});

describe('a room that was left through another server', () => {
  it('stays left while our own state still says that we are in it, until we join again', async () => {
    const room = new RoomBuilder('11', SIGNER, { joinRule: 'public' });
    room.addMember(BOT, 'join');
    const registry = registryOver({ world: new EventWorld(), storage: createMemoryStorage(), identity });
    const record = recordOf(room.timeline[0] ?? assert.fail(), room.rules);
    const graph = await registry.setRecord(record, room.rules);
    const take = async (...raws: readonly JsonObject[]): Promise<string> => {
      await graph.receive(raws, SIGNER.serverName);
      return graph.room.record.membership;
    };
    assert.equal(await take(...room.timeline.map((pdu) => pdu.raw)), 'joined');
    await registry.markLeft(graph.room, 'left on command');
    assert.equal(await take(room.addMessage('still talking').raw), 'left');
    assert.equal(await take(room.addState('m.room.topic', { topic: 'without the bot' }).raw), 'left');
    assert.equal(graph.room.view().membershipOf(BOT), 'join');
    assert.equal(await take(room.addMember(BOT, 'join').raw), 'joined');
    assert.equal(graph.room.record.leftBecause, undefined);
  });
});
