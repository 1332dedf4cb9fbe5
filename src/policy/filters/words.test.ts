import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceOf, firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { words } from './words.ts';

const check = checkOf(words, { words: ['casino', 'free money', 'scam*', 'crème'] });

const poll = {
  question: { 'm.text': [{ body: 'casino?' }] },
  answers: [{ 'm.id': 'a', 'm.text': [{ body: 'yes' }] }],
};

describe('words', () => {
  const found: readonly (readonly [what: string, pdu: Pdu, path: string, matched: string])[] = [
    ['a body', messageOf({ body: 'Casino!' }), 'content.body', 'Casino'],
    ['a phrase', messageOf({ body: 'FREE, money' }), 'content.body', 'FREE, money'],
    ['a wildcard', messageOf({ body: 'scammers' }), 'content.body', 'scammers'],
    ['a word in parts', messageOf({ body: 'x', formatted_body: 'ca<b>si</b>no' }), 'content.formatted_body', 'casino'],
    ['lookalikes', messageOf({ body: 'the саsіnо' }), 'content.body', 'саsіnо'],
    ['marks', messageOf({ body: 'c̶a̶s̶i̶n̶o̶!' }), 'content.body', 'c̶a̶s̶i̶n̶o̶'],
    ['odd letters', messageOf({ body: '𝖋𝖗𝖊𝖊 🅼🅾🅽🅴🆈' }), 'content.body', '𝖋𝖗𝖊𝖊 🅼🅾🅽🅴🆈'],
    ['an accent left out', messageOf({ body: 'creme' }), 'content.body', 'creme'],
    [
      'a poll',
      eventOf({ type: 'm.poll.start', content: { 'm.poll': poll } }),
      'content.m\\.poll.question.m\\.text.0.body',
      'casino',
    ],
    [
      'an edit',
      messageOf({ body: 'x', 'm.new_content': { body: 'casino' } }),
      'content.m\\.new_content.body',
      'casino',
    ],
    [
      'a topic',
      eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'casino' } }),
      'content.topic',
      'casino',
    ],
    ['a name', eventOf({ type: 'm.room.name', stateKey: '', content: { name: 'casino' } }), 'content.name', 'casino'],
    [
      'a display name',
      eventOf({ type: 'm.room.member', stateKey: '@a:x', content: { membership: 'join', displayname: 'casino' } }),
      'content.displayname',
      'casino',
    ],
    [
      'a reaction',
      eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: 'casino' } } }),
      'content.m\\.relates_to.key',
      'casino',
    ],
  ];
  for (const [what, pdu, path, matched] of found) {
    it(`finds ${what}`, () => assert.deepEqual(firstMatch(judge(check, pdu)), [path, matched]));
  }

  const ignored: readonly (readonly [string, Pdu])[] = [
    ['other words', messageOf({ body: 'casinos and discount' })],
    ['text in attributes', messageOf({ body: 'x', formatted_body: '<a href="https://casino.example">x</a>' })],
    ['the reason of a redaction', eventOf({ type: 'm.room.redaction', content: { reason: 'casino' } })],
    ['fields that nobody reads', messageOf({ body: 'x', 'org.example.data': 'casino' })],
  ];
  for (const [what, pdu] of ignored) it(`ignores ${what}`, () => assert.equal(judge(check, pdu).matched, 'no'));

  it('points at the place in the source, tags and entities included', () => {
    for (const formatted of ['<p>win &amp; c<b>asi</b>n&#111;</p>', '<p>win &amp; с<b>аsі</b>n&#1086;</p>']) {
      const [evidence] = evidenceOf(judge(check, messageOf({ body: 'x', formatted_body: formatted })));
      const part = formatted.slice(evidence?.span?.start, evidence?.span?.end);
      assert.equal(part, formatted.slice(formatted.indexOf(';') + 2, -4));
    }
  });

  it('names the entry as it was written, and each place once', () => {
    const evidence = evidenceOf(judge(check, messageOf({ body: 'Crème casino сasino' })));
    assert.deepEqual(
      new Set(evidence.map(({ note, matched }) => `${String(matched)}: ${note}`)),
      new Set([
        'Crème: word list entry "crème"',
        'casino: word list entry "casino"',
        'сasino: word list entry "casino"',
      ]),
    );
    assert.equal(evidence.length, 3);
  });

  it('looks at the wanted form and the wanted fields alone', () => {
    const raw = checkOf(words, { words: ['año', 'casino'], on: 'raw' });
    assert.equal(judge(raw, messageOf({ body: 'ano саsіnо' })).matched, 'no');
    assert.equal(judge(raw, messageOf({ body: 'feliz AÑO' })).matched, 'yes');
    const normalised = checkOf(words, { words: ['casino'], on: 'normalised' });
    for (const body of ['CASINO', 'саsіnо']) assert.equal(judge(normalised, messageOf({ body })).matched, 'yes');
    const names = checkOf(words, { words: ['casino'], fields: ['displayname', 'filename'] });
    assert.equal(judge(names, messageOf({ body: 'casino' })).matched, 'no');
    assert.equal(judge(names, messageOf({ body: 'x', filename: 'casino.png' })).matched, 'yes');
  });

  it('finds entries inside of words where it is told to', () => {
    const anywhere = checkOf(words, { words: ['casino', 'a*b', 'слово'], anywhere: true });
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['MegaCasino24', 'Casino'],
      ['xxсаsіnоxx', 'саsіnо'],
      ['1A*B2', 'A*B'],
      ['axb', undefined],
      ['ПРОСЛОВОМ', 'СЛОВО'],
      ['İcasino', 'casino'],
    ];
    for (const [body, matched] of rows) {
      const result = judge(anywhere, messageOf({ body }));
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.matched : undefined, matched, body);
    }
  });

  it('takes words from named lists, and refuses names of none', () => {
    const context = { wordLists: new Map([['gambling', ['casino']]]) };
    const listed = checkOf(words, { lists: ['gambling'] }, context);
    assert.equal(judge(listed, messageOf({ body: 'casino' })).matched, 'yes');
    const prepared = words.prepare({ lists: ['gambling', 'gamblin'] }, context);
    assert.ok(!prepared.ok);
    assert.deepEqual(prepared.issues[0]?.path, ['lists', 1]);
    assert.match(prepared.issues[0].message, /did you mean "gambling"/);
  });

  it('refuses more than it can look for inside of words', () => {
    const many = Array.from({ length: 2_500 }, (_, index) => `${'x'.repeat(190)}${index}`);
    const prepared = words.prepare({ words: many, anywhere: true }, { wordLists: new Map() });
    assert.ok(!prepared.ok);
    assert.match(prepared.issues[0]?.message ?? '', /400000 characters at most/);
    assert.ok(words.prepare({ words: many }, { wordLists: new Map() }).ok);
  });

  it('keeps long matches short', () => {
    const [evidence] = evidenceOf(judge(check, messageOf({ body: `scam${'x'.repeat(500)}` })));
    assert.equal(evidence?.matched?.length, 200);
  });

  it('refuses settings that are none, or that would find nothing', () => {
    for (const bad of [
      {},
      { words: [] },
      { words: [''] },
      { words: 'x' },
      { word: [] },
      { on: 'x' },
      { fields: [] },
      { fields: ['x'] },
    ]) {
      assert.ok(!words.settings.safeParse(bad).success);
    }
  });
});
