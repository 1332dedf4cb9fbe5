import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attributeOf, htmlTags } from './html-tags.ts';

/** Name with slash for end tags, and attributes. */
function shapeOf(source: string): readonly (readonly [string, ...string[]])[] {
  return htmlTags(source).map((tag) => [
    (tag.isEnd ? '/' : '') + tag.name,
    ...tag.attributes.map(({ name, value }) => `${name}=${value}`),
  ]);
}

const rows: readonly (readonly [string, ReturnType<typeof shapeOf>])[] = [
  ['', []],
  ['a < b and c > d', []],
  ['<b>x</b>', [['b'], ['/b']]],
  ['<A HREF="X">', [['a', 'href=X']]],
  ["<a href='x>y' title=z>", [['a', 'href=x>y', 'title=z']]],
  ['<a/href=x>', [['a', 'href=x']]],
  ['<a href = "x"b=c>', [['a', 'href=x', 'b=c']]],
  ['<img src=a/b/>', [['img', 'src=a/b/']]],
  ['<br/>', [['br']]],
  ['<a href="a&amp;b&#58;">', [['a', 'href=a&b:']]],
  ['<a b c="">', [['a', 'b=', 'c=']]],
  ['<a b=>', [['a', 'b=']]],
  ['<a <b href=x>', [['a', '<b=', 'href=x']]],
  ['<a =x>', [['a', '=x=']]],
  ['<!-- <b> --><i>', [['i']]],
  ['<!--><b>', [['b']]],
  ['<!-- <b>', []],
  ['<?x <b><i>', [['i']]],
  ['</ b><i>', [['i']]],
  ['<a href="x', []],
  ['<a href="x><b>', []],
  ['<a href', []],
  ['<a', []],
];

describe('htmlTags', () => {
  for (const [source, tags] of rows) {
    it(`reads ${JSON.stringify(source)}`, () => assert.deepEqual(shapeOf(source), tags));
  }

  it('points at tags and at values', () => {
    const source = 'x <a b=c href=\'d&amp;e\' f="g">';
    const [tag] = htmlTags(source);
    assert.ok(tag !== undefined);
    assert.equal(source.slice(tag.start, tag.end), source.slice(2));
    for (const [name, raw] of [
      ['b', 'c'],
      ['href', 'd&amp;e'],
      ['f', 'g'],
    ] as const) {
      const value = attributeOf(tag, name);
      assert.equal(source.slice(value?.start, value?.end), raw);
    }
  });

  it('finds places in order inside of any source', () => {
    const pieces = fc.constantFrom(
      '<a',
      '<b ',
      '</',
      '>',
      ' ',
      'href',
      '=',
      '"',
      "'",
      '<!--',
      '-->',
      '/',
      '&amp;',
      'é',
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const source = parts.join('');
        let from = 0;
        for (const tag of htmlTags(source)) {
          assert.ok(tag.start >= from && tag.end <= source.length);
          assert.ok(source.startsWith('<', tag.start) && source.charAt(tag.end - 1) === '>');
          from = tag.end;
          for (const { start, end } of tag.attributes) assert.ok(start > tag.start && start <= end && end < tag.end);
        }
      }),
    );
  });
});
