import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { CheckResult } from './filter.ts';
import { links } from './links.ts';

const textOf = (body: string): Pdu => messageOf({ body });
const htmlOf = (html: string): Pdu => messageOf({ body: 'x', formatted_body: html });

function matchedOf(result: CheckResult): readonly (string | undefined)[] {
  return result.matched === 'yes' ? result.evidence.map(({ matched }) => matched) : [];
}

interface Row {
  readonly what: string;
  readonly settings?: object;
  readonly event: Pdu;
  /** Matched addresses, in order; none: no match. */
  readonly found: readonly string[];
}

const rows: readonly Row[] = [
  {
    what: 'pictures from the web, and no other links',
    settings: { only: ['image'] },
    event: htmlOf('<img src="https://a.org/b.png"><a href="https://a.org/c.png">x</a> https://a.org/d'),
    found: ['https://a.org/b.png'],
  },
  {
    what: 'addresses that say that they are not encrypted, and no others',
    settings: { only: ['unencrypted'] },
    event: textOf('http://a.org https://b.org c.org'),
    found: ['http://a.org'],
  },
  {
    what: 'what anybody can register below a domain that is listed',
    settings: { domains: ['github.io'] },
    event: textOf('https://evil.github.io https://a.org'),
    found: ['https://evil.github.io'],
  },
  {
    what: 'denied and allowed addresses, in any case',
    settings: { denied_urls: ['https://A.org/bad*'], allowed_urls: ['HTTPS://a.org/*'] },
    event: textOf('https://a.org/BAD https://a.org/good https://b.org'),
    found: ['https://a.org/BAD', 'https://b.org'],
  },
  {
    what: 'names of files as links where they are denied by name alone',
    settings: { denied_urls: ['readme.md'] },
    event: textOf('see readme.md and changes.md'),
    found: ['readme.md'],
  },
  {
    what: 'no names of files where other addresses are allowed',
    settings: { denied_urls: ['x.org'], allowed_urls: ['https://a.org/*'] },
    event: textOf('see readme.md'),
    found: [],
  },
  { what: 'an address', event: textOf('see https://example.com/a.'), found: ['https://example.com/a'] },
  { what: 'a bare domain', event: textOf('see example.com/a.'), found: ['example.com/a'] },
  { what: 'a link of HTML', event: htmlOf('<a href="https://a.org/?b&amp;c">x</a>'), found: ['https://a.org/?b&c'] },
  { what: 'a picture of HTML', event: htmlOf('<img src="https://a.org/b.png">'), found: ['https://a.org/b.png'] },
  { what: 'an uploaded picture', event: htmlOf('<img src="mxc://a.org/b">'), found: [] },
  {
    what: 'an edit',
    event: messageOf({ body: '*', 'm.new_content': { body: 'https://a.org' } }),
    found: ['https://a.org'],
  },
  {
    what: 'a caption',
    event: messageOf({ msgtype: 'm.image', filename: 'a.png', body: 'my site: a.org', url: 'mxc://x/y' }),
    found: ['a.org'],
  },
  {
    what: 'a name of a file',
    event: messageOf({ msgtype: 'm.file', body: 'example.com', url: 'mxc://x/y' }),
    found: [],
  },
  {
    what: 'a topic',
    event: eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'a.org/x' } }),
    found: ['a.org/x'],
  },
  {
    what: 'the reason of a redaction',
    event: eventOf({ type: 'm.room.redaction', content: { reason: 'https://a.org' } }),
    found: [],
  },
  { what: 'text', event: textOf('no link, e.g. readme.md, 1.2.3.4 or done.So'), found: [] },
  { what: 'a mail address', event: textOf('bob@example.com'), found: [] },
  { what: 'a mail address that counts', settings: { mail: true }, event: textOf('bob@a.com'), found: ['bob@a.com'] },
  { what: 'a Matrix id', event: textOf('@bob:example.com #room:example.com'), found: [] },
  { what: 'a mention', event: htmlOf('<a href="https://matrix.to/#/@bob:a.org">Bob</a>'), found: [] },
  { what: 'another page of matrix.to', event: textOf('https://matrix.to/x'), found: ['https://matrix.to/x'] },
  {
    what: 'a mention that counts',
    settings: { matrix: true },
    event: textOf('matrix:u/bob:a.org'),
    found: ['matrix:u/bob:a.org'],
  },
  {
    what: 'the same link twice, once',
    event: messageOf({ body: 'http://a.org', formatted_body: '<a href="https://a.org/">a.org</a>' }),
    found: ['http://a.org'],
  },
  { what: 'as many as allowed', settings: { more_than: 2 }, event: textOf('a.org b.org a.org/'), found: [] },
  {
    what: 'a listed domain',
    settings: { domains: ['A.org', 'bücher.de'] },
    event: textOf('https://x.A.org. xa.org xn--bcher-kva.de/x'),
    found: ['https://x.A.org', 'xn--bcher-kva.de/x'],
  },
  {
    what: 'a listed domain that looks like a file',
    settings: { domains: ['evil.md'] },
    event: textOf('evil.md readme.md'),
    found: ['evil.md'],
  },
  {
    what: 'a listed domain with wildcards',
    settings: { domains: ['*casino*.com'] },
    event: textOf('my-casino-x.com casino.org'),
    found: ['my-casino-x.com'],
  },
  {
    what: 'all but some domains',
    settings: { except_domains: ['a.org', 'github.io'] },
    event: textOf('a.org x.a.org https://github.io https://evil.github.io https://a.org@b.org/ a.org.b.org/'),
    found: ['https://evil.github.io', 'https://a.org@b.org/', 'a.org.b.org/'],
  },
  {
    what: 'a listed domain without a part of it',
    settings: { domains: ['a.org'], except_domains: ['docs.a.org'] },
    event: textOf('docs.a.org a.org'),
    found: ['a.org'],
  },
  {
    what: 'denied addresses',
    settings: { denied_urls: ['https://a.org/*'] },
    event: textOf('https://A.org/b https://c.org/'),
    found: ['https://A.org/b'],
  },
  {
    what: 'addresses that are not allowed',
    settings: { allowed_urls: ['https://a.org/*', 'https://b.org'] },
    event: textOf('https://a.org/b https://b.org https://c.org'),
    found: ['https://c.org'],
  },
  {
    what: 'addresses that are allowed and denied',
    settings: { allowed_urls: ['https://a.org/*'], denied_urls: ['*bad*'] },
    event: textOf('https://a.org/good https://a.org/bad'),
    found: ['https://a.org/bad'],
  },
  {
    what: 'schemes',
    settings: { schemes: ['magnet', 'HTTP', 'mailto'] },
    event: textOf('magnet:?x http://a.org https://a.org mailto:a@b.org'),
    found: ['magnet:?x', 'http://a.org', 'mailto:a@b.org'],
  },
  { what: 'all but a scheme', settings: { except_schemes: ['https'] }, event: textOf('https://a.org'), found: [] },
  {
    what: 'deceptive links',
    settings: { only: ['deceptive'] },
    event: htmlOf(
      '<a href="https://evil.org">bank.com</a> <a href="https://www.bank.com/login">bank.com</a> <a href="https://evil.org/2">here</a> https://bank.com@evil.org/3',
    ),
    found: ['https://evil.org', 'https://bank.com@evil.org/3'],
  },
  {
    what: 'a deceptive link of Markdown',
    settings: { only: ['deceptive'] },
    event: textOf('[https://bank.com](https://evil.org)'),
    found: ['https://evil.org'],
  },
  {
    what: 'a mention of somebody who is named like a domain',
    settings: { only: ['deceptive'], matrix: true },
    event: htmlOf('<a href="https://matrix.to/#/@bot:a.org">t2bot.io</a>'),
    found: [],
  },
  {
    what: 'letters beyond ASCII',
    settings: { only: ['punycode'] },
    event: textOf('https://аррӏе.com https://apple.com xn--80ak6aa92e.com/x'),
    found: ['https://аррӏе.com', 'xn--80ak6aa92e.com/x'],
  },
  {
    what: 'IP addresses, however they are written',
    settings: { only: ['ip_address'] },
    event: textOf('http://2130706434/ http://[::1]/ 1.2.3.4:80 https://a.org'),
    found: ['http://2130706434/', 'http://[::1]/', '1.2.3.4:80'],
  },
  {
    what: 'other traits',
    settings: { only: ['unencrypted', 'port', 'credentials'] },
    event: textOf('http://a.org b.org https://c.org:8443/ https://user@d.org/'),
    found: ['http://a.org', 'https://c.org:8443/', 'https://user@d.org/'],
  },
  {
    what: 'what nobody reads',
    settings: { everywhere: true },
    event: messageOf({ body: 'x', 'org.example.data': [{ 'https://a.org': 'https://b.org' }] }),
    found: ['https://a.org', 'https://b.org'],
  },
  { what: 'what nobody reads, unless told', event: messageOf({ body: 'x', 'a.b': 'https://b.org' }), found: [] },
];

describe('links', () => {
  for (const { what, settings = {}, event, found } of rows) {
    it(`${found.length === 0 ? 'passes' : 'finds'} ${what}`, () => {
      assert.deepEqual(matchedOf(judge(checkOf(links, settings), event)), found);
    });
  }

  it('counts different links', () => {
    const result = judge(checkOf(links, { more_than: 2 }), textOf('a.org b.org c.org c.org'));
    assert.ok(result.matched === 'yes');
    assert.equal(result.evidence[0]?.note, '3 different links, at most 2 are allowed');
  });

  it('does not look at hundreds of links one by one', () => {
    const many = (count: number): Pdu =>
      textOf(Array.from({ length: count }, (_, index) => `https://x.org/${String(index)}`).join(' '));
    const check = checkOf(links, { domains: ['a.org'] });
    assert.equal(judge(check, many(500)).matched, 'no');
    assert.equal(judge(check, many(501)).matched, 'yes');
    assert.equal(judge(check, textOf('https://x.org '.repeat(4_000))).matched, 'no');
  });

  it('says why', () => {
    for (const [settings, body, note] of [
      [{}, 'https://a.org', 'link to a.org'],
      [{ domains: ['a.org'] }, 'x.a.org', 'link to x.a.org, listed as "a.org"'],
      [{ only: ['deceptive'] }, '[bank.com](https://evil.org)', 'link to evil.org, shows "bank.com"'],
      [{ schemes: ['magnet'] }, 'magnet:?x', 'link to a magnet address, scheme magnet'],
    ] as const) {
      const result = judge(checkOf(links, settings), textOf(body));
      assert.ok(result.matched === 'yes');
      assert.equal(result.evidence[0]?.note, note);
    }
  });

  it('points at the place in the source', () => {
    const html = '<p>&amp; ex<b>ample</b>.com/x <a title=x href="https://a.org?b&amp;c">d</a>';
    const result = judge(checkOf(links), htmlOf(html));
    assert.ok(result.matched === 'yes');
    assert.deepEqual(
      result.evidence.map(({ path, span }) => [path, html.slice(span?.start, span?.end)]),
      [
        ['content.formatted_body', 'https://a.org?b&amp;c'],
        ['content.formatted_body', 'ex<b>ample</b>.com/x'],
      ],
    );
  });
});
