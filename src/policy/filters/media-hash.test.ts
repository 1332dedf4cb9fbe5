import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { RemoteAnswer } from '../answers.ts';
import { mediaHash } from './media-hash.ts';

const URL = 'mxc://home.test/a';
const IMAGE = messageOf({ msgtype: 'm.image', body: 'a.png', url: URL });
const STICKER = eventOf({ type: 'm.sticker', content: { body: 'a', url: URL, info: {} } });
const HELLO = messageOf({ body: URL });
const BANK = { label: 'Abuse_1', score: 1, path: 'content.url' };
const OTHER = { label: 'memes', score: 1, path: 'content.url' };

type Row = readonly [
  what: string,
  banks: readonly string[] | undefined,
  pdu: Pdu,
  answer: Partial<RemoteAnswer>,
  expected: string,
];

const rows: readonly Row[] = [
  ['a file in a bank', ['abuse*'], IMAGE, { labels: [BANK] }, 'content.url in bank "Abuse_1" of hashes'],
  ['a sticker in a bank', ['abuse*'], STICKER, { labels: [BANK] }, 'content.url in bank "Abuse_1" of hashes'],
  ['any bank', undefined, IMAGE, { labels: [OTHER] }, 'content.url in bank "memes" of hashes'],
  [
    'the own list of the endpoint',
    ['sha256'],
    IMAGE,
    { labels: [{ ...BANK, label: 'sha256' }] },
    'content.url in bank "sha256" of hashes',
  ],
  ['a bank that does not count', ['abuse*'], IMAGE, { labels: [OTHER] }, 'no'],
  ['a file in no bank', ['abuse*'], IMAGE, { labels: [] }, 'no'],
  ['no file', ['abuse*'], HELLO, { labels: [BANK] }, 'no'],
  ['a file that could not be had', ['abuse*'], IMAGE, { labels: [], incomplete: 'it is gone' }, 'failed: it is gone'],
  [
    'one of several that could not',
    ['abuse*'],
    IMAGE,
    { labels: [OTHER], incomplete: 'it is gone' },
    'failed: it is gone',
  ],
  [
    'one that could, and is known',
    ['abuse*'],
    IMAGE,
    { labels: [BANK], incomplete: 'b' },
    'content.url in bank "Abuse_1" of hashes',
  ],
  [
    'a place that is not told',
    ['abuse*'],
    IMAGE,
    { labels: [{ label: 'abuse', score: 1 }] },
    'content in bank "abuse" of hashes',
  ],
];

describe('media_hash', () => {
  for (const [what, banks, pdu, answer, expected] of rows) {
    it(`says of ${what}: ${expected}`, () => {
      const check = checkOf(mediaHash, { endpoint: 'hashes', ...(banks === undefined ? {} : { banks }) });
      const result = judge(check, pdu, factsWith({ remote: { labels: [], note: null, ...answer } }));
      const said =
        result.matched === 'yes'
          ? result.evidence.map(({ path, note }) => `${path} ${note}`).join()
          : result.matched === 'failed'
            ? `failed: ${result.detail}`
            : result.matched;
      assert.equal(said, expected);
    });
  }
});
