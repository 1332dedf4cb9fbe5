import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { matrixLinks } from './matrix-links.ts';

const V12 = `!${'a'.repeat(43)}`;
const textOf = (body: string): Pdu => messageOf({ body });
const htmlOf = (html: string): Pdu => messageOf({ body: 'x', formatted_body: html });
const own = messageOf({ body: 'x' }).roomId;

interface Row {
  readonly what: string;
  readonly settings?: object;
  readonly event: Pdu;
  /** Matched ids; none: no match. */
  readonly found: readonly string[];
}

const rows: readonly Row[] = [
  {
    what: 'rooms by globs in any case',
    settings: { ids: ['#R*:*'], except_ids: ['#ROOM:*'] },
    event: textOf('#r:x.org #room:x.org #other:x.org'),
    found: ['#r:x.org'],
  },
  {
    what: 'servers by globs in any case',
    settings: { servers: ['*.ORG'], except_servers: ['Y.org'] },
    event: textOf('#r:x.org #r:y.org #r:x.net'),
    found: ['#r:x.org'],
  },
  { what: 'an alias by matrix.to', event: textOf('https://matrix.to/#/%23r:x.org?via=y.org'), found: ['#r:x.org'] },
  { what: 'a link without https', event: textOf('matrix.to/#/#r:x.org.'), found: ['#r:x.org'] },
  { what: 'an id by matrix.to', event: textOf('https://matrix.to/#/!r:x.org/$event'), found: ['!r:x.org'] },
  { what: 'an alias by URI', event: htmlOf('<a href="matrix:r/r:x.org?action=join">x</a>'), found: ['#r:x.org'] },
  { what: 'an id by URI', event: textOf('matrix:roomid/r:x.org/e/event?via=y'), found: ['!r:x.org'] },
  { what: 'an alias by a web client', event: textOf('https://app.example/#/room/#r:x.org'), found: ['#r:x.org'] },
  { what: 'an alias as text', event: textOf('join #r:x.org, now'), found: ['#r:x.org'] },
  { what: 'an id as text', event: textOf(`join ${V12} or !r:x.org`), found: [V12, '!r:x.org'] },
  { what: 'ids as text that do not count', settings: { links_only: true }, event: textOf('#r:x.org'), found: [] },
  { what: 'users', event: textOf('@bob:x.org matrix:u/bob:x.org'), found: [] },
  {
    what: 'users that count',
    settings: { kinds: ['user'] },
    event: textOf('@bob:x.org #r:x.org'),
    found: ['@bob:x.org'],
  },
  { what: 'other links', event: textOf('https://matrix.to/ https://x.org/#r:x.org matrix:x/y #hash #a:'), found: [] },
  { what: 'the room itself', event: textOf(`https://matrix.to/#/${String(own)}/$event`), found: [] },
  {
    what: 'one room, once',
    event: messageOf({
      body: '#r:x.org',
      formatted_body: '<a href="https://matrix.to/#/#r:x.org">#r:x.org</a>',
    }),
    found: ['#r:x.org'],
  },
  {
    what: 'listed rooms',
    settings: { ids: ['#*spam*:*'] },
    event: textOf('#a:x.org #my-spam:x.org'),
    found: ['#my-spam:x.org'],
  },
  { what: 'rooms that are excepted', settings: { except_ids: ['#a:*'] }, event: textOf('#a:x.org'), found: [] },
  {
    what: 'listed servers',
    settings: { servers: ['*.evil.org', 'evil.org'] },
    event: textOf(`#a:x.org #b:evil.org #c:a.evil.org ${V12}`),
    found: ['#b:evil.org', '#c:a.evil.org'],
  },
  {
    what: 'servers that are excepted',
    settings: { except_servers: ['x.org'] },
    event: textOf(`#a:X.org #b:x.org.evil.org ${V12}`),
    found: ['#b:x.org.evil.org', V12],
  },
  {
    what: 'a topic',
    event: eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: '#a:x.org' } }),
    found: ['#a:x.org'],
  },
  { what: 'a redaction', event: eventOf({ type: 'm.room.redaction', content: { reason: '#a:x.org' } }), found: [] },
  { what: 'as many as allowed', settings: { more_than: 2 }, event: textOf('#a:x.org #b:x.org #A:x.org'), found: [] },
];

describe('matrix_links', () => {
  for (const { what, settings = {}, event, found } of rows) {
    it(`${found.length === 0 ? 'passes' : 'finds'} ${what}`, () => {
      const result = judge(checkOf(matrixLinks, settings), event);
      assert.deepEqual(result.matched === 'yes' ? result.evidence.map(({ matched }) => matched) : [], found);
    });
  }

  it('counts, and points at each', () => {
    const body = 'join #a:x.org and https://matrix.to/#/#b:x.org';
    const result = judge(checkOf(matrixLinks, { more_than: 1 }), textOf(body));
    assert.ok(result.matched === 'yes');
    const [count, ...places] = result.evidence;
    assert.equal(count?.note, '2 rooms and users, at most 1 are allowed');
    assert.deepEqual(
      places.map(({ span }) => body.slice(span?.start, span?.end)),
      ['https://matrix.to/#/#b:x.org', '#a:x.org'],
    );
  });
});
