import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersonInRoom } from '../../src/policy/memory/ports.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import { parseUserId } from '../../src/protocol/ids/user-id.ts';
import { PolicyMemory } from '../../src/policy/memory/policy-memory.ts';
import type { Subject } from '../../src/policy/questions.ts';
import { EventReading } from '../../src/policy/reading/event-reading.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { openSqliteStorage, type Storage } from '../../src/storage/storage.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { verdictOn } from '../support/past-events.ts';
import { messageOf, SIGNER } from '../support/policy-events.ts';
import { PolicyStage } from '../support/policy-fakes.ts';
import { RoomBuilder } from '../support/room-builder.ts';
import { databasePath, engines } from './support/engines.ts';
import { roomId, sampleVerdict, server } from './support/samples.ts';

const otherRoom = parseRoomId('!other:example.org')!;
const alice = parseUserId('@alice:example.org')!;
const bob = parseUserId('@bob:example.org')!;

function person(changes: Partial<PersonInRoom> = {}): PersonInRoom {
  return {
    ...{ userId: alice, roomId, firstSeenAt: 1_790_000_000_000, joinedAt: 1_790_000_000_001 },
    ...{ lastJoinAt: 1_790_000_000_002, leftAt: null, isInvited: true, messages: 3, ...changes },
  };
}

const NOBODY = { firstSeenAt: null, joinedAt: null, lastJoinAt: null, isInvited: false, messages: 0 } as const;

for (const engine of engines) {
  describe(`people in ${engine.name}`, () => {
    it('has nobody at first, and has read nothing', async (test) => {
      const { people } = await engine.open(test);
      assert.deepEqual(await people.ofUsers([alice, bob]), []);
      assert.deepEqual(await people.positions(), { verdicts: 0, events: 0 });
      assert.equal((await people.roomsSince()).size, 0);
    });

    it('gives people, rooms and positions back as they were', async (test) => {
      const { people } = await engine.open(test);
      const given = [person(), person({ roomId: otherRoom, ...NOBODY, leftAt: 5 }), person({ userId: bob })];
      const positions = { verdicts: 7, events: 2 ** 40 };
      await people.put({ people: given, rooms: new Map([[roomId, 17]]), positions });
      assert.deepEqual(await people.ofUsers([alice]), given.slice(0, 2));
      assert.deepEqual(await people.ofUsers([bob]), given.slice(2));
      assert.deepEqual(await people.positions(), positions);
      assert.deepEqual([...(await people.roomsSince())], [[roomId, 17]]);
    });

    it('replaces what it knew', async (test) => {
      const { people } = await engine.open(test);
      const [rooms, positions] = [new Map(), { verdicts: 1, events: 1 }];
      await people.put({ people: [person(), person({ userId: bob })], rooms, positions });
      const left = person({ joinedAt: null, leftAt: 9, isInvited: false, messages: 4 });
      await people.put({ people: [left], rooms: new Map([[roomId, 3]]), positions: { verdicts: 2, events: 1 } });
      assert.deepEqual(await people.ofUsers([alice]), [left]);
      assert.deepEqual(await people.ofUsers([bob]), [person({ userId: bob })]);
      assert.deepEqual(await people.positions(), { verdicts: 2, events: 1 });
      assert.deepEqual([...(await people.roomsSince())], [[roomId, 3]]);
    });
  });

  describe(`the log of verdicts in ${engine.name}`, () => {
    it('is empty at first', async (test) => {
      const { verdicts } = await engine.open(test);
      assert.equal(await verdicts.lastPosition(), 0);
      assert.deepEqual(await verdicts.log(0, 10), []);
      assert.equal(verdicts.positionOf(sampleVerdict(1)), undefined);
    });

    it('gives verdicts in the order of storing, each once, with their positions', async (test) => {
      const { verdicts } = await engine.open(test);
      const added = Array.from({ length: 450 }, (_, n) => sampleVerdict(n));
      await Promise.all(added.map((verdict) => verdicts.add(verdict)));
      // Known already: no place in the log.
      const late = sampleVerdict(3, { decidedBy: 'late' });
      await verdicts.add(late);
      assert.equal(verdicts.positionOf(late), undefined);
      const override = sampleVerdict(1, { revision: 2 });
      await verdicts.add(override);
      const log = await verdicts.log(0, 1_000);
      assert.deepEqual(
        log.map(({ verdict }) => verdict),
        [...added, override],
      );
      for (const [at, { position, verdict }] of log.entries()) {
        const own = at < added.length ? added[at] : override;
        assert.ok(own !== undefined);
        assert.equal(verdicts.positionOf(own), position);
        assert.ok(position > (log[at - 1]?.position ?? 0), verdict.eventId);
      }
      assert.equal(await verdicts.lastPosition(), log.at(-1)?.position);
      const middle = log[299]?.position ?? 0;
      assert.deepEqual(await verdicts.log(middle, 100), log.slice(300, 400));
      assert.deepEqual(await verdicts.log(await verdicts.lastPosition(), 5), []);
    });
  });
}

describe('people in a SQLite file', () => {
  it('are there when it is opened again', async (test) => {
    const path = databasePath(test);
    const first = await openSqliteStorage({ path });
    const positions = { verdicts: 1, events: 2 };
    await first.people.put({ people: [person()], rooms: new Map([[roomId, 3]]), positions });
    await first.close();
    await using again = await openSqliteStorage({ path });
    assert.deepEqual(await again.people.ofUsers([alice]), [person()]);
    assert.deepEqual(await again.people.positions(), positions);
  });

  it('are counted exactly, wherever the process stopped between verdicts and what is written behind them', async (test) => {
    const path = databasePath(test);
    const clock = new FakeClock(1_790_000_000_000);
    let told = 0;
    for (let start = 0; start < 4; start += 1) {
      const storage = await openSqliteStorage({ path });
      const memory = memoryOver(storage, clock);
      await memory.start();
      for (let n = 0; n < 70; n += 1) {
        told += 1;
        const measure = { kind: 'message' } as const;
        const verdict = verdictOn({ sender: alice, roomId, decidedAt: clock.now(), measure });
        await storage.verdicts.add(verdict);
        // Some are stored, and the process stops before anybody is told.
        if (n < 65) memory.onVerdict(subject, verdict);
        if (n % 31 === start) await memory.people.write();
      }
      // Nothing is said to the memory: it stops as if killed.
      await storage.close();
    }
    await using storage = await openSqliteStorage({ path });
    const memory = memoryOver(storage, clock);
    const asked = await memory.sources.person({ key: 'sender' }, subject);
    assert.ok(asked.state === 'known');
    assert.equal(asked.value.messagesHere, told);
    const question = { key: '', what: 'messages', per: 'sender', across: 'room', withinMs: 60_000 } as const;
    const count = await memory.sources.count({ ...question, includeRefused: false }, subject);
    assert.deepEqual(count, { state: 'known', value: told });
  });
});

const room = new RoomBuilder('11', SIGNER);
const pdu = { ...messageOf({ body: 'x' }), sender: alice, roomId };
const subject: Subject = {
  event: new EventReading(pdu),
  room: new PolicyStage(room).facts(),
  community: undefined,
  now: 1_790_000_000_000,
};

function memoryOver(storage: Storage, clock: FakeClock): PolicyMemory {
  return new PolicyMemory({
    ...{ serverName: server, log: storage.verdicts, people: storage.people, clock },
    communityOf: () => undefined,
    roomsRead: async () => undefined,
    onFailure: (error) => {
      // What is written when the storage is closed already comes too late, as in a process that was killed.
      if (!(error instanceof StorageError)) throw error;
    },
  });
}
