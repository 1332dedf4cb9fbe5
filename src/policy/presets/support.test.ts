import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONG_LOG, ORDINARY_TEXTS } from '../../../tests/support/ordinary-texts.ts';
import { decidedBy, joinOf, policyOfPreset, say, type Scene } from '../../../tests/support/scenes.ts';

const policy = policyOfPreset('support');

const SCREENSHOT: Scene['event'] = {
  type: 'm.room.message',
  content: { msgtype: 'm.image', body: 'screen.png', url: 'mxc://example.org/s', info: { mimetype: 'image/png' } },
};
const LOG_FILE: Scene['event'] = {
  type: 'm.room.message',
  content: { msgtype: 'm.file', body: 'app.log', url: 'mxc://example.org/l', info: { mimetype: 'text/plain' } },
};
const VOICE: Scene['event'] = {
  type: 'm.room.message',
  content: { msgtype: 'm.audio', body: 'x.ogg', url: 'mxc://example.org/v', 'org.matrix.msc3245.voice': {} },
};
const LIKE_BOB = { lookalike: { userId: '@bob:home.test', name: 'Bob' } };
const NAMED_BOB = { senderDisplayName: 'Bob' };

const ROWS: readonly (readonly [what: string, decidedBy: string, scene: Scene])[] = [
  ['a newcomer asks with a link', 'none', { as: 'newcomer', event: say('https://pastebin.example.net/x fails') }],
  ['a newcomer pastes a log', 'none', { as: 'newcomer', event: say(LONG_LOG) }],
  ['a newcomer sends a screenshot', 'none', { as: 'newcomer', event: SCREENSHOT }],
  ['a newcomer begins with a screenshot', 'none', { as: 'sleeper', event: SCREENSHOT }],
  ['a newcomer sends a log file', 'none', { as: 'newcomer', event: LOG_FILE }],
  ['a newcomer points to another room', 'none', { as: 'newcomer', event: say('they sent me here from #a:b.example') }],
  ['a newcomer asks two people', 'none', { as: 'newcomer', event: say('@a:b.example @c:d.example any idea?') }],
  ['a stranger joins', 'none', { as: 'stranger', event: joinOf('alice') }],
  ['forty lines, each a message', 'none', { event: say('line'), counts: (q) => (q.withinMs === 60_000 ? 45 : 90) }],
  ['eighty of them', 'flood', { event: say('line'), counts: () => 80 }],
  ['thirty screenshots', 'media-flood', { event: SCREENSHOT, counts: (q) => (q.what === 'media' ? 30 : 0) }],
  [
    'a call for everybody',
    'mass-mentions',
    { event: say('@a:x.example @b:x.example @c:x.example @d:x.example @e:x.example @f:x.example help') },
  ],
  ['a newcomer calls the room', 'mass-mentions', { as: 'newcomer', event: say('@room help!!') }],
  [
    'a text of a campaign',
    'repeated-texts',
    {
      as: 'sleeper',
      event: say('The team has moved, please ask in the other place from now on.'),
      similar: () => ({ events: 4, senders: 4, rooms: 1 }),
    },
  ],
  [
    'an offer of help elsewhere',
    'false-help',
    { as: 'newcomer', event: say('Please contact the support team on WhatsApp, they fixed mine') },
  ],
  ['a request for secrets', 'false-help', { as: 'newcomer', event: say('You need to validate your wallet first') }],
  ['the same, explained by a regular', 'none', { event: say('Nobody will ask you to validate your wallet') }],
  ['three rooms at once', 'room-adverts', { as: 'newcomer', event: say('#a:x.example #b:x.example #c:x.example') }],
  ['a voice message', 'voice-messages', { event: VOICE }],
  [
    'a name like a moderator’s',
    'false-moderators',
    { as: 'newcomer', event: say('I help you'), answers: LIKE_BOB, facts: NAMED_BOB },
  ],
  ['a moderator', 'moderator', { as: 'moderator', event: VOICE }],
];

describe('the preset support', () => {
  for (const [what, by, scene] of ROWS) {
    it(`${what}: ${by}`, () => {
      assert.equal(decidedBy(policy, scene), by);
    });
  }

  for (const text of ORDINARY_TEXTS) {
    it(`lets everybody say ${JSON.stringify(text.slice(0, 40))}`, () => {
      for (const as of ['newcomer', 'sleeper', 'unknown_member', 'regular'] as const) {
        assert.equal(decidedBy(policy, { as, event: say(text) }), 'none', as);
      }
    });
  }
});
