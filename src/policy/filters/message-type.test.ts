import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { messageType } from './message-type.ts';

const notice = messageOf({ msgtype: 'm.notice', body: 'x' });
const edit = messageOf({ body: '* x', 'm.new_content': { msgtype: 'm.notice', body: 'x' } });
const custom = messageOf({ msgtype: 'org.example.game', body: 'x' });

describe('message_type', () => {
  const rows: readonly (readonly [what: string, settings: object, pdu: Pdu, path: string | undefined])[] = [
    ['the type itself', { types: ['m.notice'] }, notice, 'content.msgtype'],
    ['another type', { types: ['m.emote'] }, notice, undefined],
    ['another case', { types: ['M.Notice'] }, notice, undefined],
    ['a glob', { types: ['org.example.*'] }, custom, 'content.msgtype'],
    ['a glob and an exception', { types: ['*'], except: ['m.notice'] }, notice, undefined],
    ['an edit that makes it such a message', { types: ['m.notice'] }, edit, 'content.m\\.new_content.msgtype'],
    [
      'an event that is no message',
      { types: ['*'] },
      eventOf({ type: 'm.sticker', content: { msgtype: 'm.notice' } }),
      undefined,
    ],
    ['a type that is no text', { types: ['*'] }, messageOf({ msgtype: 7, body: 'x' }), undefined],
  ];
  for (const [what, settings, pdu, path] of rows) {
    it(what, () => {
      const result = judge(checkOf(messageType, settings), pdu);
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.path : undefined, path);
    });
  }
});
