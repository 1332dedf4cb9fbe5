/** Each rule that docs/comparison.md shows can be saved, refuses what it is for, and lets pass what is only like it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { COMPARED, WITHOUT_RULE } from '../../../tests/support/compared-events.ts';
import { guideNamed, samplesOf } from '../../../tests/support/guides.ts';
import { exampleOf } from '../../../tests/support/policy-events.ts';
import type { ExampleEvent } from '../filters/filter.ts';
import { decide } from '../pipeline.ts';
import { compilePolicy, NO_EXEMPTIONS, type CompiledPolicy } from '../rules/compiled-policy.ts';
import { MAPPERS } from './policyserv-filters.ts';
import { importPolicyserv } from './policyserv.ts';

const guide = guideNamed('docs/comparison.md');
const HEADS = new Set(['filter', 'protection']);
const rows = [...guide.text.matchAll(/^\| (.+?) \| (.+) \|$/gm)]
  .map(([, what = '', text = '']) => ({ what: what.trim(), text }))
  .filter(({ what }) => !HEADS.has(what) && !/^-+$/.test(what));

function compiled(rules: Readonly<Record<string, unknown>>): CompiledPolicy {
  const document = { rules: new Map(Object.entries(rules)), exempt: NO_EXEMPTIONS, wordLists: new Map() };
  const result = compilePolicy(document, 'test');
  assert.ok(result.ok, JSON.stringify(result));
  return result.policy;
}

function outcomeOf({ rules }: CompiledPolicy, example: ExampleEvent): string {
  const { event, facts } = exampleOf(example);
  return decide(event, facts, rules).outcome;
}

/** Refuses all that the rule before it does not allow. */
const REST = { order: 900, when: { not: { event_type: { types: ['org.example.none'] } } } };

describe('docs/comparison.md', () => {
  for (const { what, text } of rows) {
    const rules = [...text.matchAll(/`(\{.*?\})`(?=[;,. ]|$)/g)].map(([, rule = '']) => rule);
    const pairs = COMPARED.get(what) ?? [];

    it(`${what}: each rule is tried, or it is said why there is none`, () => {
      assert.equal(rules.length, pairs.length);
      assert.equal(rules.length === 0, WITHOUT_RULE.has(what));
    });

    for (const [index, rule] of rules.entries()) {
      it(`${what}: ${rule}`, () => {
        const sample: unknown = parse(rule);
        const allows = /^\{action: allow/.test(rule);
        const policy = compiled({ sample, ...(allows ? { rest: REST } : {}) });
        const pair = pairs[index];
        assert.ok(pair !== undefined);
        assert.deepEqual([outcomeOf(policy, pair.refused), outcomeOf(policy, pair.passed)], ['refuse', 'sign']);
      });
    }
  }

  it('has a row for each filter of policyserv, and none that is tried without being there', () => {
    const shown = new Set(rows.map(({ what }) => what));
    const wanted = [...MAPPERS.map(({ filter }) => filter), ...COMPARED.keys(), ...WITHOUT_RULE];
    assert.deepEqual(
      wanted.filter((what) => !shown.has(what)),
      [],
    );
  });

  it('shows the rules that its template becomes', () => {
    const [template = '', ...others] = samplesOf(guide).flatMap(({ text }) => (text.startsWith('{{') ? [text] : []));
    assert.deepEqual(others, []);
    const [shown] = samplesOf(guide).filter(({ language }) => language === 'yaml');
    const { rules, report } = importPolicyserv(
      { keyword_template_filter_template_names: ['example'] },
      { templates: new Map([['example', template]]) },
    );
    const made = Object.entries(rules).filter(([name]) => name.includes('template'));
    assert.deepEqual(parse(shown?.text ?? ''), { rules: Object.fromEntries(made) });
    const notes = report.find(({ what }) => what === 'KeywordTemplate')?.notes.join('\n') ?? '';
    assert.match(notes, /line 11: not carried over \(org\.example\.flood\)/);
    assert.match(notes, /line 10: the function `len` has no counterpart/);
  });
});
