import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { inlineImages } from './inline-images.ts';

const EMOJI = '<img data-mx-emoticon src="mxc://x.org/a" alt=":a:" height="32" width="32">';
const rows: readonly (readonly [string, object, string, string | undefined])[] = [
  ['any picture', {}, EMOJI, 'a picture in the text'],
  ['text about pictures', {}, '&lt;img src="x"&gt;', undefined],
  ['no picture', {}, '<b>x</b>', undefined],
  ['many', { more_than: 2 }, EMOJI.repeat(3), '3 pictures, at most 2 are allowed'],
  ['a few', { more_than: 3 }, EMOJI.repeat(3), undefined],
  ['a custom emoji', { height_more_than: 32, missing_height: true, missing_emoticon_mark: true }, EMOJI, undefined],
  ['a high one', { height_more_than: 31 }, EMOJI, '32 pixels high, at most 31'],
  ['a wide one', { width_more_than: 31 }, EMOJI, '32 pixels wide, at most 31'],
  ['one without height', { height_more_than: 31 }, '<img>', undefined],
  ['one without the height that is wanted', { missing_height: true }, '<img>', 'without a height'],
  ['two heights', { missing_height: true }, '<img height=32 height=900>', 'without a height'],
  ['a height that is no whole number', { missing_height: true }, '<img height="3e9">', 'without a height'],
  ['one without mark', { missing_emoticon_mark: true }, '<IMG SRC=x>', 'not marked as a custom emoji'],
  [
    'one from the web',
    { not_uploaded: true },
    '<img src="https://x.org/">',
    'a picture that is not on a Matrix server',
  ],
  ['one without source', { not_uploaded: true }, '<img/>', 'a picture that is not on a Matrix server'],
  ['an uploaded one', { not_uploaded: true }, EMOJI, undefined],
];

describe('inline_images', () => {
  for (const [what, settings, html, note] of rows) {
    it(`${note === undefined ? 'passes' : 'finds'} ${what} with ${JSON.stringify(settings)}`, () => {
      const result = judge(checkOf(inlineImages, settings), messageOf({ body: 'x', formatted_body: html }));
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.note : undefined, note);
      assert.equal(result.matched, note === undefined ? 'no' : 'yes');
    });
  }

  it('points at the tag, in edits too', () => {
    const html = `<p>a &amp; ${EMOJI}</p>`;
    const event = messageOf({ body: '*', 'm.new_content': { body: 'x', formatted_body: html } });
    const result = judge(checkOf(inlineImages), event);
    assert.ok(result.matched === 'yes');
    const [first] = result.evidence;
    assert.equal(first?.path, 'content.m\\.new_content.formatted_body');
    assert.equal(html.slice(first.span?.start, first.span?.end), EMOJI);
    assert.equal(first.matched, EMOJI);
  });
});
