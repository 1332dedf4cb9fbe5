import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { evidenceOf, firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { regex } from './regex.ts';

describe('regex', () => {
  const rows: readonly (readonly [settings: object, body: string, matched: string | undefined])[] = [
    [{ patterns: ['fre+'] }, 'FREEEE', 'FREEEE'],
    [{ patterns: ['fre+'], case_sensitive: true }, 'FREEEE', undefined],
    [{ patterns: ['fre+'], case_sensitive: true }, 'freeee ℱree', 'freeee'],
    [{ patterns: ['fre+'], case_sensitive: true, on: 'normalised' }, 'FREE', undefined],
    [{ patterns: ['^ca\\w+o$'] }, 'саsіnо', 'саsіnо'],
    [{ patterns: ['^ca\\w+o$'], on: 'raw' }, 'саsіnо', undefined],
    [{ patterns: ['^ca\\w+o$'], on: 'normalised' }, 'CASINO', 'CASINO'],
    [{ patterns: ['\\x{200b}'] }, 'a\u200bb', '\u200b'],
    [{ patterns: ['(?m)^b'] }, 'a\nb', 'b'],
    [{ patterns: ['^b'] }, 'a\nb', undefined],
    [{ patterns: ['\\p{Cyrillic}+'] }, 'a сло b', 'сло'],
    [{ patterns: ['x', 'w', 'z'] }, 'only z', 'z'],
    [{ patterns: ['x'], fields: ['topic'] }, 'x', undefined],
  ];
  for (const [settings, body, matched] of rows) {
    it(`${JSON.stringify(settings)} in ${JSON.stringify(body)}`, () => {
      const result = firstMatch(judge(checkOf(regex, settings), messageOf({ body })));
      assert.deepEqual(result, matched === undefined ? 'no' : ['content.body', matched]);
    });
  }

  it('points into HTML', () => {
    const html = '<p>b&#117;y n<b>o</b>w</p>';
    const [evidence] = evidenceOf(
      judge(checkOf(regex, { patterns: ['buy\\s+now'] }), messageOf({ formatted_body: html })),
    );
    assert.equal(html.slice(evidence?.span?.start, evidence?.span?.end), 'b&#117;y n<b>o</b>w');
    assert.equal(evidence?.note, 'matches /buy\\s+now/');
  });

  it('says at which expression and why it refuses settings', () => {
    const refused: readonly (readonly [
      patterns: readonly string[],
      path: readonly (string | number)[],
      reason: RegExp,
    ])[] = [
      [['a', '(?=b)c'], ['patterns', 1], /without lookahead/],
      [['(a)\\1'], ['patterns', 0], /references back/],
      [['a|'], ['patterns', 0], /empty text/],
      [['['], ['patterns', 0], /missing closing ]/],
      [[], ['patterns'], /./],
      [Array.from({ length: 30 }, (_, index) => `x{900}${String(index)}`), ['patterns'], /20000 steps/],
    ];
    for (const [patterns, path, reason] of refused) {
      const prepared = regex.prepare({ patterns }, { wordLists: new Map() });
      assert.ok(!prepared.ok);
      assert.deepEqual(prepared.issues[0]?.path, path);
      assert.match(prepared.issues[0].message, reason);
    }
  });

  it('is slow with no text', () => {
    const patterns = [
      '(a+)+$',
      '(a|aa)+b',
      '^(([a-z])+.)+[A-Z]',
      '(.*a){20}',
      '(\\w+\\s?)+!',
      'a.*b.*c.*d',
      '\\d+(,\\d+)*x',
    ];
    const check = checkOf(regex, {
      patterns: Array.from({ length: 50 }, (_, i) => `${patterns[i % 7] ?? ''}${'q'.repeat(i / 7)}`),
    });
    for (const unit of ['a', 'ab ', '1,', 'é', 'aq']) {
      const pdu = messageOf({ body: unit.repeat(Math.floor(60_000 / Buffer.byteLength(unit))) });
      const time = processorTimeOf(() => judge(check, pdu));
      assert.ok(time < 1_000, `${unit} took ${String(time)} ms`);
    }
  });
});
