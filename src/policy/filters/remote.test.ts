import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { RemoteKind } from '../../config/remote-checks.ts';
import type { RemoteAnswer } from '../answers.ts';
import { mediaHash } from './media-hash.ts';
import { remote } from './remote.ts';

const CONTEXT = {
  wordLists: new Map<string, readonly string[]>(),
  remoteChecks: new Map<string, RemoteKind>([
    ['spam', 'http'],
    ['toxic', 'moderation'],
    ['hashes', 'media_hash'],
  ]),
};
const HELLO = messageOf({ body: 'hello' });
const IMAGE = messageOf({ msgtype: 'm.image', body: 'a.png', url: 'mxc://home.test/a' });

function answer(labels: RemoteAnswer['labels'], more: Partial<RemoteAnswer> = {}): RemoteAnswer {
  return { labels, note: null, ...more };
}

const cases: readonly (readonly [object, RemoteAnswer['labels'], readonly string[]])[] = [
  [{}, [], []],
  [{}, [{ label: 'spam', score: 0.5 }], ['labelled "spam" with 0.5 by spam']],
  [{}, [{ label: 'spam', score: 0.4999 }], []],
  [{ at_least: 0 }, [{ label: 'spam', score: 0 }], ['labelled "spam" with 0 by spam']],
  [{ at_least: 1 }, [{ label: 'spam', score: 0.9999 }], []],
  [
    { labels: ['hate*'] },
    [{ label: 'Hate/threatening', score: 0.91234 }],
    ['labelled "Hate/threatening" with 0.912 by spam'],
  ],
  [{ labels: ['hate*'] }, [{ label: 'violence', score: 1 }], []],
  [
    { labels: ['a', 'b'] },
    [
      { label: 'a', score: 1 },
      { label: 'c', score: 1 },
      { label: 'b', score: 0.6 },
    ],
    ['labelled "a" with 1 by spam', 'labelled "b" with 0.6 by spam'],
  ],
];
for (const [settings, labels, notes] of cases) {
  test(`remote ${JSON.stringify(settings)} of ${JSON.stringify(labels)}`, () => {
    const check = checkOf(remote, { endpoint: 'spam', ...settings }, CONTEXT);
    const result = judge(check, HELLO, factsWith({ remote: answer(labels) }));
    assert.deepEqual(result.matched === 'yes' ? result.evidence.map(({ note }) => note) : [], notes);
  });
}

test('what the endpoint remarks is part of the evidence', () => {
  const told = answer([{ label: 'spam', score: 1 }], { note: 'a known campaign' });
  const result = judge(checkOf(remote, { endpoint: 'spam' }), HELLO, factsWith({ remote: told }));
  const evidence = [{ path: 'content', note: 'labelled "spam" with 1 by spam: a known campaign' }];
  assert.deepEqual(result, { matched: 'yes', evidence });
});

for (const filter of [remote, mediaHash]) {
  test(`${filter.name} fails with its endpoint, and waits for it`, () => {
    const check = checkOf(filter, { endpoint: 'x' });
    assert.equal(judge(check, IMAGE, factsWith()).matched, 'failed');
    const waiting = { ...factsWith(), ask: () => ({ state: 'pending' }) as const };
    assert.equal(judge(check, IMAGE, waiting).matched, 'pending');
  });
}

const wrong: readonly (readonly [typeof remote, object, RegExp])[] = [
  [remote, {}, /endpoint/],
  [remote, { endpoint: 'spma' }, /kind .*"http.*did you mean .*"spam/],
  [remote, { endpoint: 'hashes' }, /there are spam, toxic/],
  [mediaHash, { endpoint: 'spam' }, /kind .*media_hash/],
  [remote, { endpoint: 'spam', at_least: 2 }, /at_least/],
  [remote, { endpoint: 'spam', labels: [] }, /labels/],
  [remote, { endpoint: 'spam', options: { a: {} } }, /options/],
  [mediaHash, { endpoint: 'hashes', at_least: 1 }, /at_least/],
];
for (const [filter, settings, message] of wrong) {
  test(`${filter.name} is not taken with ${JSON.stringify(settings)}`, () => {
    assert.throws(() => checkOf(filter, settings, CONTEXT), message);
  });
}

test('where there is no such endpoint at all, the configuration is named', () => {
  const none = { ...CONTEXT, remoteChecks: new Map<string, RemoteKind>() };
  assert.throws(() => checkOf(remote, { endpoint: 'spam' }, none), /remote_checks/);
});
