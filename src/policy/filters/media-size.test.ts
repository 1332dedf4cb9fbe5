import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { mediaSize } from './media-size.ts';

interface Row {
  readonly settings: object;
  readonly msgtype?: string;
  readonly info: Record<string, number | string>;
  readonly note: string | undefined;
}

const rows: readonly Row[] = [
  {
    settings: { bytes_more_than: '1kB' },
    info: { size: 1001 },
    note: 'size: 1001 bytes, at most 1000 bytes are allowed',
  },
  { settings: { bytes_more_than: '1kB' }, info: { size: 1000 }, note: undefined },
  { settings: { bytes_more_than: 5 }, info: { size: '9' }, note: undefined },
  { settings: { bytes_more_than: 5, missing: true }, info: { size: '9' }, note: 'does not say its size' },
  { settings: { missing: true }, info: {}, note: 'does not say its size' },
  { settings: { missing: true }, info: { size: 0 }, note: undefined },
  { settings: { width_more_than: 9 }, info: { w: 10 }, note: 'width: 10 pixels, at most 9 pixels are allowed' },
  { settings: { height_more_than: 9 }, info: { h: 10 }, note: 'height: 10 pixels, at most 9 pixels are allowed' },
  {
    settings: { pixels_more_than: 99 },
    info: { w: 10, h: 10 },
    note: 'area: 100 pixels, at most 99 pixels are allowed',
  },
  { settings: { pixels_more_than: 99 }, info: { w: 1000 }, note: undefined },
  { settings: { pixels_more_than: 99, missing: true }, info: { w: 9 }, note: 'does not say its area' },
  {
    settings: { longer_than: '5m' },
    msgtype: 'm.audio',
    info: { duration: 360_000 },
    note: 'duration: 6m, at most 5m are allowed',
  },
  { settings: { longer_than: '5m', missing: true }, msgtype: 'm.file', info: {}, note: undefined },
  { settings: { kinds: ['video'], bytes_more_than: 1 }, info: { size: 2 }, note: undefined },
  { settings: { missing: true }, msgtype: 'm.text', info: {}, note: undefined },
];

describe('media_size', () => {
  for (const { settings, msgtype = 'm.image', info, note } of rows) {
    it(`${JSON.stringify(settings)} on ${msgtype} ${JSON.stringify(info)}`, () => {
      const event = messageOf({ msgtype, body: 'a', url: 'mxc://x.org/a', info });
      const result = judge(checkOf(mediaSize, settings), event);
      const evidence = note === undefined ? undefined : [{ path: 'content.info', note }];
      assert.deepEqual(result.matched === 'yes' ? result.evidence : undefined, evidence);
    });
  }

  it('wants a limit', () => {
    assert.ok(!mediaSize.settings.safeParse({}).success);
    assert.ok(!mediaSize.settings.safeParse({ kinds: ['image'] }).success);
  });
});
