import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../protocol/json.ts';
import { decidedBy, joinOf, policyOfPreset, say, type Scene } from '../../../tests/support/scenes.ts';

const policy = policyOfPreset('announcements');

function react(key: string): Scene['event'] {
  return { type: 'm.reaction', content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key } } };
}

function of(type: string, content: JsonObject = {}): Scene['event'] {
  return { type, content };
}

const ROWS: readonly (readonly [what: string, decidedBy: string, scene: Scene])[] = [
  ['a reader writes', 'readers', { event: say('what about us?') }],
  ['a reader writes in a thread', 'readers', { event: say('x', { 'm.relates_to': { rel_type: 'm.thread' } }) }],
  ['a reader writes encrypted', 'readers', { event: of('m.room.encrypted') }],
  ['a reader sends a sticker', 'readers', { event: of('m.sticker', { body: 'x', url: 'mxc://a.example/x' }) }],
  ['a reader calls', 'readers', { event: of('m.call.invite') }],
  [
    'a reader edits what they wrote once',
    'readers',
    { event: say('* x', { 'm.new_content': { body: 'x', msgtype: 'm.text' } }) },
  ],
  ['a reader reacts', 'none', { as: 'newcomer', event: react('🎉') }],
  ['a reader reacts with a word', 'none', { event: react('congratulations') }],
  ['a reader votes', 'none', { event: of('m.poll.response') }],
  [
    'a reader deletes their own reaction',
    'own_redaction',
    { event: of('m.room.redaction'), answers: { redactionTarget: '@alice:home.test' } },
  ],
  ['a reader joins', 'none', { as: 'stranger', event: joinOf('alice') }],
  ['a reader changes their name', 'none', { event: joinOf('alice', { displayname: 'Alice' }) }],
  ['a reader writes by reacting', 'reactions-as-messages', { event: react('this is a message in disguise') }],
  ['a reader advertises by reacting', 'reactions-as-messages', { event: react('https://a.example') }],
  ['a reader reacts with a picture', 'reactions-as-messages', { event: react('mxc://a.example/x') }],
  ['a reader reacts without end', 'reaction-flood', { event: react('🎉'), counts: () => 25 }],
  [
    'a reader takes the name of an announcer',
    'false-moderators',
    {
      as: 'stranger',
      event: joinOf('x', { displayname: 'News' }),
      answers: { lookalike: { userId: '@news:home.test', name: 'News' } },
    },
  ],
  ['an announcer writes', 'none', { event: say('Version 2 is out'), facts: { senderPowerLevel: 10 } }],
  [
    'an announcer sends a picture',
    'none',
    { event: of('m.sticker', { body: 'x', url: 'mxc://a.example/x' }), facts: { senderPowerLevel: 10 } },
  ],
  ['a moderator writes', 'moderator', { as: 'moderator', event: say('hello') }],
];

describe('the preset announcements', () => {
  for (const [what, by, scene] of ROWS) {
    it(`${what}: ${by}`, () => {
      assert.equal(decidedBy(policy, scene), by);
    });
  }
});
