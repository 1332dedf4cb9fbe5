import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { valueAtPath } from '../../../tests/support/check-results.ts';
import { undescribed } from '../../../tests/support/described.ts';
import { checkOf, exampleOf } from '../../../tests/support/policy-events.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { htmlToText } from '../reading/html-text.ts';
import type { Evidence } from '../verdict.ts';
import { excerpt, type CheckResult, type DefinedFilter, type ExampleEvent } from './filter.ts';
import { filterNamed, FILTERS } from './registry.ts';

/** They look at the event as a whole, or at all of its fields. */
const SEE_EVERY_FIELD: ReadonlySet<string> = new Set(['event_size', 'unknown_fields', 'raw_content', 'weak_key']);

/** What they look at stands outside of what is encrypted. */
const JUDGE_ENCRYPTED = [
  ...['event_type', 'relation', 'sticky_event', 'event_size', 'clock_drift', 'weak_key', 'membership', 'encrypted'],
  ...['sender', 'user_id_shape', 'display_name', 'lookalike', 'newcomer', 'power_level', 'invited', 'first_message'],
  ...['rate', 'raid', 'policy_list', 'open_registration', 'time'],
];

/** They tell what a link in the span leads to, in the form that people know. */
const TELL_WHAT_IS_LINKED: ReadonlySet<string> = new Set(['links', 'matrix_links']);

function resultOf(filter: DefinedFilter, example: ExampleEvent): { event: EventReading; result: CheckResult } {
  const { event, facts } = exampleOf(example);
  return { event, result: checkOf(filter, filter.example.settings)(event, facts) };
}

function checkEvidence(event: EventReading, filter: DefinedFilter, { path, span, matched }: Evidence): void {
  if (span === undefined) return;
  const value = valueAtPath(event.pdu.raw, path);
  const where = `${filter.name}: ${path} ${JSON.stringify(value)} ${JSON.stringify(span)}`;
  assert.ok(typeof value === 'string', where);
  assert.ok(span.start >= 0 && span.start <= span.end && span.end <= value.length, where);
  if (matched === undefined || TELL_WHAT_IS_LINKED.has(filter.name)) return;
  const part = value.slice(span.start, span.end);
  assert.ok([excerpt(part), excerpt(htmlToText(part).text)].includes(matched), `${where} ${JSON.stringify(matched)}`);
}

describe('the filters', () => {
  it('have names of their own', () => {
    const names = FILTERS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const filter of FILTERS) {
      assert.match(filter.name, /^[a-z]+(?:_[a-z]+)*$/);
      assert.match(filter.summary, /^[A-Z].*\.$/);
      assert.equal(filterNamed(filter.name), filter);
    }
    assert.equal(filterNamed('constructor'), undefined);
  });

  it('have a file and a table test of their own', () => {
    const files = new Set(readdirSync(import.meta.dirname));
    for (const { name } of FILTERS) {
      const file = name.replaceAll('_', '-');
      assert.ok(files.has(`${file}.ts`) && files.has(`${file}.test.ts`), name);
    }
  });

  it('judge encrypted events by all but what encryption hides', () => {
    assert.deepEqual(
      FILTERS.filter(({ readsContent }) => !readsContent).map(({ name }) => name),
      JUDGE_ENCRYPTED,
    );
  });

  for (const filter of FILTERS) {
    const { name, example } = filter;

    it(`${name} matches its example, and ignores the other`, () => {
      assert.equal(resultOf(filter, example.matches).result.matched, 'yes');
      assert.equal(resultOf(filter, example.ignores).result.matched, 'no');
    });

    it(`${name} describes each of its settings`, () => {
      const schema = z.toJSONSchema(filter.settings, { io: 'input', unrepresentable: 'any' });
      assert.deepEqual(undescribed(schema, name), []);
    });

    it(`${name} says of its example where it saw something`, () => {
      const { event, result } = resultOf(filter, example.matches);
      assert.ok(result.matched === 'yes' && result.evidence.length > 0);
      for (const evidence of result.evidence) checkEvidence(event, filter, evidence);
    });

    it(
      `${name} does not look at unrelated fields`,
      { skip: SEE_EVERY_FIELD.has(name) && 'every field is its business' },
      () => {
        const unrelated = fc.dictionary(
          fc.stringMatching(/^org\.example\.[a-z]{1,5}$/),
          fc.oneof(fc.stringMatching(/^[a-z]{0,5}$/), fc.boolean(), fc.integer({ min: 0, max: 9 })),
          { maxKeys: 3 },
        );
        fc.assert(
          fc.property(unrelated, fc.constantFrom(example.matches, example.ignores), (more, event) => {
            const changed = {
              ...event,
              content: { ...more, ...event.content },
              fields: { unsigned: more, ...event.fields },
            };
            assert.deepEqual(resultOf(filter, changed).result, resultOf(filter, event).result);
          }),
          { numRuns: 10 },
        );
      },
    );
  }

  it('keep what they tell short, however long a text is', () => {
    const long = ['𝖋𝖗', 'ﬃ', 'ab', '\u0301a', 'xn--a.', '😂'].flatMap((unit) => {
      const run = unit.repeat(3_000);
      return [run, `https://${run}.com`, `https://${run}.com@example.org`, `[www.${run}.com](https://example.org)`];
    });
    for (const body of long) {
      for (const filter of FILTERS) {
        const { result } = resultOf(filter, { ...filter.example.matches, content: { msgtype: 'm.text', body } });
        if (result.matched !== 'yes') continue;
        for (const { matched = '', note } of result.evidence) {
          const where = `${filter.name}: ${note.slice(0, 300)}`;
          assert.ok(matched.length <= 200 && note.length <= 1_000, where);
        }
      }
    }
  });

  it('point at places inside of texts, whatever the texts', () => {
    const pieces = FILTERS.flatMap(({ example }) => [example.matches.content['body'], example.ignores.content['body']]);
    const texts = pieces.filter((piece) => typeof piece === 'string');
    const odd = [
      '<b>',
      '</b>',
      '&amp;',
      '&#1086;',
      '<',
      '<a href="https://x.test">',
      '\u200b',
      '\u0301',
      'ﬁ',
      '😂',
      '   ',
    ];
    const text = fc.array(fc.constantFrom(...texts, ...odd), { maxLength: 5 }).map((parts) => parts.join(''));
    const longer = fc.oneof(
      text,
      text.map((one) => one.repeat(20)),
      fc.string({ unit: 'binary' }),
    );
    const content = fc.record({ body: longer, formatted_body: longer, 'm.new_content': fc.record({ body: longer }) });
    fc.assert(
      fc.property(content, (made) => {
        for (const filter of FILTERS) {
          const { example } = filter;
          const changed = { ...example.matches, content: { ...example.matches.content, ...made } };
          const { event, result } = resultOf(filter, changed);
          if (result.matched !== 'yes') continue;
          for (const evidence of result.evidence) checkEvidence(event, filter, evidence);
        }
      }),
      { numRuns: 60 },
    );
  });
});
