import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageOf } from '../../../tests/support/policy-events.ts';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { EventReading } from './event-reading.ts';
import { writtenRoomMention } from './mentions.ts';

describe('readMentions', () => {
  const rows: readonly { content: JsonObject; users: readonly string[]; room?: boolean }[] = [
    { content: { 'm.mentions': { user_ids: ['@a:x', '@b:x', 7] } }, users: ['@a:x', '@b:x'] },
    { content: { 'm.mentions': { room: true } }, users: [], room: true },
    {
      content: { 'm.mentions': { user_ids: ['@a:x'] }, body: 'hello @a:x and @b:x.org.' },
      users: ['@a:x', '@b:x.org'],
    },
    { content: { 'm.mentions': { user_ids: ['@Old:x'] }, body: '@Old:x' }, users: ['@Old:x'] },
    {
      content: { body: 'x', formatted_body: '<a href="https://matrix.to/#/%40c%3Ax.org">c</a>' },
      users: ['@c:x.org'],
    },
    { content: { body: 'x', formatted_body: '<a href="matrix:u/c:x.org">c</a>' }, users: ['@c:x.org'] },
    { content: { body: 'https://client.example/#/user/@c:x.org' }, users: ['@c:x.org'] },
    { content: { 'm.new_content': { 'm.mentions': { user_ids: ['@d:x'], room: true } } }, users: ['@d:x'], room: true },
    { content: { body: 'mail me: a@b.c' }, users: [] },
    { content: { 'm.mentions': [], body: '@:x @a: @' }, users: [] },
  ];
  for (const { content, users, room = false } of rows) {
    it(`in ${JSON.stringify(content)}`, () => {
      const found = new EventReading(messageOf(content)).mentions;
      assert.deepEqual([[...found.users], found.room], [users, room]);
    });
  }

  it('tells where somebody is mentioned', () => {
    const { mentions } = new EventReading(
      messageOf({
        'm.mentions': { user_ids: ['@a:x'] },
        body: '@b:x',
        formatted_body: '<a href="https://matrix.to/#/@c:x">C</a>',
      }),
    );
    assert.deepEqual(
      [[...mentions.listed], [...mentions.written], [...mentions.linked]],
      [['@a:x'], ['@b:x'], ['@c:x']],
    );
  });

  it('takes time in proportion to the text', () => {
    for (const unit of ['@a:b', '@', '@a', '@a.', '@a:a.']) {
      const body = unit.repeat(40_000 / unit.length);
      const pdu = messageOf({ body });
      const time = processorTimeOf(() => new EventReading(pdu).mentions);
      assert.ok(time < 300, `${unit} took ${String(time)} ms`);
    }
  });
});

describe('writtenRoomMention', () => {
  for (const [body, part] of [
    ['hey @room, look', '@room'],
    ['@room', '@room'],
    ['(@room!)', '@room'],
    ['@roommate', undefined],
    ['@room:example.org', undefined],
    ['me@room', undefined],
    ['@rooms', undefined],
  ] as const) {
    it(`${part === undefined ? 'is not' : 'is'} in "${body}"`, () => {
      const found = writtenRoomMention(new EventReading(messageOf({ body })).texts);
      assert.equal(found && body.slice(found.span.start, found.span.end), part);
    });
  }
});
