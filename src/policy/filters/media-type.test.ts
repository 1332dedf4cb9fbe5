import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { mediaType } from './media-type.ts';

const fileOf = (msgtype: string, body: string, mimetype?: string): Pdu =>
  messageOf({ msgtype, body, url: 'mxc://x.org/a', info: mimetype === undefined ? {} : { mimetype } });

const listed = { types: ['image/*', 'application/zip'] };
const allowed = { except_types: ['image/*'] };
const mismatch = { mismatch: true };
const rows: readonly (readonly [string, object, Pdu, string | undefined])[] = [
  ['a listed type', listed, fileOf('m.file', 'a', 'application/zip'), 'listed as "application/zip"'],
  ['a type by wildcard, any case', listed, fileOf('m.file', 'a', 'IMAGE/png; x=y'), 'listed as "image/*"'],
  ['another type', listed, fileOf('m.file', 'a', 'text/plain'), undefined],
  ['an allowed type', allowed, fileOf('m.image', 'a', 'image/png'), undefined],
  ['a type that is not allowed', allowed, fileOf('m.file', 'a', 'text/plain'), 'not among the allowed types'],
  [
    'a listed type that is excepted',
    { types: ['image/*'], except_types: ['image/png'] },
    fileOf('m.image', 'a', 'image/png'),
    undefined,
  ],
  ['a missing type', { missing: true }, fileOf('m.file', 'a'), 'does not say what type of file it is'],
  ['a missing type, unless told', allowed, fileOf('m.file', 'a'), undefined],
  ['a location', { missing: true }, messageOf({ msgtype: 'm.location', body: 'here' }), undefined],
  ['text', { missing: true }, messageOf({ body: 'a.zip' }), undefined],
  ['an image that is none', mismatch, fileOf('m.image', 'a.png', 'application/zip'), 'sent as image'],
  ['a voice message', mismatch, fileOf('m.audio', 'a.ogg', 'application/ogg'), undefined],
  ['a name that says otherwise', mismatch, fileOf('m.file', 'a.pdf', 'image/png'), 'the name ends in .pdf'],
  ['a picture that may hold scripts', mismatch, fileOf('m.image', 'a.png', 'image/svg+xml'), 'the name ends in .png'],
  ['a name that fits', mismatch, fileOf('m.image', 'a.JPG', 'image/jpeg'), undefined],
  ['an unknown ending', mismatch, fileOf('m.file', 'a.xyzzy', 'image/png'), undefined],
  ['bytes', mismatch, fileOf('m.file', 'a.png', 'application/octet-stream'), undefined],
];

describe('media_type', () => {
  for (const [what, settings, pdu, note] of rows) {
    it(`${note === undefined ? 'passes' : 'finds'} ${what}`, () => {
      const result = judge(checkOf(mediaType, settings), pdu);
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.note : undefined, note);
    });
  }

  it('points at the type', () => {
    const result = judge(checkOf(mediaType, listed), fileOf('m.file', 'a', 'application/zip'));
    assert.deepEqual(result.matched === 'yes' && result.evidence[0], {
      ...{ path: 'content.info.mimetype', matched: 'application/zip', note: 'listed as "application/zip"' },
    });
  });

  it('wants a setting', () => assert.ok(!mediaType.settings.safeParse({}).success));
});
