import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ReplayLog } from '../../src/policy/replay/ports.ts';
import type { KeptContent } from '../../src/policy/retention/ports.ts';
import { withKeys } from '../../src/protocol/json.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openReplayLog } from '../../src/storage/sqlite/replay-log.ts';
import { openSqliteStorage } from '../../src/storage/storage.ts';
import { databasePath, engines } from './support/engines.ts';
import { roomId, sampleEventId, sampleJoin, sampleVerdict } from './support/samples.ts';

const START = 1_790_000_000_000;
const DAY = 86_400_000;

/** Verdicts a day apart, with their events; the third was decided otherwise later. */
async function filled(storage: Storage, count = 5): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const measure = { kind: n === 2 ? 'reaction' : 'message' } as const;
    const answers = [{ question: 'count', key: 'was', answer: n }] as const;
    const verdict = sampleVerdict(n, { decidedAt: START + n * DAY, facts: { measure, answers } });
    await storage.verdicts.add(verdict, `{"n":${String(n)}}`);
  }
  await storage.verdicts.add(sampleVerdict(3, { revision: 2, decidedAt: START + 9 * DAY }));
}

async function positions(log: ReplayLog, span: Partial<Parameters<ReplayLog['read']>[0]> = {}): Promise<number[]> {
  const entries = await log.read({ after: 0, upTo: 100, limit: 100, withEvents: true, ...span });
  return entries.map(({ position }) => position);
}

const LEFT = { left: 1, answers: [{ question: 'count', key: 'k', answer: 2 }] } as const;

function forgotten({ position, verdict }: KeptContent): Parameters<Storage['content']['forget']>[0][number] {
  const { eventId } = verdict;
  return { position, eventId, evidence: [{ path: 'a', note: 'gone' }], flags: [], shadow: [], facts: LEFT };
}

for (const engine of engines) {
  describe(`the log to replay in ${engine.name}`, () => {
    it('has first verdicts in their order, with their events where wanted', async (test) => {
      const storage = await engine.open(test);
      assert.deepEqual([await storage.replayLog.lastPosition(), await positions(storage.replayLog)], [0, []]);
      await filled(storage);
      const { replayLog } = storage;
      assert.equal(await replayLog.lastPosition(), 6);
      assert.deepEqual(await positions(replayLog), [1, 2, 3, 4, 5]);
      assert.deepEqual(await positions(replayLog, { after: 1, upTo: 4, limit: 2 }), [2, 3]);
      assert.deepEqual(await positions(replayLog, { shadowedOnly: true }), [5]);
      const [first] = await replayLog.read({ after: 0, upTo: 1, limit: 1, withEvents: true });
      assert.deepEqual(first?.verdict, (await storage.verdicts.history(sampleEventId(1)))[0]);
      assert.equal(first?.event, '{"n":1}');
      const [bare] = await replayLog.read({ after: 0, upTo: 1, limit: 1, withEvents: false });
      assert.equal(bare?.event, undefined);
    });

    it('begins where a time begins', async (test) => {
      const storage = await engine.open(test);
      await filled(storage);
      const before = (days: number): Promise<number> => storage.replayLog.positionBefore(START + days * DAY);
      assert.deepEqual([await before(0), await before(1), await before(3), await before(99)], [0, 0, 2, 6]);
    });

    it('counts signed messages, and knows people and settings', async (test) => {
      const storage = await engine.open(test);
      await filled(storage);
      await storage.settings.putConfiguration('abc', '{}');
      const { replayLog } = storage;
      const counted = await replayLog.messagesBetween(0, 4);
      // The second is a reaction, the third was refused.
      const expected = [1, 4].map((n) => ({ userId: sampleVerdict(n).sender, roomId, messages: 1 }));
      assert.deepEqual(
        [...counted].sort((a, b) => (a.userId < b.userId ? -1 : 1)),
        expected,
      );
      assert.equal(await replayLog.configuration('abc'), '{}');
      assert.equal(await replayLog.configuration('def'), undefined);
      assert.deepEqual([await replayLog.people([sampleVerdict(1).sender]), await replayLog.peoplePosition()], [[], 0]);
    });
  });

  describe(`kept content in ${engine.name}`, () => {
    it('is found by age, oldest first, and forgotten with what verdicts quote', async (test) => {
      const storage = await engine.open(test);
      await filled(storage);
      const { content } = storage;
      const due = await content.keptBefore(START + 3 * DAY, 10);
      assert.deepEqual([due.map(({ position }) => position), due[0]?.event], [[1, 2], '{"n":1}']);
      assert.equal((await content.keptBefore(START + 99 * DAY, 3)).length, 3);
      await content.forget(due.map(forgotten));
      assert.deepEqual(await content.keptBefore(START + 3 * DAY, 10), []);
      assert.equal(await storage.judgedEvents.find(sampleEventId(1)), undefined);
      assert.equal(await storage.judgedEvents.find(sampleEventId(3)), '{"n":3}');
      const verdict = await storage.verdicts.find(sampleEventId(1));
      const { evidence, flags, shadow, facts, ...rest } = verdict ?? sampleVerdict(0);
      assert.deepEqual([evidence, flags, shadow, facts], [[{ path: 'a', note: 'gone' }], [], [], LEFT]);
      const whole = sampleVerdict(1, { decidedAt: START + DAY });
      assert.deepEqual(
        [rest.decision, rest.reference, rest.decidedAt],
        [whole.decision, whole.reference, whole.decidedAt],
      );
    });

    it('is found by sender, with all revisions, and in appeals', async (test) => {
      const storage = await engine.open(test);
      await filled(storage);
      const { sender } = sampleVerdict(3);
      const { found, next } = await storage.content.ofSender(sender, 0);
      assert.deepEqual(
        [found.map(({ position, event }) => [position, event]), next],
        [
          [
            [3, '{"n":3}'],
            [6, undefined],
          ],
          undefined,
        ],
      );
      const [refused] = await storage.verdicts.history(sampleEventId(3));
      assert.ok(refused !== undefined);
      const item = await storage.queue.addAppeal(refused, 'I only said hello', 1);
      assert.equal(await storage.content.countStatements(sender, 'gone'), 1);
      assert.equal(await storage.content.forgetStatements(sender, 'gone'), 1);
      assert.equal(await storage.content.countStatements(sender, 'gone'), 0);
      assert.equal(await storage.content.forgetStatements(sender, 'gone'), 0);
      assert.equal((await storage.queue.find(item?.id ?? 0))?.statement, 'gone');
      await storage.content.scrub();
    });
  });
}

for (const engine of engines) {
  describe(`events to erase in ${engine.name}`, () => {
    it('are found by their sender, and keep everything but their content', async (test) => {
      const { graph, erasableEvents } = await engine.open(test);
      const join = sampleJoin(3, 1);
      await graph.append(join);
      const [first] = join.events;
      assert.ok(first !== undefined);
      const { events, next } = await erasableEvents.eventsOf(first.sender, 0);
      assert.ok(events.every(({ sender }) => sender === first.sender) && events.length > 0);
      assert.equal(next, undefined);
      assert.deepEqual((await erasableEvents.eventsOf('@nobody:example.org', 0)).events, []);
      const before = (await graph.events(roomId, [first.eventId])).get(first.eventId);
      assert.ok(before !== undefined);
      const raw = withKeys(before.raw, new Map([['content', {}]]));
      await erasableEvents.replaceContent([{ roomId, eventId: first.eventId, raw }]);
      assert.deepEqual((await graph.events(roomId, [first.eventId])).get(first.eventId), { ...before, raw });
      const streamed = (await graph.stream(0, 100)).find(({ eventId }) => eventId === first.eventId);
      assert.deepEqual(streamed, { ...before, raw });
    });
  });
}

describe('forgotten content in SQLite', () => {
  it('is nowhere in the files, while another thread reads, however much there was', async (test) => {
    const path = databasePath(test);
    const storage = await openSqliteStorage({ path });
    test.after(async () => await storage.close());
    const secret = 'zanzibarhoneymoon';
    const evidence = [{ path: 'content.body', matched: secret, note: `word "${secret}"` }];
    const adding = Array.from({ length: 2_000 }, (_, n) => {
      const event = JSON.stringify({ body: `${secret} `.repeat(1 + (n % 400)) });
      return storage.verdicts.add(sampleVerdict(n, { evidence: n % 2 === 0 ? evidence : [] }), event);
    });
    await Promise.all(adding);
    using reader = openReplayLog(path);
    assert.equal((await reader.read({ after: 0, upTo: 9_999, limit: 10, withEvents: true })).length, 10);
    for (;;) {
      const due = await storage.content.keptBefore(Infinity, 200);
      if (due.length === 0) break;
      await storage.content.forget(due.map(forgotten));
    }
    await storage.content.scrub();
    const files = [path, `${path}-wal`].map((file) => readFileSync(file).includes(secret));
    assert.deepEqual(files, [false, false]);
  });
});
