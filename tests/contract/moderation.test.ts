import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Lockdown, Precedent, VerdictQuery } from '../../src/policy/moderation/ports.ts';
import type { ActionEntry } from '../../src/policy/ports.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import { engines } from './support/engines.ts';
import { roomId, sampleEventId, sampleVerdict } from './support/samples.ts';

const otherRoom = parseRoomId('!aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')!;

function samplePrecedent(changes: Partial<Precedent> = {}): Omit<Precedent, 'id'> {
  return {
    fingerprint: 'abc',
    action: 'allow',
    sender: sampleVerdict(1).sender,
    community: 'gardeners',
    roomId,
    reference: 'AAAA-AAAA-AA',
    decidedOn: sampleEventId(1),
    by: 'maria',
    note: 'a \u{1f600} note',
    madeAt: 1_000,
    until: 2_000,
    ...changes,
  };
}

function sampleLockdown(changes: Partial<Lockdown> = {}): Omit<Lockdown, 'id'> {
  return {
    scope: `room/${roomId}`,
    mode: 'lockdown',
    who: 'newcomers',
    intervalMs: 0,
    message: undefined,
    by: 'maria',
    note: 'raid',
    begunAt: 1_000,
    until: 2_000,
    ...changes,
  };
}

function sampleAction(n: number, changes: Partial<ActionEntry> = {}): Omit<ActionEntry, 'id'> {
  const details = { n, text: 'ü', flag: true, nothing: null };
  return { at: n, actor: 'maria', community: undefined, action: 'a', target: 't', note: '', details, ...changes };
}

for (const engine of engines) {
  describe(`precedents in ${engine.name}`, () => {
    it('hold until their end, or until they are ended', async (test) => {
      const { precedents } = await engine.open(test);
      assert.deepEqual(await precedents.holding(0), []);
      const first = await precedents.add(samplePrecedent());
      const second = await precedents.add(samplePrecedent({ sender: undefined, community: undefined, until: 3_000 }));
      assert.deepEqual(await precedents.holding(1_999), [first, second]);
      assert.deepEqual(await precedents.holding(2_000), [second]);
      assert.equal(await precedents.end(second.id, 2_500), true);
      assert.equal(await precedents.end(second.id, 2_600), false);
      assert.equal(await precedents.end(99, 0), false);
      assert.deepEqual(await precedents.holding(2_500), []);
      assert.deepEqual(await precedents.holding(2_000), [{ ...second, until: 2_500 }]);
    });
  });

  describe(`lockdowns in ${engine.name}`, () => {
    it('hold until their end, or until they are ended', async (test) => {
      const { lockdowns } = await engine.open(test);
      const first = await lockdowns.add(sampleLockdown());
      const second = await lockdowns.add(
        sampleLockdown({ scope: 'instance', mode: 'slow', who: 'everyone', intervalMs: 30_000, message: 'Slowly.' }),
      );
      assert.deepEqual(await lockdowns.holding(1_999), [first, second]);
      assert.deepEqual(await lockdowns.holding(2_000), []);
      assert.equal(await lockdowns.end(first.id, 1_500), true);
      assert.equal(await lockdowns.end(first.id, 1_600), false);
      assert.deepEqual(await lockdowns.holding(1_500), [second]);
    });
  });

  describe(`the queue in ${engine.name}`, () => {
    it('takes in what was flagged, each once', async (test) => {
      const { verdicts, queue } = await engine.open(test);
      for (const n of [1, 3, 5, 6]) await verdicts.add(sampleVerdict(n));
      assert.equal(await queue.takeInFlags(10), 2);
      assert.equal(await queue.takeInFlags(11), 0);
      await verdicts.add(sampleVerdict(9));
      assert.equal(await queue.takeInFlags(12), 1);
      const items = await queue.list({ rooms: undefined, status: undefined, before: undefined, limit: 10 });
      assert.deepEqual(
        items.map(({ kind, verdict, createdAt, status }) => [kind, verdict, createdAt, status]),
        [9, 6, 3].map((n) => ['flag', sampleVerdict(n), n === 9 ? 12 : 10, 'open']),
      );
      assert.equal(await queue.waiting(), 3);
    });

    it('has one appeal at a time against a verdict', async (test) => {
      const { verdicts, queue } = await engine.open(test);
      const verdict = await verdicts.add(sampleVerdict(1));
      const appeal = await queue.addAppeal(verdict, 'why?', 10);
      assert.deepEqual([appeal?.kind, appeal?.statement, appeal?.verdict], ['appeal', 'why?', verdict]);
      assert.equal(await queue.addAppeal(verdict, 'again', 11), undefined);
      assert.equal(await queue.change(appeal?.id ?? 0, 'open', { status: 'decided' }), true);
      assert.notEqual(await queue.addAppeal(verdict, 'again', 12), undefined);
    });

    it('changes an item only from the status that it is in, and gives pages', async (test) => {
      const { verdicts, queue } = await engine.open(test);
      for (const n of [3, 6, 9]) await verdicts.add(sampleVerdict(n));
      await queue.takeInFlags(10);
      const all = { rooms: undefined, status: undefined, before: undefined, limit: 10 };
      const [last, middle, first] = await queue.list(all);
      assert.ok(last !== undefined && middle !== undefined && first !== undefined);
      assert.equal(await queue.change(middle.id, 'open', { status: 'claimed', claimedBy: 'maria' }), true);
      assert.equal(await queue.change(middle.id, 'open', { status: 'claimed', claimedBy: 'otto' }), false);
      const decided = { status: 'decided', decidedBy: 'otto', decidedAt: 20, decision: 'allow', note: 'fine' } as const;
      assert.equal(await queue.change(middle.id, 'claimed', decided), true);
      assert.deepEqual(await queue.find(middle.id), { ...middle, ...decided, claimedBy: 'maria' });
      assert.equal(await queue.change(first.id, 'open', { status: 'claimed', claimedBy: 'maria' }), true);
      assert.equal(await queue.change(first.id, 'claimed', { status: 'open', claimedBy: undefined }), true);
      assert.equal((await queue.find(first.id))?.claimedBy, undefined);
      assert.equal(await queue.find(999), undefined);
      assert.equal(await queue.waiting(), 2);
      assert.deepEqual(
        (await queue.list({ ...all, status: 'open' })).map(({ id }) => id),
        [last.id, first.id],
      );
      assert.deepEqual(
        (await queue.list({ ...all, before: last.id, limit: 1 })).map(({ id }) => id),
        [middle.id],
      );
      assert.equal((await queue.list({ ...all, rooms: [roomId] })).length, 3);
      assert.equal((await queue.list({ ...all, rooms: [otherRoom] })).length, 0);
    });
  });

  describe(`the search in ${engine.name}`, () => {
    it('finds verdicts by room, sender, decider and outcome, newest first, in pages', async (test) => {
      const { verdicts, search } = await engine.open(test);
      const added = new Map<number, Verdict>();
      for (let n = 1; n <= 12; n += 1) {
        added.set(n, await verdicts.add(sampleVerdict(n, n > 9 ? { roomId: otherRoom } : {})));
      }
      const any = { rooms: undefined, sender: undefined, decidedBy: undefined, outcome: undefined, limit: 20 };
      const numbers = async (query: Partial<VerdictQuery>): Promise<readonly number[]> => {
        const pages: number[] = [];
        let before: number | undefined;
        do {
          const found = await search.search({ ...any, noteworthyOnly: false, before, ...query });
          for (const { verdict } of found.verdicts) {
            pages.push([...added].find(([, known]) => known.eventId === verdict.eventId)?.[0] ?? 0);
          }
          before = found.next;
        } while (before !== undefined);
        return pages;
      };
      const everything = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
      for (const limit of [1, 5, 20]) {
        assert.deepEqual(await numbers({ limit }), everything);
        assert.deepEqual(await numbers({ limit, noteworthyOnly: true }), [12, 10, 9, 6, 5, 3]);
        assert.deepEqual(
          await numbers({ limit, noteworthyOnly: true, rooms: [otherRoom, roomId] }),
          [12, 10, 9, 6, 5, 3],
        );
        assert.deepEqual(await numbers({ limit, noteworthyOnly: true, rooms: [otherRoom] }), [12, 10]);
        assert.deepEqual(await numbers({ limit, rooms: [otherRoom] }), [12, 11, 10]);
      }
      assert.deepEqual(await numbers({ rooms: [] }), []);
      assert.deepEqual(await numbers({ rooms: [], noteworthyOnly: true }), []);
      assert.deepEqual(await numbers({ sender: sampleVerdict(5).sender }), [5]);
      assert.deepEqual(await numbers({ sender: sampleVerdict(5).sender, noteworthyOnly: true }), [5]);
      assert.deepEqual(await numbers({ decidedBy: 'words' }), [12, 9, 6, 3]);
      assert.deepEqual(await numbers({ outcome: 'sign', noteworthyOnly: true }), [10, 5]);
      assert.deepEqual(await numbers({ outcome: 'refuse' }), [12, 9, 6, 3]);
    });
  });

  describe(`admin tokens in ${engine.name}`, () => {
    it('are kept for ever, and revoked once', async (test) => {
      const { adminTokens } = await engine.open(test);
      const usual = { name: 'bot', community: undefined, secretHash: 'abc=', by: 'maria', createdAt: 1 };
      const first = await adminTokens.add({ ...usual, expiresAt: undefined, revokedAt: undefined });
      const second = await adminTokens.add({ ...usual, community: 'garden', expiresAt: 5, revokedAt: undefined });
      assert.deepEqual(await adminTokens.all(), [first, second]);
      assert.equal(await adminTokens.revoke(first.id, 3), true);
      assert.equal(await adminTokens.revoke(first.id, 4), false);
      assert.equal(await adminTokens.revoke(99, 4), false);
      assert.deepEqual(await adminTokens.all(), [{ ...first, revokedAt: 3 }, second]);
    });
  });

  describe(`the log of actions in ${engine.name}`, () => {
    it('gives them back newest first, in pages, of one community or all', async (test) => {
      const { actions } = await engine.open(test);
      const entries: ActionEntry[] = [];
      for (let n = 1; n <= 5; n += 1) {
        entries.push(await actions.add(sampleAction(n, { community: n % 2 === 0 ? 'even' : undefined })));
      }
      const newestFirst = entries.toReversed();
      const all = { community: undefined, before: undefined, limit: 10 };
      assert.deepEqual(await actions.list(all), newestFirst);
      assert.deepEqual(await actions.list({ ...all, limit: 2 }), newestFirst.slice(0, 2));
      assert.deepEqual(await actions.list({ ...all, before: newestFirst[1]?.id }), newestFirst.slice(2));
      assert.deepEqual(
        (await actions.list({ ...all, community: 'even' })).map(({ at }) => at),
        [4, 2],
      );
    });
  });
}
