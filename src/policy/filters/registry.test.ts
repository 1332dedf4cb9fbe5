import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkOf, exampleOf } from '../../../tests/support/policy-events.ts';
import type { CheckResult, DefinedFilter, ExampleEvent } from './filter.ts';
import { filterNamed, FILTERS } from './registry.ts';

function resultFor(filter: DefinedFilter, example: ExampleEvent): CheckResult {
  const { event, facts } = exampleOf(example);
  return checkOf(filter, filter.example.settings)(event, facts);
}

describe('the registry of filters', () => {
  it('has each name once, in snake_case', () => {
    const names = FILTERS.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9_]*$/);
    for (const filter of FILTERS) assert.equal(filterNamed(filter.name), filter);
  });

  for (const filter of FILTERS) {
    it(`${filter.name}: its example matches and ignores what it says`, () => {
      const matched = resultFor(filter, filter.example.matches);
      assert.ok(matched.matched === 'yes' && matched.evidence.length > 0);
      assert.deepEqual(resultFor(filter, filter.example.ignores), { matched: 'no' });
    });
  }

  /** Its subject is the size of the whole event. */
  const looksAtEverything: ReadonlySet<string> = new Set(['event_size']);

  for (const filter of FILTERS.filter(({ name }) => !looksAtEverything.has(name))) {
    it(`${filter.name}: fields that are none of its business do not change what it says`, () => {
      const { matches, ignores } = filter.example;
      const expected = [resultFor(filter, matches), resultFor(filter, ignores)];
      fc.assert(
        fc.property(fc.integer(), fc.nat({ max: 1_000_000 }), fc.json({ maxDepth: 2 }), (number, depth, text) => {
          const changed = [matches, ignores].map((example) => ({
            ...example,
            content: { ...example.content, 'org.matrix.msc0.example': number },
            fields: { ...example.fields, depth, unsigned: { text }, 'org.example.other': text },
          }));
          assert.deepEqual(
            changed.map((example) => resultFor(filter, example)),
            expected,
          );
        }),
        { numRuns: 20 },
      );
    });
  }
});
