import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { scanText } from './link-scan.ts';

/** Text, and what of it are links: the part, the host, the registrable domain. */
const rows: readonly (readonly [string, ...(readonly [string, string | undefined, (string | undefined)?])[]])[] = [
  ['see https://example.com/x.', ['https://example.com/x', 'example.com', 'example.com']],
  ['(https://x.org/A_(b))', ['https://x.org/A_(b)', 'x.org', 'x.org']],
  ['<https://x.org>, "https://y.org"', ['https://x.org', 'x.org', 'x.org'], ['https://y.org', 'y.org', 'y.org']],
  ['https://a.com,https://b.com', ['https://a.com', 'a.com', 'a.com'], ['https://b.com', 'b.com', 'b.com']],
  ['visithttps://evil.com', ['https://evil.com', 'evil.com', 'evil.com']],
  ['看https://evil.com。', ['https://evil.com', 'evil.com', 'evil.com']],
  ['请访问example.com吧', ['example.com', 'example.com', 'example.com']],
  ['HTTPS://Example.COM./', ['HTTPS://Example.COM./', 'example.com', 'example.com']],
  ['www.a.co.uk', ['www.a.co.uk', 'www.a.co.uk', 'a.co.uk']],
  ['x.evil.github.io/y', ['x.evil.github.io/y', 'x.evil.github.io', 'evil.github.io']],
  ['https://google.com@evil.com/', ['https://google.com@evil.com/', 'evil.com', 'evil.com']],
  ['hxxps://evil.com', ['hxxps://evil.com', 'evil.com', 'evil.com']],
  ['http://0x7f.1/ 1.2.3.4:80', ['http://0x7f.1/', '127.0.0.1', undefined], ['1.2.3.4:80', '1.2.3.4', undefined]],
  ['http://[::1]:80/', ['http://[::1]:80/', '[::1]', undefined]],
  ['https://localhost/x', ['https://localhost/x', 'localhost', undefined]],
  ['пример.рф', ['пример.рф', 'xn--e1afmkfd.xn--p1ai', 'xn--e1afmkfd.xn--p1ai']],
  [
    'https://evil。com example．com',
    ['https://evil。com', 'evil.com', 'evil.com'],
    ['example．com', 'example.com', 'example.com'],
  ],
  ['exam\u200bple.com', ['exam\u200bple.com', 'example.com', 'example.com']],
  [
    '**example.com** _example.org_',
    ['example.com', 'example.com', 'example.com'],
    ['example.org', 'example.org', 'example.org'],
  ],
  ['at example.com.Then more', ['example.com', 'example.com', 'example.com']],
  ['bob@example.com', ['bob@example.com', 'example.com', 'example.com']],
  ['mailto:bob@b.co?subject=x', ['mailto:bob@b.co?subject=x', 'b.co', 'b.co']],
  ['magnet:?xt=urn', ['magnet:?xt=urn', undefined, undefined]],
  ['irc://irc.libera.chat/#x', ['irc://irc.libera.chat/#x', 'irc.libera.chat', 'libera.chat']],
  ['http:// :// https://?x a:b e.g. node.js 3.14 m.room.message foo.bar.baz'],
  ['@bob:example.com #room:example.com !abc:example.com'],
];

describe('scanText', () => {
  for (const [text, ...found] of rows) {
    it(`finds ${String(found.length)} in ${JSON.stringify(text)}`, () => {
      const { links } = scanText(text);
      assert.deepEqual(
        links.map(({ start, end, target }) => [text.slice(start, end), target.host, target.registrable]),
        found,
      );
      assert.ok(links.every(({ isDoubtful }) => !isDoubtful));
    });
  }

  it('doubts what is more likely something else', () => {
    for (const text of ['readme.md', '1.2.3.4', 'done.So', 'main.rs:4']) {
      assert.deepEqual(
        scanText(text).links.map(({ isDoubtful }) => isDoubtful),
        [true],
        text,
      );
    }
    for (const text of ['readme.md/x', 'www.readme.md', 'https://done.So']) {
      assert.deepEqual(
        scanText(text).links.map(({ isDoubtful }) => isDoubtful),
        [false],
        text,
      );
    }
  });

  it('knows the text before an address in Markdown', () => {
    assert.equal(scanText('a [my bank](https://evil.org) b').links[0]?.shown, 'my bank');
    assert.equal(scanText('a (https://evil.org) b').links[0]?.shown, undefined);
  });

  it('finds Matrix ids beside links, not in them', () => {
    const { ids } = scanText('@a:x.org, #b:x.org:80. https://x.org/#c:x.org me@x.org !d:[::1] ## @: #a:');
    assert.deepEqual(
      ids.map(({ id }) => id),
      ['@a:x.org', '#b:x.org:80', '!d:[::1]'],
    );
  });

  const pieces = fc.constantFrom(
    ...[
      'https',
      '://',
      'a',
      'b.com',
      '.',
      '@',
      ':',
      '/',
      ' ',
      '(',
      ')',
      '[x](',
      'é',
      '#r:x.org',
      'mailto:',
      '\u200b',
      '🍕',
      '-',
      ',',
    ],
  );
  it('finds places in order inside of any text, each what it says', () => {
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = parts.join('');
        const { links, ids } = scanText(text);
        let from = 0;
        for (const { start, end, target } of links) {
          assert.ok(start >= from && end > start && end <= text.length);
          assert.equal(text.slice(start, end), target.written);
          from = end;
        }
        for (const { id, start, end } of ids) assert.equal(text.slice(start, end), id);
      }),
    );
  });

  it('finds an address with a scheme between any words', () => {
    const word = fc.stringMatching(/^[a-z,()!?]{0,8}$/);
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (left, right) => {
        const text = [...left, 'https://example.com/x', ...right].join(' ');
        assert.ok(scanText(text).links.some(({ target }) => target.href === 'https://example.com/x'));
      }),
    );
  });

  it('gets through 64 KiB of anything, finding no more than there is room for', () => {
    const units = [
      'a.',
      'a.b ',
      '://',
      'a://',
      'a://b',
      '@a:',
      '#a',
      '!a',
      'a@b.c',
      'http://a,',
      '(',
      'a.com ',
      '。',
      'a.bé',
      '-',
      '[a](',
      'matrix:',
      '1.',
      'x.Com',
      '\u0301.a',
    ];
    for (const unit of units) {
      const text = unit.repeat(65_536 / unit.length);
      const { links, ids } = scanText(text);
      assert.ok(links.length + ids.length <= text.length / 3);
    }
  });

  it('takes time in proportion to the text, however long its parts are', () => {
    scanText('a.com '.repeat(2_000));
    const starts = ['a', '-', '_', 'é', 'a-', '@a', '!', '://', 'http:', '('];
    const ends = ['..b.c', '.', ':', '@', '@b.co', '://', '.com', ':y', '.\u0301'];
    for (const text of starts.flatMap((start) => ends.map((end) => start.repeat(65_536 / start.length) + end))) {
      const time = processorTimeOf(() => scanText(text));
      // 50 ms with room for a collection of garbage.
      assert.ok(time < 150, `${text.slice(0, 4)}…${text.slice(-5)} took ${String(time)} ms`);
    }
  });
});
