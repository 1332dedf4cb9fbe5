import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { compileFinder, compilePattern, type Pattern } from './pattern.ts';
import { requiredLiterals } from './pattern-literal.ts';

function patternOf(source: string, caseSensitive = false): Pattern {
  const result = compilePattern(source, { caseSensitive });
  assert.ok(result.ok, source);
  return result.pattern;
}

describe('compilePattern', () => {
  it('finds the first match', () => {
    assert.deepEqual(patternOf('b+').find('aaBb😀b'), { start: 2, end: 4 });
    assert.deepEqual(patternOf('😀').find('x😀'), { start: 1, end: 3 });
    assert.equal(patternOf('b', true).find('B'), undefined);
  });

  it('finds matches far into a text, and across parts of it', () => {
    for (const before of [0, 3_000, 4_094, 10_000, 60_000]) {
      const text = `${'.'.repeat(before)}needle${'.'.repeat(500)}`;
      assert.deepEqual(patternOf('n[e]+dle').find(text), { start: before, end: before + 6 });
    }
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['(?=a)b', /lookahead/],
    ['(?!a)b', /lookahead/],
    ['(?<=a)b', /lookbehind/],
    ['(?<!a)b', /lookbehind/],
    ['(a)\\1', /references back/],
    ['(?<n>a)\\k<n>', /references back/],
    ['(a', /missing closing \)/],
    ['a{1001}', /repeat count/],
    ['a*', /empty text/],
    ['', /empty text/],
    ['(\\pL{1,40}){1,20}x', /1000 steps at most/],
  ];
  for (const [source, reason] of refused) {
    it(`refuses ${source}`, () => {
      const result = compilePattern(source, { caseSensitive: false });
      assert.ok(!result.ok);
      assert.match(result.expected, reason);
    });
  }

  it('is slow with no text', () => {
    const patterns = ['(a+)+$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*a){20}', '(a|aa)+b', '(?:a?){30}a{30}z'];
    for (const source of [...patterns, '[ab]*a[ab]{12}[89]']) {
      const pattern = patternOf(source);
      for (const unit of ['a', 'ab', 'x', 'abbab ', 'é']) {
        const text = `${unit.repeat(Math.floor(65_000 / Buffer.byteLength(unit)))}!`;
        const time = processorTimeOf(() => {
          if (pattern.matches(text)) pattern.find(text);
        });
        assert.ok(time < 500, `${source} took ${String(time)} ms with ${unit}`);
      }
    }
  });
});

describe('requiredLiterals', () => {
  const rows: readonly (readonly [string, ...string[]])[] = [
    ['free money', 'free money'],
    ['FREE\\s+money', 'money'],
    ['(?i)buy\\s*(?:now|later)', 'buy'],
    ['a|b', 'a', 'b'],
    ['ab|[cd]'],
    ['ab|cd(e|f)?gh|'],
    ['\\b(?:t\\.me|wa\\.me)/', 't.me', 'wa.me'],
    ['(?:dm|write to) (?:me|us)', 'dm', 'write to'],
    ['(?P<what>casino|(?i:slots?))x?', 'casino', 'slot'],
    ['(?:casino)*a(?:bc){0,2}', 'a'],
    ['(?:casino){2,}a(?s)', 'casino'],
    ['(?:a|b|c|d|e|f|g|h|i|j|k|l|m)'],
    ['(a|b)cde', 'cde'],
    ['t\\.me/[a-z]{5,}x', 't.me/'],
    ['colou?r', 'colo'],
    ['ab*c', 'a'],
    ['ab+cd', 'ab'],
    ['ab{2,3}?cd', 'cd'],
    ['a{b', 'a{b'],
    ['[]ab]cd[^]ef]', 'cd'],
    ['[[:alpha:]ab]cd', 'cd'],
    ['\\p{Greek}ab\\pLc', 'ab'],
    ['\\x{41}b\\x41cd', 'cd'],
    ['\\Qa|b\\E'],
    ['(\\Q)\\E)ab'],
    ['^\\bspam\\b$', 'spam'],
    ['caña', 'ca'],
    ['([)(]a)bcd', 'bcd'],
    ['\\07ab', 'ab'],
    ['[$€£] ?\\d{2,}', '$', '€', '£'],
    ['(?:[ \\t]*\\n){60}', '\n'],
    ['[aé]\\d'],
    ['[^$]\\d'],
    ['[$]?\\d'],
    ['[!-/]\\d'],
    ['[$😀]'],
  ];
  for (const [pattern, ...literals] of rows) {
    it(`of ${pattern} are ${JSON.stringify(literals)}`, () => assert.deepEqual(requiredLiterals(pattern), literals));
  }

  it('leaves out no text that matches', () => {
    const piece = fc.constantFrom(
      ...['a', 'b', 'K', 's', 'é', '.', 'a?', 'b*', 'ab+', 'K{2}', 's{0,1}', '(a|b)', '(?:b)?', '[ab]', '[^a]', '\\.'],
      ...[
        '\\w',
        '\\b',
        '^',
        '$',
        'x{',
        '|',
        '(?:a\\)b)',
        '(?:',
        '(s',
        ')',
        ')?',
        ')+',
        '){0,2}',
        '(?i)',
        '(?P<n>b',
        '\\|',
        '\\x61',
        '\\n',
        '[$.]',
        '[.x]',
        '\\pL',
        '[]a]',
        'a??',
        's+?',
      ],
    );
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'k', '\u212a', 's', '\u017f', 'é', '.', 'x', '{', ')', ']', '$', '\n'),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.array(text), (pieces, texts) => {
        const result = compilePattern(pieces.join(''), { caseSensitive: false });
        if (!result.ok) return;
        for (const one of texts) {
          if (!result.pattern.matches(one)) continue;
          const found = compileFinder([result.pattern])(one);
          assert.deepEqual(found, [result.pattern], `${result.pattern.source} in ${one}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what patterns are sorted out by', () => {
    const patterns = ['spam', 'ham', '[x-z]'].map((source) => patternOf(source));
    assert.deepEqual(
      compileFinder(patterns)('SPAM y').map(({ source }) => source),
      ['spam', '[x-z]'],
    );
  });
});
