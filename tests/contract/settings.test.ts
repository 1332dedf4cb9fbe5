import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SettingsRevision } from '../../src/policy/settings/ports.ts';
import { engines } from './support/engines.ts';

function revisionOf(scope: string, revision: number, more: Partial<SettingsRevision> = {}): SettingsRevision {
  return {
    scope,
    revision,
    document: `{"n":${String(revision)}}`,
    author: 'ann',
    note: '',
    at: 1_000 + revision,
    ...more,
  };
}

for (const engine of engines) {
  describe(`settings in ${engine.name}`, () => {
    it('are revisions, the last of each scope first to be found', async (test) => {
      const { settings } = await engine.open(test);
      assert.deepEqual(await settings.latest(), []);
      for (const revision of [1, 2, 3]) assert.equal(await settings.append(revisionOf('instance', revision)), true);
      const gone = revisionOf('community/gone', 1, { document: null, note: 'closed', author: '@ann:a.example' });
      assert.equal(await settings.append(gone), true);
      const latest = [...(await settings.latest())].sort((a, b) => (a.scope < b.scope ? -1 : 1));
      assert.deepEqual(latest, [gone, revisionOf('instance', 3)]);
      assert.deepEqual(await settings.revision('instance', 2), revisionOf('instance', 2));
      assert.equal(await settings.revision('instance', 4), undefined);
      assert.equal(await settings.revision('room/!a:b', 1), undefined);
    });

    it('have a history, newest first, in pages', async (test) => {
      const { settings } = await engine.open(test);
      for (const revision of [1, 2, 3, 4]) await settings.append(revisionOf('room/!a:b', revision));
      const numbers = async (limit: number, before?: number): Promise<number[]> =>
        (await settings.history('room/!a:b', limit, before)).map(({ revision }) => revision);
      assert.deepEqual(await numbers(10), [4, 3, 2, 1]);
      assert.deepEqual(await numbers(2), [4, 3]);
      assert.deepEqual(await numbers(2, 3), [2, 1]);
      assert.deepEqual(await settings.history('instance', 10), []);
    });

    it('never change: of two with one number the first stays', async (test) => {
      const { settings } = await engine.open(test);
      const added = await Promise.all([
        settings.append(revisionOf('instance', 1, { author: 'ann' })),
        settings.append(revisionOf('instance', 1, { author: 'ben' })),
      ]);
      assert.deepEqual(added, [true, false]);
      assert.equal((await settings.revision('instance', 1))?.author, 'ann');
    });

    it('in force are found by their fingerprint', async (test) => {
      const { settings } = await engine.open(test);
      await settings.putConfiguration('abc', '{"rules":{}}');
      await settings.putConfiguration('abc', '{"rules":{}}');
      assert.equal(await settings.configuration('abc'), '{"rules":{}}');
      assert.equal(await settings.configuration('def'), undefined);
    });
  });
}
