import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { RemoteKind } from '../../config/remote-checks.ts';
import type { RemoteAnswer } from '../answers.ts';
import { mediaHash } from './media-hash.ts';

const CONTEXT = {
  wordLists: new Map<string, readonly string[]>(),
  remoteChecks: new Map<string, RemoteKind>([
    ['spam', 'http'],
    ['hashes', 'media_hash'],
  ]),
};
const HELLO = messageOf({ body: 'hello' });
const IMAGE = messageOf({ msgtype: 'm.image', body: 'a.png', url: 'mxc://home.test/a' });

type Outcome = 'no' | 'failed' | readonly string[];

function hit(label: string, path?: string): RemoteAnswer['labels'][number] {
  return { label, score: 1, ...(path === undefined ? {} : { path }) };
}

const gone = { incomplete: 'a file is gone' };
const cases: readonly (readonly [object, RemoteAnswer['labels'], Partial<RemoteAnswer>, Outcome])[] = [
  [{}, [], {}, 'no'],
  [{}, [hit('memes', 'content.url')], {}, ['content.url: in bank "memes" of hashes']],
  [{}, [hit('memes')], {}, ['content: in bank "memes" of hashes']],
  [{ banks: ['abuse*'] }, [hit('Abuse_1', 'content.url')], {}, ['content.url: in bank "Abuse_1" of hashes']],
  [{ banks: ['abuse*'] }, [hit('memes')], {}, 'no'],
  [
    { banks: ['a', 'b'] },
    [hit('a', 'content.url'), hit('c', 'content.url'), hit('b', 'content.info.thumbnail_url')],
    {},
    ['content.url: in bank "a" of hashes', 'content.info.thumbnail_url: in bank "b" of hashes'],
  ],
  // What one file is does not depend on whether another can be had.
  [{}, [hit('memes')], gone, ['content: in bank "memes" of hashes']],
  [{}, [], gone, 'failed'],
  [{ banks: ['abuse*'] }, [hit('memes')], gone, 'failed'],
];
for (const [settings, labels, more, expected] of cases) {
  test(`media_hash ${JSON.stringify(settings)} of ${JSON.stringify(labels)} ${JSON.stringify(more)}`, () => {
    const check = checkOf(mediaHash, { endpoint: 'hashes', ...settings }, CONTEXT);
    const result = judge(check, IMAGE, factsWith({ remote: { labels, note: null, ...more } }));
    const evidence = result.matched === 'yes' ? result.evidence.map(({ path, note }) => `${path}: ${note}`) : [];
    assert.deepEqual(typeof expected === 'string' ? result.matched : evidence, expected);
  });
}

test('it asks about files alone', () => {
  assert.equal(judge(checkOf(mediaHash, { endpoint: 'hashes' }, CONTEXT), HELLO, factsWith()).matched, 'no');
});

test('it fails with its endpoint, and waits for it', () => {
  const check = checkOf(mediaHash, { endpoint: 'hashes' }, CONTEXT);
  assert.equal(judge(check, IMAGE, factsWith()).matched, 'failed');
  const waiting = { ...factsWith(), ask: () => ({ state: 'pending' }) as const };
  assert.equal(judge(check, IMAGE, waiting).matched, 'pending');
});

for (const [settings, message] of [
  [{}, /endpoint/],
  [{ endpoint: 'spam' }, /kind .*media_hash/],
  [{ endpoint: 'hashes', at_least: 1 }, /at_least/],
  [{ endpoint: 'hashes', banks: [] }, /banks/],
] as const) {
  test(`media_hash is not taken with ${JSON.stringify(settings)}`, () => {
    assert.throws(() => checkOf(mediaHash, settings, CONTEXT), message);
  });
}
