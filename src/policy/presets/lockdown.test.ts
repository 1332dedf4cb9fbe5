import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ORDINARY_TEXTS } from '../../../tests/support/ordinary-texts.ts';
import { decidedBy, joinOf, policyOfPreset, say, type Scene } from '../../../tests/support/scenes.ts';

const policy = policyOfPreset('lockdown');

const PICTURE: Scene['event'] = {
  type: 'm.room.message',
  content: { msgtype: 'm.image', body: 'cat.png', url: 'mxc://example.org/cat' },
};
const REACTION: Scene['event'] = {
  type: 'm.reaction',
  content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: '👍' } },
};
const INVITE: Scene['event'] = {
  type: 'm.room.member',
  stateKey: '@z:example.org',
  content: { membership: 'invite' },
};
const LEAVE: Scene['event'] = { ...joinOf('alice'), content: { membership: 'leave' } };

const ROWS: readonly (readonly [what: string, decidedBy: string, scene: Scene])[] = [
  ['a stranger joins', 'lockdown-joins', { as: 'stranger', event: joinOf('alice') }],
  [
    'a stranger who was invited joins',
    'none',
    { as: 'stranger', event: joinOf('alice'), facts: { senderMembership: 'invite' } },
  ],
  ['a newcomer invites', 'lockdown-joins', { as: 'newcomer', event: INVITE }],
  ['a newcomer takes another name', 'lockdown-joins', { as: 'newcomer', event: joinOf('alice', { displayname: 'x' }) }],
  ['a newcomer leaves', 'departure', { as: 'newcomer', event: LEAVE }],
  ['a newcomer writes', 'lockdown-strangers', { as: 'newcomer', event: say('hello?') }],
  [
    'a newcomer writes encrypted',
    'lockdown-strangers',
    { as: 'newcomer', event: { type: 'm.room.encrypted', content: {} } },
  ],
  ['a newcomer reacts', 'lockdown-strangers', { as: 'newcomer', event: REACTION }],
  ['a sleeper wakes up', 'lockdown-strangers', { as: 'sleeper', event: say('now') }],
  ['a regular writes', 'none', { event: say('what is going on?') }],
  ['somebody who was in the room before we were writes', 'none', { as: 'unknown_member', event: say('oh') }],
  ['a regular comes back', 'none', { event: joinOf('alice'), facts: { senderMembership: 'leave' } }],
  ['a regular invites', 'none', { event: INVITE }],
  ['a regular reacts', 'none', { event: REACTION }],
  ['a regular writes a lot', 'lockdown-pace', { event: say('and'), counts: () => 12 }],
  ['a regular calls everybody', 'lockdown-mentions', { event: say('@a:x.example @b:x.example look') }],
  ['a regular answers somebody', 'none', { event: say('@a:x.example yes') }],
  [
    'what others say',
    'lockdown-texts',
    { event: say('an attack that is known already'), similar: () => ({ events: 2, senders: 2, rooms: 1 }) },
  ],
  ['a link by a regular', 'lockdown-links', { event: say('https://a.example') }],
  ['another room by a regular', 'lockdown-links', { event: say('over at #b:a.example') }],
  ['a picture by a regular', 'lockdown-media', { event: PICTURE }],
  [
    'a moderator does it all',
    'moderator',
    { as: 'moderator', event: say('@a:x.example @b:x.example https://a.example') },
  ],
];

describe('the preset lockdown', () => {
  for (const [what, by, scene] of ROWS) {
    it(`${what}: ${by}`, () => {
      assert.equal(decidedBy(policy, scene), by);
    });
  }

  it('hears nobody who is new, whatever they say, and people with history as ever', () => {
    for (const text of ORDINARY_TEXTS) {
      assert.equal(decidedBy(policy, { as: 'newcomer', event: say(text) }), 'lockdown-strangers', text);
      assert.match(decidedBy(policy, { as: 'regular', event: say(text) }), /^none$|^lockdown-links$/, text);
    }
  });
});
