import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ActionEntry, Precedent } from '../../src/policy/moderation/ports.ts';
import { engines } from './support/engines.ts';
import { roomId, sampleEventId, sampleVerdict } from './support/samples.ts';

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
