import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { createMemoryStorage, type Storage } from '../../storage/storage.ts';
import type { EventStatus } from './ports.ts';
import { EMPTY_STATE } from './state-trees.ts';
import { newEvent } from './receipt.ts';
import { StreamReader } from './stream-reader.ts';

const ORIGIN = SIGNER.serverName;

describe('a reader of the stream of events', () => {
  let storage: Storage;
  let room: RoomBuilder;
  let seen: string[];
  let failures: unknown[];

  beforeEach(() => {
    storage = createMemoryStorage();
    room = new RoomBuilder('11', SIGNER);
    seen = [];
    failures = [];
  });

  const store = async (count: number): Promise<string[]> => {
    const pdus = Array.from({ length: count }, (_, i) => room.addMessage(`message ${String(i)}`));
    const events = pdus.map((pdu) => ({
      ...newEvent(pdu, 'accepted', ORIGIN, 0),
      stateBefore: EMPTY_STATE,
      stateAfter: EMPTY_STATE,
    }));
    await storage.graph.append({ roomId: room.roomId, events, stateNodes: [] });
    return pdus.map((pdu) => pdu.eventId);
  };

  const reader = (
    handle: (ids: string[]) => void = (ids) => seen.push(...ids),
    options: { statuses?: readonly EventStatus[] } = {},
  ): StreamReader =>
    new StreamReader({
      ...{ name: 'test', graph: storage.graph, readers: storage.readers, ...options },
      handle: (events) => {
        handle(events.map((event) => event.eventId));
      },
      onFailure: (error) => failures.push(error),
    });

  it('gets everything once and in order, however often it is woken', async () => {
    const stored = await store(450);
    const following = reader();
    for (let i = 0; i < 5; i += 1) following.wake();
    stored.push(...(await store(3)));
    following.wake();
    await following.settled();
    assert.deepEqual(seen, stored);
  });

  it('goes on where it stopped', async () => {
    await store(5);
    const first = reader();
    first.wake();
    await first.settled();
    await first.stop();
    const later = await store(2);
    seen = [];
    const second = reader();
    second.wake();
    await second.settled();
    assert.deepEqual(seen, later);
  });

  it('passes over statuses that it does not want, and notes how far it came', async () => {
    await store(1_200);
    const following = reader(undefined, { statuses: ['rejected'] });
    following.wake();
    await following.settled();
    assert.deepEqual([seen, await storage.readers.position('test')], [[], 1_200]);
    await store(1);
    following.wake();
    await following.settled();
    assert.deepEqual([seen, await storage.readers.position('test')], [[], 1_200]);
  });

  it('is given a batch again that it failed to handle', async () => {
    const stored = await store(3);
    let fails = true;
    const following = reader((ids) => {
      if (fails) throw new Error('not now');
      seen.push(...ids);
    });
    following.wake();
    await following.settled();
    assert.deepEqual([seen, failures.length], [[], 1]);
    fails = false;
    following.wake();
    await following.settled();
    assert.deepEqual(seen, stored);
  });
});
