import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { NamesAnswer } from '../answers.ts';
import { EventReading } from '../reading/event-reading.ts';
import { mentions } from './mentions.ts';

const ids = ['@a:x.org', '@b:x.org', '@c:x.org'];
const link = (id: string): string => `<a href="https://matrix.to/#/${encodeURIComponent(id)}">x</a>`;
const LISTED = messageOf({ 'm.mentions': { user_ids: ids } });
const WRITTEN = messageOf({ body: ids.join(' ') });
const LINKED = messageOf({ body: 'x', formatted_body: ids.map(link).join('') });

describe('mentions', () => {
  const check = checkOf(mentions, { more_than: 2 });
  const matching: readonly (readonly [string, Pdu])[] = [
    ['m.mentions', LISTED],
    ['text', WRITTEN],
    ['links', LINKED],
    [
      'all of these',
      messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: ids[1]!, formatted_body: link(ids[2]!) }),
    ],
    ['an edit', messageOf({ 'm.new_content': { 'm.mentions': { user_ids: ids } } })],
    ['a topic', eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: ids.join(', ') } })],
  ];
  for (const [what, pdu] of matching) {
    it(`counts ${what}`, () => {
      assert.deepEqual(judge(check, pdu), {
        matched: 'yes',
        evidence: [{ path: 'content', note: '3 users mentioned, at most 2 are allowed' }],
      });
    });
  }

  const passing: readonly (readonly [string, Pdu])[] = [
    ['as many as are allowed', messageOf({ 'm.mentions': { user_ids: ids.slice(1) } })],
    ['one user many times', messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: `${ids[0]!} `.repeat(10) })],
    ['power levels', eventOf({ type: 'm.room.power_levels', stateKey: '', content: { name: ids.join(' ') } })],
    [
      'memberships',
      eventOf({ type: 'm.room.member', stateKey: ids[0]!, content: { membership: 'ban', reason: ids.join(' ') } }),
    ],
    ['redactions', eventOf({ type: 'm.room.redaction', content: { reason: ids.join(' ') } })],
    ['the whole room, unless told', messageOf({ body: '@room', 'm.mentions': { room: true } })],
  ];
  for (const [what, pdu] of passing) {
    it(`lets pass ${what}`, () => assert.equal(judge(check, pdu).matched, 'no'));
  }

  it('counts where it is told to', () => {
    for (const [place, pdu] of [
      ['m_mentions', LISTED],
      ['text', WRITTEN],
      ['links', LINKED],
    ] as const) {
      const one = checkOf(mentions, { more_than: 2, counted_in: [place] });
      for (const other of [LISTED, WRITTEN, LINKED]) {
        assert.equal(judge(one, other).matched, other === pdu ? 'yes' : 'no', place);
      }
    }
    const both = checkOf(mentions, { more_than: 2, counted_in: ['text', 'links'] });
    assert.equal(judge(both, messageOf({ body: ids[0]!, formatted_body: ids.map(link).join('') })).matched, 'yes');
  });

  it('matches @room where told to', () => {
    const room = checkOf(mentions, { room: true });
    assert.deepEqual(judge(room, messageOf({ 'm.mentions': { room: true } })), {
      matched: 'yes',
      evidence: [{ path: 'content.m\\.mentions.room', note: 'mentions the whole room' }],
    });
    assert.deepEqual(judge(room, messageOf({ body: 'hi @room!' })), {
      matched: 'yes',
      evidence: [
        { path: 'content.body', span: { start: 3, end: 8 }, matched: '@room', note: 'mentions the whole room' },
      ],
    });
    assert.equal(judge(room, messageOf({ body: ids.join(' ').repeat(20) })).matched, 'no');
    const declared = checkOf(mentions, { room: true, counted_in: ['m_mentions'] });
    assert.equal(judge(declared, messageOf({ body: '@room' })).matched, 'no');
    const all = checkOf(mentions, { room: true, more_than: 2 });
    assert.equal(judge(all, LISTED).matched, 'yes');
    assert.equal(judge(all, messageOf({ body: '@room' })).matched, 'yes');
  });

  it('allows 20 unless told otherwise', () => {
    const many = (count: number): Pdu =>
      messageOf({ body: Array.from({ length: count }, (_, index) => `@u${String(index)}:x.org`).join(' ') });
    assert.equal(judge(checkOf(mentions), many(20)).matched, 'no');
    assert.equal(judge(checkOf(mentions), many(21)).matched, 'yes');
    assert.ok(!mentions.settings.safeParse({ more_than: -1 }).success);
  });
});

describe('mentions by display names', () => {
  const ann = { names: 1, first: ['ann lee'], alsoMentionedIn: [] } as const;
  const bob = { names: 1, first: ['bob'], alsoMentionedIn: [] } as const;
  const text = messageOf({ body: `${ids[0]!}, ann_lee & BOB` });
  const check = checkOf(mentions, { more_than: 2, display_names: true });
  const factsOf = (...named: NamesAnswer['named']): ReturnType<typeof factsWith> => factsWith({ names: { named } });

  it('count beside the others, and are shown where they stand', () => {
    assert.deepEqual(judge(check, text, factsOf({ ...ann, names: 2, first: ['ann lee', 'bob'] })), {
      matched: 'yes',
      evidence: [
        { path: 'content', note: '3 users mentioned, 2 of them by display name, at most 2 are allowed' },
        {
          ...{ path: 'content.body', span: { start: 10, end: 17 }, matched: 'ann_lee' },
          note: 'display name of a member',
        },
        { path: 'content.body', span: { start: 20, end: 23 }, matched: 'BOB', note: 'display name of a member' },
      ],
    });
    assert.equal(judge(check, text, factsOf(ann)).matched, 'no');
  });

  it('are shown behind HTML too', () => {
    const html = messageOf({ body: 'x', formatted_body: '<b>Ann</b>&nbsp;Lee' });
    const result = judge(checkOf(mentions, { more_than: 0, display_names: true }), html, factsOf(ann));
    assert.ok(result.matched === 'yes');
    assert.deepEqual(result.evidence[1], {
      ...{ path: 'content.formatted_body', span: { start: 3, end: 19 }, matched: 'Ann\u00a0Lee' },
      note: 'display name of a member',
    });
  });

  const table: readonly (readonly [string, Record<string, unknown>, NamesAnswer['named'], 'yes' | 'no'])[] = [
    ['people once who are mentioned by id too', {}, [ann, { ...bob, alsoMentionedIn: ['text'] }], 'no'],
    [
      'them where ids do not count there',
      { counted_in: ['m_mentions'], more_than: 1 },
      [ann, { ...bob, alsoMentionedIn: ['text'] }],
      'yes',
    ],
    ['nobody by name unless told', { display_names: false }, [ann, bob], 'no'],
    ['many of one group', {}, [{ ...ann, names: 2 }], 'yes'],
  ];
  for (const [what, settings, named, matched] of table) {
    it(`count ${what}`, () => {
      const one = checkOf(mentions, { more_than: 2, display_names: true, ...settings });
      assert.equal(judge(one, text, factsOf(...named)).matched, matched);
    });
  }

  it('are asked for where they can matter, by the shortest name that counts', () => {
    const asked: unknown[] = [];
    const facts = factsOf();
    const noting: typeof facts = {
      ...facts,
      ask: (type, question) => {
        asked.push([type, question]);
        return facts.ask(type, question);
      },
    };
    const shorter = checkOf(mentions, { more_than: 2, display_names: true, shortest_display_name: 3 });
    for (const pdu of [text, LISTED, messageOf({ body: '' }), eventOf({ type: 'm.room.redaction' })]) {
      shorter(new EventReading(pdu), noting);
    }
    assert.deepEqual(asked, [['names', { key: 'from 3 letters', shortest: 3 }]]);
  });

  it('are waited for, and fail with the question', () => {
    assert.equal(judge(check, text, { ...factsOf(), ask: () => ({ state: 'pending' }) }).matched, 'pending');
    assert.equal(judge(check, text, factsWith()).matched, 'failed');
    assert.equal(judge(check, LISTED, factsWith()).matched, 'yes');
  });

  it('are none that are as long as no name that is looked for', () => {
    for (const shortest of [0, 49, 1.5]) {
      assert.ok(!mentions.settings.safeParse({ shortest_display_name: shortest }).success);
    }
  });
});
