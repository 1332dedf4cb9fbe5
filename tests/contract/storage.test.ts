import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyStore } from '../../src/federation/ports.ts';
import type { AnswerRecord } from '../../src/policy/answers.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import type { ServerKeys, VerifyKey } from '../../src/protocol/key-documents.ts';
import { parseKeyId, type KeyId } from '../../src/protocol/ids/key-id.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import { engines } from './support/engines.ts';
import { roomId, sampleEventId, sampleRoom, sampleVerdict, server } from './support/samples.ts';

const otherRoom = parseRoomId('!aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')!;
const keyId = parseKeyId('ed25519:a_1')!;

/** One of each kind, and what is hard to keep. */
const ANSWERS: readonly AnswerRecord[] = [
  {
    question: 'person',
    key: 'sender',
    answer: {
      ...{ firstSeenAt: 1.5, firstSeenInCommunityAt: null, joinedAt: 0, wasInvited: true },
      ...{ messagesHere: 3, messagesInCommunity: 40 },
    },
  },
  { question: 'count', key: 'messages per sender', answer: 7 },
  { question: 'count', key: 'joins per room', answer: 0 },
  { question: 'similar', key: 'text among all', answer: { events: 3, senders: 2, rooms: 1 } },
  { question: 'list', key: '["enforce",null,null]', answer: null },
  { question: 'lookalike', key: 'name\nof two lines', answer: { userId: '@a:b', name: 'x\ny' } },
  { question: 'redactionTarget', key: 'target', answer: '@a:b' },
  { question: 'remote', key: '', answer: { labels: [{ label: 'spam', score: 0.5 }], note: null } },
];

function failed({ question, key }: AnswerRecord): AnswerRecord {
  return { question, key, answer: { failed: 'no answer\nin time' } };
}

for (const engine of engines) {
  describe(`verdicts in ${engine.name}`, () => {
    it('has none about an event that it was told nothing of', async (test) => {
      const { verdicts } = await engine.open(test);
      assert.equal(await verdicts.find(sampleEventId(1)), undefined);
      assert.equal(await verdicts.latest(sampleEventId(1)), undefined);
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
        sampleVerdict(11, { facts: { kept: true, answers: ANSWERS } }),
        sampleVerdict(13, { facts: { answers: ANSWERS.map(failed) } }),
        sampleVerdict(15, { facts: { answers: ANSWERS.slice(0, 2).toReversed() } }),
        sampleVerdict(17, { facts: { answers: [] } }),
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
      assert.equal((await verdicts.latest(first.eventId))?.revision, 1);
      const third = { ...sampleVerdict(1), eventId: first.eventId, revision: 3, reference: 'OVER-RIDE-03' };
      const second = { ...sampleVerdict(1), eventId: first.eventId, revision: 2, reference: 'OVER-RIDE-02' };
      await verdicts.add(third);
      await verdicts.add(second);
      assert.deepEqual(await verdicts.find(first.eventId), third);
      const { revision, reference, decision } = (await verdicts.latest(first.eventId)) ?? first;
      assert.deepEqual([revision, reference, decision], [3, third.reference, third.decision]);
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

    it('keeps the event beside its first verdict', async (test) => {
      const { verdicts, judgedEvents } = await engine.open(test);
      const event = '{"body":"ü \\u0000 1.50","n":1e3}';
      await verdicts.add(sampleVerdict(1), event);
      await verdicts.add(sampleVerdict(1, { revision: 2 }));
      await verdicts.add(sampleVerdict(1), 'another');
      await verdicts.add(sampleVerdict(2));
      assert.equal(await judgedEvents.find(sampleEventId(1)), event);
      assert.equal(await judgedEvents.find(sampleEventId(2)), undefined);
      assert.equal(await judgedEvents.find(sampleEventId(3)), undefined);
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
