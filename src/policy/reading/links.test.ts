import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventOf, messageOf } from '../../../tests/support/policy-events.ts';
import { EventReading } from './event-reading.ts';
import { pretendedHost } from './link-deception.ts';
import type { Link } from './links.ts';

function htmlLinks(html: string): readonly Link[] {
  return new EventReading(messageOf({ formatted_body: html })).links.links;
}

describe('readLinks', () => {
  const rows: readonly (readonly [string, readonly (readonly [string, string, string?])[]])[] = [
    ['<a href="https://a.org">text</a>', [['href', 'https://a.org', 'text']]],
    ['<a href="https://a.org">https://a.org</a>', [['href', 'https://a.org']]],
    ['<a href="https://a.org">see a.org/x</a>', [['href', 'https://a.org', 'see a.org/x']]],
    [
      '<a href="https://a.org">b.org</a> c.org',
      [
        ['href', 'https://a.org', 'b.org'],
        ['bare', 'b.org'],
        ['bare', 'c.org'],
      ],
    ],
    [
      '<a href="https://a.org">x<a href="https://b.org">y',
      [
        ['href', 'https://a.org', 'x'],
        ['href', 'https://b.org', 'y'],
      ],
    ],
    ['<a href="//a.org/x">x</a>', [['href', '//a.org/x', 'x']]],
    ['<a href="a.org/x">x</a>', [['href', 'a.org/x', 'x']]],
    ['<a href="java\nscript:alert(1)">x</a>', [['href', 'java\nscript:alert(1)', 'x']]],
    ['<a href="#x">x</a><a href="/x">y</a><a name="https://a.org">z</a>', []],
    ['<img src="https://a.org/x"><img src="mxc://a.org/x"><img>', [['image', 'https://a.org/x']]],
    ['<!-- <a href="https://a.org"> -->', []],
  ];
  for (const [html, found] of rows) {
    it(`reads ${JSON.stringify(html)}`, () => {
      assert.deepEqual(
        htmlLinks(html).map(({ form, target, shown }) => [
          form,
          target.written,
          ...(shown === undefined ? [] : [shown]),
        ]),
        found,
      );
    });
  }

  it('doubts bare domains in names alone', () => {
    const member = (displayname: string): readonly Link[] =>
      new EventReading(
        eventOf({ type: 'm.room.member', stateKey: '@a:home.test', content: { membership: 'join', displayname } }),
      ).links.links;
    assert.deepEqual(
      [member('t2bot.io'), member('buy at evil.com/x')].map(([link]) => link?.isDoubtful),
      [true, false],
    );
  });

  it('points into the source of any HTML', () => {
    const pieces = fc.constantFrom(
      ...[
        '<a href="https://a.org">',
        "<a href='b.org'>",
        '</a>',
        '<b>',
        '&amp;',
        'c.org',
        ' ',
        'https://d.org/',
        '<img src=x',
        '>',
        '"',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const html = parts.join('');
        if (html === '') return;
        for (const { span, form, target } of htmlLinks(html)) {
          assert.ok(span !== undefined && span.start >= 0 && span.start <= span.end && span.end <= html.length);
          if (form === 'href') assert.equal(html.slice(span.start, span.end), target.written);
        }
      }),
    );
  });
});

describe('pretendedHost', () => {
  for (const [html, host] of [
    ['<a href="https://evil.org">bank.com</a>', 'bank.com'],
    ['<a href="https://evil.org">Go to <b>https://bank.com/login</b></a>', 'bank.com'],
    ['<a href="https://bank.com.evil.org">www.bank.com</a>', 'bank.com'],
    ['<a href="https://bank.com@evil.org">here</a>', 'bank.com'],
    ['<a href="mailto:a@evil.org">a@bank.com</a>', 'bank.com'],
    ['<a href="https://matrix.to/#/@a:x.org">https://bank.com</a>', 'bank.com'],
    ['<a href="https://evil.github.io">good.github.io</a>', 'good.github.io'],
    ['<a href="https://login.bank.com">www.bank.com</a>', undefined],
    ['<a href="https://evil.org">my bank</a>', undefined],
    ['<a href="https://git.example/readme.md">readme.md</a>', undefined],
    ['<a href="https://matrix.to/#/@a:x.org">t2bot.io</a>', undefined],
    ['<a href="https://user:secret@evil.org">here</a>', undefined],
  ] as const) {
    it(`is ${String(host)} in ${html}`, () => {
      const found = htmlLinks(html).find(({ form }) => form === 'href');
      const pretended = found === undefined ? undefined : pretendedHost(found);
      assert.equal(pretended?.replace(/^www\./, ''), host);
    });
  }
});
