import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import type { Verdict } from '../verdict.ts';
import type { KeptContent } from './ports.ts';
import { isStripped, KEPT_NO_MORE, stripped } from './strip.ts';

const EVENT = JSON.stringify({ content: { body: 'Come to casino.example now', nested: [{ deep: 'Überraschung' }] } });

function content(changes: Partial<Verdict>, event: string | undefined = EVENT): KeptContent {
  return {
    position: 1,
    verdict: sampleVerdict(1, { evidence: [], flags: [], shadow: [], facts: {}, ...changes }),
    event,
  };
}

describe('what verdicts quote', () => {
  it('is taken out of evidence; where it stood and what was counted stay', () => {
    const evidence = [
      { path: 'content.body', span: { start: 8, end: 22 }, matched: 'casino.example', note: 'link to casino.example' },
      { path: 'content.body', matched: 'Come', note: 'word "come"' },
      { path: 'content', note: '7 messages within 10m, at most 3', check: 'rate' },
      { path: 'content', note: 'ÜBERRASCHUNG' },
    ];
    const rule = { rule: 'links', evidence };
    const found = stripped(content({ evidence, flags: [rule], shadow: [{ ...rule, action: 'refuse' }] }), {
      withNames: true,
    });
    const expected = [
      { path: 'content.body', span: { start: 8, end: 22 }, note: KEPT_NO_MORE },
      { path: 'content.body', note: KEPT_NO_MORE },
      { path: 'content', note: '7 messages within 10m, at most 3', check: 'rate' },
      { path: 'content', note: KEPT_NO_MORE },
    ];
    assert.deepEqual(found.evidence, expected);
    assert.deepEqual(found.flags, [{ rule: 'links', evidence: expected }]);
    assert.deepEqual(found.shadow, [{ rule: 'links', evidence: expected, action: 'refuse' }]);
  });

  it('is taken out of what other programs said, and names are where they are to be', () => {
    const labels = [{ label: 'spam', score: 0.9 }];
    const answers = [
      { question: 'remote', key: 'r', answer: { labels, note: 'says "casino"' } },
      { question: 'count', key: 'c', answer: 7 },
      { question: 'names', key: 'n', answer: { named: [{ names: 2, first: ['ann', 'bob'], alsoMentionedIn: [] }] } },
    ] as const;
    const facts = { sender_membership: 'join', sender_display_name: 'Casino', answers };
    const left = { sender_membership: 'join' };
    const gone = { ...answers[2], answer: { named: [{ names: 2, first: [], alsoMentionedIn: [] }] } };
    const without = [{ ...answers[0], answer: { labels, note: KEPT_NO_MORE } }, answers[1], gone];
    assert.deepEqual(stripped(content({ facts }), { withNames: false }).facts, { ...left, answers: without });
    assert.deepEqual(stripped(content({ facts }), { withNames: true }).facts, {
      ...{ ...left, sender_display_name: 'Casino' },
      answers: without,
    });
  });

  it('is known to be gone', () => {
    const evidence = [{ path: 'content.body', matched: 'x', note: 'word "x"' }];
    const before = content({ evidence });
    const after = stripped(before, { withNames: false });
    assert.equal(isStripped(before, after), false);
    const again = content(after, undefined);
    assert.equal(
      isStripped({ ...again, event: undefined }, stripped({ ...again, event: undefined }, { withNames: false })),
      true,
    );
  });
});
