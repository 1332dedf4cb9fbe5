/** Each rule that docs/comparison.md shows can be saved and is in force. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { compilePolicy, NO_EXEMPTIONS } from '../rules/compiled-policy.ts';
import { MAPPERS } from './policyserv-filters.ts';

const guide = readFileSync(new URL('../../../docs/comparison.md', import.meta.url), 'utf8');
const rows = [...guide.matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(([, what = '', text = '']) => ({
  what: what.trim(),
  text,
}));

describe('docs/comparison.md', () => {
  for (const { what, text } of rows) {
    for (const [, rule = ''] of text.matchAll(/`(\{.*?\})`/g)) {
      it(`${what}: ${rule}`, () => {
        const rules = new Map<string, unknown>([['sample', parse(rule)]]);
        const compiled = compilePolicy({ rules, exempt: NO_EXEMPTIONS, wordLists: new Map() }, 'test');
        assert.ok(compiled.ok, JSON.stringify(compiled));
        assert.equal(compiled.policy.rules.length, 1);
      });
    }
  }

  it('has a row for each filter of policyserv', () => {
    const shown = new Set(rows.map(({ what }) => what));
    assert.deepEqual(
      MAPPERS.map(({ filter }) => filter).filter((filter) => !shown.has(filter)),
      [],
    );
  });
});
