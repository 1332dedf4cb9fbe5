import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseMultipart } from './multipart.ts';

const TYPE = 'multipart/mixed; boundary=gc0p4Jq0M2Yt08jU534c0p';

function body(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

function read(bytes: Buffer, type: string = TYPE) {
  return parseMultipart(bytes, type)?.map((part) => [
    Object.fromEntries(part.headers),
    Buffer.from(part.bytes).toString('latin1'),
  ]);
}

const B = '--gc0p4Jq0M2Yt08jU534c0p';

describe('multipart bodies', () => {
  it('are read into parts, as servers write them', () => {
    const bytes = body(
      ...['a preamble', B, 'Content-Type: application/json', '', '{}'],
      ...[
        `${B} \t`,
        'content-type:  image/png ',
        'Content-Disposition: inline',
        '',
        '\x00\r\n\xff--',
        `${B}--`,
        'rest',
      ],
    );
    const expected = [
      [{ 'content-type': 'application/json' }, '{}'],
      [{ 'content-type': 'image/png', 'content-disposition': 'inline' }, '\x00\r\n\xff--'],
    ];
    assert.deepEqual(read(bytes), expected);
    assert.deepEqual(read(bytes, TYPE.replace(/=(.*)/, '="$1"')), expected);
    assert.deepEqual(read(bytes, TYPE.replace('boundary', 'charset=x; BOUNDARY')), expected);
  });

  it('may begin with their first delimiter, and have parts without headers or without anything', () => {
    assert.deepEqual(read(body(B, '', 'a', B, 'x: y', '', '', `${B}--`)), [
      [{}, 'a'],
      [{ x: 'y' }, ''],
    ]);
  });

  const garbage: readonly (readonly [string, Buffer, string])[] = [
    ['nothing', body(''), TYPE],
    ['no end', body(B, '', 'a', B, '', 'b'), TYPE],
    ['no delimiter', body('a', 'b'), TYPE],
    ['text behind a delimiter', body(`${B}x`, '', 'a', `${B}--`), TYPE],
    ['no end of headers', body(B, 'a: b', `${B}--`), TYPE],
    ['headers without end', body(B, `a: ${'x'.repeat(10_000)}`, '', 'a', `${B}--`), TYPE],
    ['another type', body(B, '', 'a', `${B}--`), 'application/json'],
    ['no boundary', body(B, '', 'a', `${B}--`), 'multipart/mixed'],
    ['a boundary of too many characters', body(B, '', 'a', `${B}--`), `multipart/mixed; boundary=${'x'.repeat(71)}`],
    ['too many parts', body(...Array.from({ length: 20 }, () => [B, '', 'a']).flat(), `${B}--`), TYPE],
  ];
  for (const [what, bytes, type] of garbage) {
    it(`are none: ${what}`, () => assert.equal(read(bytes, type), undefined));
  }

  it('give back whatever bytes were put into them, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (content, noise) => {
        const framed = Buffer.concat([body(B, '', '{}', B, 'a: b', '', ''), content, body('', `${B}--`, '')]);
        assert.deepEqual(parseMultipart(framed, TYPE)?.[1]?.bytes, Buffer.from(content));
        parseMultipart(Buffer.concat([framed.subarray(0, noise.length * 2), noise]), TYPE);
      }),
    );
  });
});
