import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleDecision } from '../../src/policy/lists/ports.ts';
import { parseEventId } from '../../src/protocol/ids/event-id.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import { openSqliteStorage } from '../../src/storage/storage.ts';
import { databasePath, engines } from './support/engines.ts';

function decision(more: Partial<RuleDecision> = {}): RuleDecision {
  const list = parseRoomId('!list:one.example');
  const ruleEventId = parseEventId('$rule');
  assert.ok(list !== undefined && ruleEventId !== undefined);
  return {
    ...{ scope: 'games', list, rule: 'user @*:evil.example', standing: 'waiting', ruleEventId },
    ...{ people: 12, moderators: 1, since: 1_750_000_000_000, by: null },
    ...more,
  };
}

for (const engine of engines) {
  describe(`decisions about rules of lists in ${engine.name}`, () => {
    it('keeps the latest for each community, list and rule', async (test) => {
      const { ruleDecisions } = await engine.open(test);
      assert.deepEqual(await ruleDecisions.all(), []);
      await ruleDecisions.put(decision());
      await ruleDecisions.put(decision({ scope: '!room:one.example', since: 1_750_000_000_001 }));
      await ruleDecisions.put(
        decision({ rule: 'user @a b:evil.example 💥', since: 1_750_000_000_002, standing: 'passed' }),
      );
      await ruleDecisions.put(decision({ standing: 'approved', by: 'alice', since: 1_750_000_000_003 }));
      const all = new Map((await ruleDecisions.all()).map((one) => [`${one.scope} ${one.rule}`, one]));
      assert.equal(all.size, 3);
      assert.deepEqual(
        all.get('games user @*:evil.example'),
        decision({ standing: 'approved', by: 'alice', since: 1_750_000_000_003 }),
      );
      assert.equal(all.get('games user @a b:evil.example 💥')?.standing, 'passed');
      assert.equal(all.get('!room:one.example user @*:evil.example')?.by, null);
    });

    it('stores many and forgets others together', async (test) => {
      const { ruleDecisions } = await engine.open(test);
      await ruleDecisions.put(decision());
      const put = Array.from({ length: 600 }, (_, n) => decision({ rule: `user @u${String(n)}:evil.example` }));
      await ruleDecisions.change({ put, forget: [decision(), decision({ scope: 'nobody' })] });
      assert.deepEqual(
        new Set((await ruleDecisions.all()).map(({ rule }) => rule)),
        new Set(put.map(({ rule }) => rule)),
      );
      await ruleDecisions.change({ put: [], forget: put });
      assert.deepEqual(await ruleDecisions.all(), []);
    });
  });
}

it('decisions about rules of lists are there after a restart', async (test) => {
  const path = databasePath(test);
  const first = await openSqliteStorage({ path });
  await first.ruleDecisions.put(decision());
  await first.close();
  await using second = await openSqliteStorage({ path });
  assert.deepEqual(await second.ruleDecisions.all(), [decision()]);
});
