import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KeyStore } from '../../src/federation/ports.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { canonicalText } from '../../src/protocol/canonical-json.ts';
import type { ServerKeys, VerifyKey } from '../../src/protocol/key-documents.ts';
import { parseKeyId, type KeyId } from '../../src/protocol/ids/key-id.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import type { RoomStore } from '../../src/rooms/ports.ts';
import { engines } from './support/engines.ts';
import { contentText, eventText } from './support/odd-json.ts';
import {
  roomId,
  sampleEventId,
  sampleRoom,
  sampleState,
  sampleVerdict,
  server,
  stateEvent,
} from './support/samples.ts';

const otherRoom = parseRoomId('!aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')!;
const keyId = parseKeyId('ed25519:a_1')!;

for (const engine of engines) {
  describe(`verdicts in ${engine.name}`, () => {
    it('has none about an event that it was told nothing of', async (test) => {
      const { verdicts } = await engine.open(test);
      assert.equal(await verdicts.find(sampleEventId(1)), undefined);
      assert.deepEqual(await verdicts.history(sampleEventId(1)), []);
      assert.deepEqual(await verdicts.findByReference('0000-0000-00'), []);
    });

    it('gives a signed and a refused one back as they were', async (test) => {
      const { verdicts } = await engine.open(test);
      const given = [
        sampleVerdict(1),
        sampleVerdict(3),
        sampleVerdict(5, { referenceHash: 'something/else', facts: {}, evidence: [{ path: '', note: '' }] }),
        sampleVerdict(7, { facts: { nothing: null, ratio: 0.25, ['__proto__']: 'kept', 10: 1, text: '\ud800\u0000' } }),
        sampleVerdict(9, { evidence: [{ path: 'content.body', matched: '\udc00 half', note: 'cut in two' }] }),
      ];
      for (const verdict of given) assert.deepEqual(await verdicts.add(verdict), verdict);
      for (const verdict of given) {
        const found = await verdicts.find(verdict.eventId);
        assert.deepEqual(found, verdict);
        assert.equal(JSON.stringify(found), JSON.stringify(verdict));
        assert.deepEqual(await verdicts.history(verdict.eventId), [verdict]);
        assert.deepEqual(await verdicts.findByReference(verdict.reference), [verdict]);
      }
    });

    it('keeps every revision, and finds the latest', async (test) => {
      const { verdicts } = await engine.open(test);
      const first = sampleVerdict(3);
      assert.deepEqual(await verdicts.add(first), first);
      assert.deepEqual(await verdicts.find(first.eventId), first);
      const third = { ...sampleVerdict(1), eventId: first.eventId, revision: 3, reference: 'OVER-RIDE-03' };
      const second = { ...sampleVerdict(1), eventId: first.eventId, revision: 2, reference: 'OVER-RIDE-02' };
      await verdicts.add(third);
      await verdicts.add(second);
      assert.deepEqual(await verdicts.find(first.eventId), third);
      assert.deepEqual(await verdicts.history(first.eventId), [first, second, third]);
      assert.deepEqual(await verdicts.findByReference(first.reference), [first, second, third]);
      assert.deepEqual(await verdicts.findByReference('OVER-RIDE-02'), [first, second, third]);
    });

    it('stores the first of a revision, and gives it to whoever comes later', async (test) => {
      const { verdicts } = await engine.open(test);
      const first = sampleVerdict(3);
      await verdicts.add(first);
      const late = sampleVerdict(3, { decidedBy: 'late', reference: 'LATE-LATE-LA' });
      assert.deepEqual(await verdicts.add(late), first);
      assert.deepEqual(await verdicts.find(first.eventId), first);
      assert.deepEqual(await verdicts.findByReference('LATE-LATE-LA'), []);
    });

    it('lets the first win among many at once', async (test) => {
      const { verdicts } = await engine.open(test);
      const adds: Promise<Verdict>[] = [];
      for (let n = 0; n < 200; n += 1) adds.push(verdicts.add(sampleVerdict(n % 10, { configuration: `try ${n}` })));
      const results = await Promise.all(adds);
      for (const [n, stored] of results.entries()) assert.equal(stored.configuration, `try ${n % 10}`);
      for (let n = 0; n < 10; n += 1) {
        assert.equal((await verdicts.find(sampleEventId(n)))?.configuration, `try ${n}`);
        assert.equal((await verdicts.history(sampleEventId(n))).length, 1);
      }
    });
  });

  describe(`rooms in ${engine.name}`, () => {
    it('has nothing of a room that it was told nothing of', async (test) => {
      const { rooms } = await engine.open(test);
      assert.deepEqual(await rooms.rooms(), []);
      assert.deepEqual(await rooms.state(roomId), []);
      assert.equal(await rooms.stateEvent(roomId, 'm.room.name', ''), undefined);
      assert.equal(await rooms.isKnownEvent(roomId, sampleEventId(1)), false);
      assert.equal(await rooms.countKnownEvents(roomId), 0);
    });

    it('replaces records, keeping the order in which rooms came', async (test) => {
      const { rooms } = await engine.open(test);
      await rooms.putRoom(sampleRoom({ membership: 'joining' }));
      await rooms.putRoom(sampleRoom({ roomId: otherRoom, via: [], historyFrontier: [sampleEventId(1)] }));
      const left = sampleRoom({ membership: 'left', leftBecause: 'Kicked by @mod:example.org: 👢' });
      await rooms.putRoom(left);
      assert.deepEqual(await rooms.rooms(), [
        left,
        sampleRoom({ roomId: otherRoom, via: [], historyFrontier: [sampleEventId(1)] }),
      ]);
    });

    it('replaces the whole state of one room alone', async (test) => {
      const { rooms } = await engine.open(test);
      const elsewhere = stateEvent('m.room.name', '', '"name":"elsewhere"', '11', '!other:example.org');
      await rooms.putStateEvent(elsewhere);
      await rooms.replaceState(sampleRoom({ membership: 'joining' }), sampleState(450));
      assert.equal((await rooms.state(roomId)).length, 450);
      const kept = stateEvent('m.room.name', '', '"name":"kept"');
      const twice = [stateEvent('m.room.name', '', '"name":"earlier"'), kept, stateEvent('m.room.topic', '')];
      await rooms.replaceState(sampleRoom(), twice);
      assert.deepEqual(await rooms.rooms(), [sampleRoom()]);
      assert.deepEqual(
        (await rooms.state(roomId)).map((event) => event.eventId).sort(),
        [kept.eventId, twice[2]!.eventId].sort(),
      );
      assert.equal((await rooms.stateEvent(roomId, 'm.room.name', ''))?.eventId, kept.eventId);
      assert.equal((await rooms.state(elsewhere.roomId)).length, 1);
      await rooms.replaceState(sampleRoom(), []);
      assert.deepEqual(await rooms.state(roomId), []);
    });

    it('puts one state event in the place of another', async (test) => {
      const { rooms } = await engine.open(test);
      const odd = [
        ['m.room.name', ''],
        ['m.room', '.name'],
        ['', 'm.room.name'],
        ['a","b', ''],
        ['a', 'b",""'],
        ['__proto__', 'constructor'],
        ['nul\u0000', 'nul'],
        ['nul', '\u0000nul'],
      ] as const;
      for (const [type, stateKey] of odd) await rooms.putStateEvent(stateEvent(type, stateKey, '"n":1'));
      for (const [type, stateKey] of odd) await rooms.putStateEvent(stateEvent(type, stateKey, '"n":2'));
      assert.equal((await rooms.state(roomId)).length, odd.length);
      for (const [type, stateKey] of odd) {
        const pdu = stateEvent(type, stateKey, '"n":2');
        const stored = await rooms.stateEvent(roomId, type, stateKey);
        assert.equal(stored?.eventId, pdu.eventId);
        assert.equal(canonicalText(stored.raw), canonicalText(pdu.raw));
      }
      assert.deepEqual(await rooms.rooms(), []);
    });

    it('refuses an event that is no state event, and stores nothing of it', async (test) => {
      const { rooms } = await engine.open(test);
      const message = { ...stateEvent('m.room.message', ''), stateKey: undefined };
      await assert.rejects(rooms.putStateEvent(message), TypeError);
      await assert.rejects(rooms.replaceState(sampleRoom(), [...sampleState(300), message]), TypeError);
      assert.deepEqual(await rooms.rooms(), []);
      assert.deepEqual(await rooms.state(roomId), []);
    });

    it('applies writes to one room in the order in which they came', async (test) => {
      const { rooms } = await engine.open(test);
      const name = stateEvent('m.room.name', '', '"name":"after"');
      await Promise.all([
        rooms.replaceState(sampleRoom({ membership: 'joining' }), sampleState(500)),
        rooms.putStateEvent(stateEvent('m.room.name', '', '"name":"lost"')),
        rooms.replaceState(sampleRoom({ membership: 'joining' }), sampleState(300)),
        rooms.putStateEvent(name),
        rooms.putRoom(sampleRoom({ membership: 'joined' })),
      ]);
      assert.deepEqual(await rooms.rooms(), [sampleRoom({ membership: 'joined' })]);
      assert.equal((await rooms.state(roomId)).length, 301);
      assert.equal((await rooms.stateEvent(roomId, 'm.room.name', ''))?.eventId, name.eventId);
    });

    it('remembers known events once, room by room', async (test) => {
      const { rooms } = await engine.open(test);
      const ids = Array.from({ length: 450 }, (_, n) => sampleEventId(n));
      await rooms.addKnownEvents(roomId, []);
      assert.equal(await rooms.countKnownEvents(roomId), 0);
      await Promise.all([rooms.addKnownEvents(roomId, ids), rooms.addKnownEvents(roomId, ids.slice(200))]);
      await rooms.addKnownEvents(roomId, [...ids.slice(0, 2), sampleEventId(1000), sampleEventId(1000)]);
      await rooms.addKnownEvents(otherRoom, [sampleEventId(2000)]);
      assert.equal(await rooms.countKnownEvents(roomId), 451);
      assert.equal(await rooms.countKnownEvents(otherRoom), 1);
      assert.equal(await rooms.isKnownEvent(roomId, sampleEventId(1000)), true);
      assert.equal(await rooms.isKnownEvent(otherRoom, sampleEventId(1000)), false);
      assert.deepEqual(await rooms.rooms(), []);
    });

    it('keeps events byte for byte, whatever JSON they hold', async (test) => {
      const { rooms } = await engine.open(test);
      const expected = async (store: RoomStore, text: string, version: string): Promise<void> => {
        const pdu = stateEvent('odd', 'json', text, version);
        await store.putStateEvent(pdu);
        const stored = await store.stateEvent(roomId, 'odd', 'json');
        assert.equal(stored?.eventId, pdu.eventId);
        assert.equal(canonicalText(stored.raw), canonicalText(pdu.raw));
        assert.equal(eventText(stored.raw), eventText(pdu.raw));
      };
      await expected(rooms, '"a":1e+20,"b":-0,"c":123456789012345678901234567890,"d":0.10', '5');
      await expected(rooms, '"__proto__":{"__proto__":1},"constructor":2,"10":1,"2":1', '11');
      await fc.assert(
        fc.asyncProperty(contentText, async (text) => {
          await expected(rooms, text, '5');
        }),
        { numRuns: 150 },
      );
    });
  });

  describe(`keys in ${engine.name}`, () => {
    const key = (byte: number, validUntilTs: number, expired = false): VerifyKey => ({
      publicKey: new Uint8Array(32).fill(byte),
      validUntilTs,
      expired,
    });
    const document = (...keys: [KeyId, VerifyKey][]): ServerKeys => ({
      serverName: server,
      validUntilTs: 0,
      keys: new Map(keys),
    });
    const put = async (store: KeyStore, keys: ServerKeys): Promise<readonly (readonly [KeyId, VerifyKey])[]> => {
      await store.putKeys(keys);
      return [...(await store.keysOf(server))].map(([id, found]) => [
        id,
        { ...found, publicKey: Uint8Array.from(found.publicKey) },
      ]);
    };

    it('has none of a server that it was told nothing of', async (test) => {
      const { keys } = await engine.open(test);
      assert.equal((await keys.keysOf(server)).size, 0);
    });

    it('adds keys and keeps those that a later document leaves out', async (test) => {
      const { keys } = await engine.open(test);
      const old = parseKeyId('ed25519:old')!;
      await put(keys, document([old, key(1, 500, true)]));
      const found = new Map(await put(keys, document([keyId, key(2, 1_790_000_000_000)])));
      assert.deepEqual(found.get(old), key(1, 500, true));
      assert.deepEqual(found.get(keyId), key(2, 1_790_000_000_000));
    });

    it('renews validity, and never shortens it because of an old document', async (test) => {
      const { keys } = await engine.open(test);
      await put(keys, document([keyId, key(1, 1000)]));
      assert.deepEqual(await put(keys, document([keyId, key(1, 2000)])), [[keyId, key(1, 2000)]]);
      assert.deepEqual(await put(keys, document([keyId, key(1, 1500)])), [[keyId, key(1, 2000)]]);
    });

    it('lets a key expire, and brings it back only where its server vouches for it later', async (test) => {
      const { keys } = await engine.open(test);
      await put(keys, document([keyId, key(1, 2000)]));
      assert.deepEqual(await put(keys, document([keyId, key(1, 1800, true)])), [[keyId, key(1, 1800, true)]]);
      assert.deepEqual(await put(keys, document([keyId, key(1, 1700)])), [[keyId, key(1, 1800, true)]]);
      assert.deepEqual(await put(keys, document([keyId, key(1, 3000)])), [[keyId, key(1, 3000)]]);
    });

    it('never takes another key under a known id', async (test) => {
      const { keys } = await engine.open(test);
      await put(keys, document([keyId, key(1, 1000)]));
      assert.deepEqual(await put(keys, document([keyId, key(2, 9000)])), [[keyId, key(1, 1000)]]);
      assert.deepEqual(await put(keys, document([keyId, key(2, 9000, true)])), [[keyId, key(1, 1000)]]);
    });
  });

  describe(`${engine.name} as a whole`, () => {
    it('is writable, and may be closed twice', async (test) => {
      const storage = await engine.open(test);
      assert.equal(await storage.isWritable(), true);
      await storage.close();
      await storage.close();
    });
  });
}
