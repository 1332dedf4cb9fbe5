import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { factsWith, messageOf } from '../../../../tests/support/policy-events.ts';
import type { JsonObject } from '../../../protocol/json.ts';
import { decide } from '../../pipeline.ts';
import { EventReading } from '../../reading/event-reading.ts';
import { compilePolicy, NO_EXEMPTIONS } from '../../rules/compiled-policy.ts';
import { templateRules } from './template-rules.ts';

const OPTIONS = { wholeEvent: false };

/** The harms of the rule that refuses; none where the message passes. */
function judgeBy(source: string, options = OPTIONS): (content: JsonObject) => string {
  const { rules } = templateRules('t', source, options);
  const document = { rules: new Map<string, unknown>(Object.entries(rules)), exempt: NO_EXEMPTIONS };
  const compiled = compilePolicy({ ...document, wordLists: new Map() }, 'test');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return (content) => {
    const decision = decide(new EventReading(messageOf(content)), factsWith(), compiled.policy.rules);
    return decision.outcome === 'refuse' ? decision.harms.join(' ') : decision.outcome === 'sign' ? '' : 'no verdict';
  };
}

/** That of its own tests. */
const OF_POLICYSERV = `
  {{/*
    In a real filter, we wouldn't be doing simple "contains" checks.
  */}}

  {{ $badWords := StrSlice "bad1" "bad2" "bad3" }}
  {{ range $bodyWord := .BodyWords }}
    {{ $bodyWord := $bodyWord | RemovePunctuation | ToLower }}
    {{ if StrSliceContains $badWords $bodyWord }}
      org.example.keyword.spam
    {{ end }}
  {{ end }}
  {{ $rawBody := .BodyRaw | ToUpper }}
  {{ $badWords := StrSlice "BAD1" "BAD2" "BAD3" }}
  {{ range $badWord := $badWords }}
    {{ if StringContains $rawBody $badWord }}
      {{/* use "flooding" for variety */}}
      org.example.keyword.spam.flooding
    {{ end }}
  {{ end }}`;

type Row = readonly [what: string, source: string, ...texts: readonly (readonly [text: string, harms: string])[]];

const ROWS: readonly Row[] = [
  [
    'the template of its tests',
    OF_POLICYSERV,
    ['this has a bad word, bad2, in it', 'org.example.keyword.spam'],
    ["LET'S TEST CASE SENSITIVITY TOO: BAD3", 'org.example.keyword.spam'],
    ['notbad3either', 'org.example.keyword.spam.flooding'],
    ['this is not spam', ''],
  ],
  [
    'the template of its guide',
    '{{ $bad := StrSlice "one" "two" }}{{ range $word := .BodyWords }}{{ if StrSliceContains $bad $word }}spam{{ end }}{{ end }}',
    ['and two', 'spam'],
    ['and Two', ''],
    ['stone', ''],
  ],
  [
    'if, else if and else',
    '{{ $l := ToLower .BodyRaw }}{{ if StringContains $l "casino" }}a.spam{{ else if StringContains $l "bet" }}b{{ else }}{{ end }}',
    ['Casino and bet', 'a.spam'],
    ['a Bet', 'b'],
    ['nothing', ''],
  ],
  [
    'and, or and not',
    '{{ if and (or (StringContains .BodyRaw "x") (StringContains .BodyRaw "y")) (not (StringContains .BodyRaw "z")) }}s{{ end }}',
    ['x', 's'],
    ['y', 's'],
    ['x z', ''],
    ['z', ''],
  ],
  ['what else is left', '{{ if StringContains .BodyRaw "fine" }}{{ else }}s{{ end }}', ['fine', ''], ['other', 's']],
  ['several words', '{{if StringContains .BodyRaw "x"}}a.b\n c.d {{end}}', ['x', 'a.b c.d']],
  ['blanks that are trimmed', '{{- if StringContains .BodyRaw "x" -}}  s  {{- end -}}', ['x', 's'], ['y', '']],
  [
    'the root inside of a loop',
    '{{ range .BodyWords }}{{ if StringContains $.BodyRaw "x" }}s{{ end }}{{ end }}',
    ['x', 's'],
    ['y', ''],
  ],
  ['with', '{{ with ToUpper .BodyRaw }}{{ if StringContains . "X" }}s{{ end }}{{ end }}', ['x', 's'], ['y', '']],
  ['eq of several', '{{ range .BodyWords }}{{ if eq . "a" "b" }}s{{ end }}{{ end }}', ['x b', 's'], ['ab', '']],
  [
    'ne of constants',
    '{{ if ne "a" "b" }}{{ if StringContains .BodyRaw "x" }}s{{ end }}{{ end }}',
    ['x', 's'],
    ['y', ''],
  ],
  ['words as a list', '{{ if StrSliceContains .BodyWords "x" }}s{{ end }}', ['a x', 's'], ['ax', '']],
  [
    'parts of words',
    '{{ range .BodyWords }}{{ if StringContains . "x" }}s{{ end }}{{ end }}',
    ['axb', 's'],
    ['ab', ''],
  ],
  [
    'blanks in words',
    '{{ range .BodyWords }}{{ if StringContains . "a b" }}s{{ else if eq . "c d" }}t{{ end }}{{ end }}',
    ['a b c d', ''],
  ],
  [
    'words but for some',
    '{{ $no := StrSlice "b" }}{{ range .BodyWords }}{{ if StrSliceContains $no . }}{{ continue }}{{ end }}{{ if StrSliceContains (StrSlice "a" "b") . }}s{{ break }}{{ end }}{{ end }}',
    ['b', ''],
    ['b a', 's'],
  ],
  [
    'words that stand together with something in the text',
    '{{ range .BodyWords }}{{ if and (eq . "a") (StringContains $.BodyRaw "!") }}s{{ end }}{{ end }}',
    ['a !', 's'],
    ['a', ''],
  ],
  [
    'a variable that a loop makes true',
    '{{ $a := false }}{{ $b := false }}{{ range .BodyWords }}{{ if eq . "a" }}{{ $a = true }}{{ else if eq . "b" }}{{ $b = true }}{{ end }}{{ end }}{{ if and $a $b }}both{{ else if not $a }}none{{ end }}',
    ['b a', 'both'],
    ['a', ''],
    ['b', 'none'],
  ],
  [
    'a variable of a branch',
    '{{ $hit := false }}{{ if StringContains .BodyRaw "x" }}{{ $hit = true }}{{ end }}{{ if StringContains .BodyRaw "y" }}{{ $hit = false }}{{ end }}{{ if $hit }}s{{ end }}',
    ['x', 's'],
    ['x y', ''],
    ['z', ''],
  ],
  [
    'a variable of a round',
    '{{ range .BodyWords }}{{ $hit := false }}{{ if eq . "x" }}{{ $hit = true }}{{ end }}{{ if $hit }}s{{ end }}{{ end }}',
    ['a x', 's'],
    ['a y', ''],
  ],
  [
    'a break in a list that is known',
    '{{ range StrSlice "x" "y" }}{{ if StringContains $.BodyRaw . }}{{ if eq . "x" }}{{ break }}{{ end }}s{{ end }}{{ end }}',
    ['x y', ''],
    ['y', 's'],
  ],
  [
    'harms that are put together',
    '{{ $h := print "org." "spam" }}{{ if StringContains .BodyRaw "x" }}{{ $h }}.more{{ end }}',
    ['x', 'org.spam.more'],
  ],
  [
    'strings of Go',
    '{{ if or (StringContains .BodyRaw `a"b`) (StringContains .BodyRaw "\\u00e9\\t") }}s{{ end }}',
    ['a"b', 's'],
    ['é\t', 's'],
    ['ab', ''],
  ],
];

describe('keyword templates', () => {
  for (const [what, source, ...texts] of ROWS) {
    it(`become rules: ${what}`, () => {
      const judge = judgeBy(source);
      for (const [text, harms] of texts) {
        assert.equal(judge({ body: text }), harms, JSON.stringify([text, templateRules('t', source, OPTIONS)]));
      }
      assert.deepEqual(templateRules('t', source, OPTIONS).notes, []);
    });
  }

  it('look at body and formatted body as they are written, and at nothing else', () => {
    const judge = judgeBy('{{ if StringContains .BodyRaw "bad1" }}s{{ end }}');
    assert.equal(judge({ body: 'fine', formatted_body: '<b class="bad1">x</b>' }), 's');
    assert.equal(judge({ body: 'fine', formatted_body: 'ba<b>d1</b>' }), '');
    assert.equal(judge({ body: 'fine', 'm.new_content': { body: 'bad1' } }), '');
    const across = judgeBy('{{ if StringContains .BodyRaw "a b" }}s{{ end }}');
    assert.equal(across({ body: 'a', formatted_body: 'b' }), 's');
    const negated = judgeBy('{{ if not (StringContains .BodyRaw "a") }}s{{ end }}');
    assert.equal(negated({ body: 7 }), '', 'policyserv gives no answer about it');
  });

  it('look at the whole event where they are told to', () => {
    const judge = judgeBy('{{ if StringContains .BodyRaw "org.example.key" }}s{{ end }}', { wholeEvent: true });
    assert.equal(judge({ body: 'x', 'org.example.key': 1 }), 's');
    assert.equal(judge({ body: 'x' }), '');
  });

  const lost: readonly (readonly [what: string, source: string, note: RegExp])[] = [
    ['lengths', '\n{{ if gt (len .BodyRaw) 5 }}s{{ end }}', /line 2.*`len`/],
    ['what is printed of the text', '{{ .BodyRaw }}', /line 1: .*depends on the text/],
    ['other templates', '{{ template "x" }}', /template `x`/],
    ['what is always there', 'spam', /every message/],
    [
      'words that are none of some',
      '{{ range .BodyWords }}{{ if not (eq . "a") }}s{{ end }}{{ end }}',
      /no check looks for a word/,
    ],
    [
      'words with several parts',
      '{{ range .BodyWords }}{{ if and (StringContains . "a") (StringContains . "b") }}s{{ end }}{{ end }}',
      /several strings/,
    ],
    [
      'loops that end somewhere',
      '{{ range .BodyWords }}{{ if eq . "a" }}{{ break }}{{ end }}{{ if eq . "b" }}s{{ end }}{{ end }}',
      /ends the loop/,
    ],
    ['places of words', '{{ range $i, $w := .BodyWords }}{{ if eq $i 3 }}s{{ end }}{{ end }}', /place of a word/],
    [
      'what comes before',
      '{{ $n := false }}{{ range .BodyWords }}{{ if $n }}s{{ end }}{{ if eq . "a" }}{{ $n = true }}{{ end }}{{ end }}',
      /\$n is changed/,
    ],
    [
      'what is taken back',
      '{{ $n := true }}{{ range .BodyWords }}{{ if eq . "a" }}{{ $n = false }}{{ end }}{{ end }}{{ if $n }}s{{ end }}',
      /\$n is changed/,
    ],
    ['what is no template', '{{ badWords := StrSlice "one" }}', /not what Go/],
    ['what has no end', '\n{{ if true }}', /end.* is missing/],
    [
      'endless loops',
      `{{ $l := StrSlice ${'"a" '.repeat(300)} }}{{ range $l }}{{ range $l }}{{ range $l }}{{ if StringContains $.BodyRaw . }}s{{ end }}{{ end }}{{ end }}{{ end }}`,
      /too long/,
    ],
    [
      'nested loops that change something',
      '{{ $n := false }}{{ range .BodyWords }}{{ range .BodyWords }}{{ if eq . "a" }}{{ $n = false }}{{ end }}{{ end }}{{ end }}{{ if not $n }}s{{ end }}',
      /\$n is changed/,
    ],
  ];
  const tooDeep: typeof lost = [
    ['branches in branches', '{{ if true }}'.repeat(5_000), /nested too deep/],
    ['brackets in brackets', `{{ if ${'('.repeat(5_000)} }}`, /nested too deep/],
  ];
  for (const [what, source, note] of [...lost, ...tooDeep]) {
    it(`are not carried over, and it is said: ${what}`, () => {
      const { rules, notes } = templateRules('t', source, OPTIONS);
      assert.deepEqual(rules, {});
      assert.match(notes.join('\n'), note);
    });
  }

  it('are carried over where the rest is clear, and refuse no more than there', () => {
    const source = `{{ range .BodyWords }}{{ if eq . "casino" }}a{{ end }}{{ end }}
{{ if or (StringContains .BodyRaw "x") (gt (len .BodyRaw) 5) }}b{{ end }}
{{ if and (StringContains .BodyRaw "y") (gt (len .BodyRaw) 5) }}c{{ else if StringContains .BodyRaw "z" }}d{{ end }}
{{ if not (and (StringContains .BodyRaw "w") (gt (len .BodyRaw) 5)) }}e{{ end }}`;
    const { notes } = templateRules('t', source, OPTIONS);
    const judge = judgeBy(source);
    assert.deepEqual(
      ['casino w', 'x w', 'y w', 'y z w', 'z w', 'w', ''].map((body) => judge({ body })),
      ['a', 'b', '', '', 'd', '', 'e'],
    );
    assert.equal(notes.filter((note) => note.includes('refuses less')).length, 3, notes.join('\n'));
    assert.match(notes.join('\n'), /line 3: not carried over \(c\)/);
  });

  it('whatever stands in them, become rules that can be saved', () => {
    const piece = fc.constantFrom(
      ...[
        '{{',
        '}}',
        '{{ if ',
        '{{ end }}',
        '{{ else }}',
        '{{ else if ',
        '{{ range ',
        '{{ with ',
        '{{ break }}',
        'x y',
      ],
      ...[
        '.BodyWords',
        '.BodyRaw',
        '.',
        '$a',
        ':=',
        '=',
        '|',
        '(',
        ')',
        '"x"',
        'eq',
        'not',
        'StringContains',
        'StrSlice',
      ],
      ...[' ', ' }}', '{{- ', ' -}}', '{{/* x */}}', 'true', '7', '\n', '{{ $a := true }}'],
    );
    const source = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' '));
    fc.assert(
      fc.property(source, (text) => {
        judgeBy(text)({ body: 'x' });
      }),
      { numRuns: 500 },
    );
  });

  it('nested loops over the words are two words', () => {
    const judge = judgeBy(
      '{{ range $a := .BodyWords }}{{ range $b := $.BodyWords }}{{ if and (eq $a "x") (eq $b "y") }}s{{ end }}{{ end }}{{ end }}',
    );
    assert.deepEqual(
      ['x', 'y', 'y x'].map((body) => judge({ body })),
      ['', '', 's'],
    );
  });
});
