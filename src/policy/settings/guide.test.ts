import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { configSchema } from '../../config/schema.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { declaredErrors } from './declared.ts';
import { INSTANCE, parseScope } from './scope.ts';

const guide = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
const samples = [...guide.matchAll(/```yaml\n# (\w+)\n(.*?)```/gs)].map(([, kind = '', text = '']) => ({
  kind,
  value: parse(text) as unknown,
}));

describe('the samples of docs/rules.md', () => {
  it('are all of a known kind', () => {
    assert.equal(samples.length, guide.split('```yaml').length - 1);
    assert.ok(samples.length >= 5);
  });

  for (const [index, { kind, value }] of samples.entries()) {
    it(`can be used: ${kind}, the ${String(index + 1)}.`, async () => {
      const { settings } = await openTestSettings();
      const room = parseScope('room/!photos:example.org');
      const cats = parseScope('community/cats');
      assert.ok(room && cats);
      switch (kind) {
        case 'rule':
          assert.deepEqual(settings.check(INSTANCE, { rules: { sample: value } }), []);
          break;
        case 'room': {
          const [noLinks] = samples;
          const community = { name: 'Cats', preset: 'public', rooms: ['!photos:example.org'] };
          const change = { author: 'test', note: '' };
          const made = await settings.create('cats', { ...community, rules: { 'no-links': noLinks?.value } }, change);
          assert.ok(made.ok, JSON.stringify(made));
          assert.deepEqual(settings.check(room, value), []);
          break;
        }
        case 'community':
          assert.deepEqual(settings.check(cats, value), []);
          break;
        case 'configuration': {
          const config = configSchema.parse(value);
          assert.deepEqual(declaredErrors(config), []);
          break;
        }
        default:
          assert.fail(`no such kind of sample: ${kind}`);
      }
    });
  }
});
