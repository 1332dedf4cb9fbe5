import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONG_LOG, ORDINARY_TEXTS } from '../../../tests/support/ordinary-texts.ts';
import { decidedBy, decideScene, joinOf, NOW, policyOfPreset, say, type Scene } from '../../../tests/support/scenes.ts';
import { keyIdOf } from '../../../tests/support/federation-fakes.ts';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { signingKeyFromSeed } from '../../protocol/ed25519.ts';

const policy = policyOfPreset('public');

/** Signs with a key that anybody has. */
const FORGER = { ...SIGNER, key: signingKeyFromSeed(keyIdOf('ed25519:0'), Buffer.alloc(32)) };

const PICTURE = {
  type: 'm.room.message',
  content: { msgtype: 'm.image', body: 'cat.png', url: 'mxc://example.org/cat', info: { mimetype: 'image/png' } },
};
const REACTION = {
  type: 'm.reaction',
  content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: '👍' } },
};
const LONG = 'Our project meets every Friday at six in the old harbour, all of you are welcome to come along.';
const link = (url: string): string => `have a look at ${url} please`;
const file = (name: string): Scene['event'] => ({
  type: 'm.room.message',
  content: { msgtype: 'm.file', body: name, filename: name, url: 'mxc://example.org/f' },
});
const times =
  (what: string, count: number): NonNullable<Scene['counts']> =>
  (question) =>
    question.what === what ? count : 0;
const alike = (events: number, senders: number, rooms = 1, among = 'all'): NonNullable<Scene['similar']> => {
  const nothing = { events: 0, senders: 0, rooms: 0 };
  return (question) => (question.among === among ? { events, senders, rooms } : nothing);
};
/** Thirty joins by others. */
const crowd: NonNullable<Scene['counts']> = (question) => (question.per === 'everyone' ? 30 : 0);
const people = (count: number): string =>
  Array.from({ length: count }, (_, index) => `@user${String(index)}:example.org`).join(' ');

type Row = readonly [what: string, decidedBy: string, scene: Scene];

const ROWS: readonly Row[] = [
  // What a newcomer may do.
  ['a newcomer says hello', 'none', { as: 'newcomer', event: say('Hello! Who knows about cats?') }],
  ['a newcomer answers', 'none', { as: 'newcomer', event: say('Thanks @bob:example.org, that helped') }],
  ['a newcomer links to a well-known site', 'none', { as: 'newcomer', event: say(link('https://github.com/a/b')) }],
  ['a newcomer joins', 'none', { as: 'stranger', event: joinOf('alice', { displayname: 'Alice' }) }],
  ['a newcomer reacts', 'none', { as: 'newcomer', event: REACTION }],
  ['a regular posts a link', 'none', { event: say(link('https://example.org/a')) }],
  ['a regular points to another room', 'none', { event: say('ask in #cats:example.org') }],
  ['a regular posts a picture', 'none', { event: PICTURE }],
  ['a regular pastes a long log', 'none', { event: say(LONG_LOG) }],
  [
    'somebody who was in the room before we were posts a link',
    'none',
    { as: 'unknown_member', event: say(link('https://example.org')) },
  ],
  ['somebody who was in the room before we were posts a picture', 'none', { as: 'unknown_member', event: PICTURE }],
  [
    'a moderator does everything at once',
    'moderator',
    { as: 'moderator', event: say(`@room ${people(15)} ${link('https://a.example')}`) },
  ],
  [
    'somebody leaves a room that is raided',
    'departure',
    { event: { ...joinOf('alice'), content: { membership: 'leave' } } },
  ],
  // Sound events.
  [
    'a forged event, though by a moderator',
    'forged-events',
    { as: 'moderator', event: { ...say('hello'), signer: FORGER } },
  ],
  ['an event from tomorrow', 'wrong-clock', { event: { ...say('hello'), originServerTs: NOW + 86_400_000 } }],
  ['an event that is ten minutes early', 'none', { event: { ...say('hello'), originServerTs: NOW + 600_000 } }],
  [
    'an event that was two days on its way',
    'none',
    { event: { ...say('hello'), originServerTs: NOW - 2 * 86_400_000 } },
  ],
  [
    'a message without a body',
    'malformed-events',
    { event: { type: 'm.room.message', content: { msgtype: 'm.text' } } },
  ],
  [
    'data in the fields of a message',
    'hidden-payload',
    { as: 'newcomer', event: say('hello', { data: 'QUJD'.repeat(3000) }) },
  ],
  ['a wall of text by a newcomer', 'huge-messages', { as: 'newcomer', event: say('some words '.repeat(2_500)) }],
  ['the largest wall there is', 'huge-messages', { event: say('some words '.repeat(5_000)) }],
  // Joins.
  ['a join in a raid', 'raid', { as: 'stranger', event: joinOf('x1'), counts: times('joins', 30) }],
  [
    'an invited join in a raid',
    'none',
    { as: 'stranger', event: joinOf('x1'), counts: crowd, facts: { senderMembership: 'invite' } },
  ],
  [
    'a regular comes back in a raid',
    'none',
    { event: joinOf('alice'), counts: crowd, facts: { senderMembership: 'leave' } },
  ],
  [
    'a join like others',
    'alike-joins',
    {
      as: 'stranger',
      event: joinOf('x1', { displayname: 'Anna 4711' }),
      counts: (q) => (q.across === 'community' ? 8 : 0),
      similar: alike(6, 6),
    },
  ],
  [
    'a message of somebody who came with the raid',
    'raid-messages',
    { as: 'newcomer', event: say('hi'), counts: times('joins', 30) },
  ],
  ['a regular talks during a raid', 'none', { event: say('what is going on?'), counts: crowd }],
  [
    'somebody joins for the tenth time',
    'rejoining',
    {
      event: joinOf('alice'),
      counts: (q) => (q.per === 'sender' && q.what === 'joins' ? 9 : 0),
      facts: { senderMembership: 'leave' },
    },
  ],
  [
    'a name with a link',
    'names-with-links',
    { as: 'stranger', event: joinOf('x', { displayname: 'win at casino.example.com/now' }) },
  ],
  [
    'a name like that of a moderator',
    'false-moderators',
    {
      as: 'stranger',
      event: joinOf('x', { displayname: 'Βob' }),
      answers: { lookalike: { userId: '@bob:home.test', name: 'Bob' } },
    },
  ],
  [
    'a regular whose name is like that of a moderator',
    'none',
    {
      event: joinOf('alice', { displayname: 'Bob' }),
      answers: { lookalike: { userId: '@bob:home.test', name: 'Bob' } },
    },
  ],
  // Amounts.
  ['thirty messages a minute', 'none', { event: say('and another'), counts: (q) => (q.withinMs === 60_000 ? 29 : 79) }],
  [
    'more of them',
    'flood',
    { event: say('and another'), counts: (q) => (q.per === 'sender' && q.what === 'messages' ? 40 : 0) },
  ],
  [
    'a newcomer in a hurry',
    'newcomer-flood',
    { as: 'newcomer', event: say('buy'), counts: (q) => (q.per === 'sender' && q.what === 'messages' ? 14 : 0) },
  ],
  [
    'a newcomer in a room full of shouting',
    'crowd',
    { as: 'newcomer', event: say('hi'), counts: (q) => (q.per === 'room' ? 80 : 0) },
  ],
  ['a regular in a room full of shouting', 'none', { event: say('hi'), counts: (q) => (q.per === 'room' ? 80 : 0) }],
  ['thirty pictures', 'media-flood', { event: PICTURE, counts: times('media', 30) }],
  ['an album', 'none', { event: PICTURE, counts: (q) => (q.what === 'media' ? 14 : 0) }],
  ['sixty reactions', 'reaction-flood', { event: REACTION, counts: times('reactions', 60) }],
  [
    'the twentieth invite',
    'invite-flood',
    {
      as: 'newcomer',
      event: { type: 'm.room.member', stateKey: '@z:example.org', content: { membership: 'invite' } },
      counts: times('invites', 19),
    },
  ],
  // Mentions.
  ['twelve mentions', 'mass-mentions', { event: say(people(12)) }],
  ['eight mentions', 'none', { event: say(people(8)) }],
  ['five mentions by a newcomer', 'newcomer-mentions', { as: 'newcomer', event: say(people(5)) }],
  ['@room by a newcomer', 'newcomer-mentions', { as: 'newcomer', event: say('@room help') }],
  ['@room by a regular', 'none', { event: say('@room works only for moderators') }],
  [
    'mentions one by one',
    'mention-flood',
    { as: 'newcomer', event: say('@bob:example.org look'), counts: times('mentions', 40) },
  ],
  // Campaigns.
  ['what three people said before', 'repeated-texts', { as: 'newcomer', event: say(LONG), similar: alike(3, 3) }],
  ['what regulars say alike', 'none', { event: say(LONG), similar: alike(5, 5) }],
  ['a greeting that everybody uses', 'none', { as: 'sleeper', event: say('good morning'), similar: alike(9, 9) }],
  [
    'what two people were refused for',
    'repeated-texts',
    { as: 'newcomer', event: say(LONG), similar: alike(2, 2, 1, 'refused') },
  ],
  [
    'another try after the own refusal',
    'none',
    { as: 'newcomer', event: say(LONG), similar: alike(2, 1, 1, 'refused') },
  ],
  ['the same in the fourth room', 'cross-posts', { as: 'sleeper', event: say(LONG), similar: alike(3, 1, 3) }],
  // Links.
  ['a link by a newcomer', 'newcomer-links', { as: 'newcomer', event: say(link('https://win.example.net')) }],
  [
    'a hidden link by a newcomer',
    'newcomer-links',
    {
      as: 'newcomer',
      event: say('win', {
        format: 'org.matrix.custom.html',
        formatted_body: '<a href="https://win.example.net">win</a>',
      }),
    },
  ],
  [
    'a link that lies',
    'deceptive-links',
    {
      as: 'sleeper',
      event: say('x', {
        format: 'org.matrix.custom.html',
        formatted_body: '<a href="https://evil.example.net">https://bank.example.com</a>',
      }),
    },
  ],
  ['an invitation by a newcomer', 'room-adverts', { as: 'newcomer', event: say('come to #free:example.com') }],
  [
    'twelve links',
    'link-heaps',
    { as: 'sleeper', event: say(Array.from({ length: 12 }, (_, i) => `https://a${String(i)}.example.net`).join(' ')) },
  ],
  // Media.
  ['a picture by a newcomer', 'newcomer-media', { as: 'newcomer', event: PICTURE }],
  ['a picture as the first word', 'first-message-media', { as: 'sleeper', event: PICTURE }],
  ['a program by a sleeper', 'dangerous-files', { as: 'sleeper', event: file('setup.exe') }],
  ['a script by a regular', 'none', { event: file('install.sh') }],
  ['a program that is called a document', 'dangerous-files', { event: file('invoice.pdf.exe') }],
  [
    'a picture in the text that fills the screen',
    'inline-pictures',
    {
      as: 'sleeper',
      event: say('x', {
        format: 'org.matrix.custom.html',
        formatted_body: '<img src="mxc://example.org/a" height="900">',
      }),
    },
  ],
  [
    'a custom emoji',
    'none',
    {
      event: say(':cat:', {
        format: 'org.matrix.custom.html',
        formatted_body: '<img data-mx-emoticon src="mxc://example.org/a" height="32">',
      }),
    },
  ],
  // Characters.
  [
    'words with holes by a newcomer',
    'hidden-text',
    { as: 'newcomer', event: say('c\u200ba\u200bs\u200bi\u200bn\u200bo '.repeat(3)) },
  ],
  ['a few soft hyphens', 'none', { event: say('Donau\u00addampf\u00adschiff\u00adfahrts\u00adgesell\u00adschaft') }],
  ['zalgo', 'stacked-marks', { event: say('h̷̢̛͜e̶͎̱͗ ̴͔̈́̕c̸̡̣̈́ö̶̞̪́m̵̰͝e̷̦͒s̴̜̈́̕ h̷̢̛͜e̶͎̱͗ ̴͔̈́̕c̸̡̣̈́') }],
  ['one letter a thousand times', 'walls', { event: say('a'.repeat(1_000)) }],
  ['a hundred empty lines', 'walls', { event: say(`a${'\n'.repeat(150)}b`) }],
  // Advertising.
  [
    'an offer by a newcomer',
    'newcomer-advertising',
    { as: 'newcomer', event: say('Earn $5,000 weekly with my crypto trading signals, text me on WhatsApp') },
  ],
  [
    'the same offer, quoted by a regular',
    'none',
    { event: say('Earn $5,000 weekly with my crypto trading signals, text me on WhatsApp') },
  ],
  [
    'an encrypted message by a newcomer',
    'none',
    {
      as: 'newcomer',
      event: { type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgA' } },
    },
  ],
];

describe('the preset public', () => {
  for (const [what, by, scene] of ROWS) {
    it(`${what}: ${by}`, () => {
      assert.equal(decidedBy(policy, scene), by);
    });
  }

  it('has a scene for each rule', () => {
    const flagged = decideScene(policy, { as: 'sleeper', event: say(LONG), similar: alike(3, 3) });
    assert.ok(flagged.outcome === 'sign');
    const shown = new Set([...ROWS.map(([, by]) => by), ...flagged.flags.map(({ rule }) => rule)]);
    assert.deepEqual(
      policy.rules.map(({ name }) => name).filter((name) => !shown.has(name)),
      [],
    );
  });

  for (const text of ORDINARY_TEXTS) {
    it(`lets everybody say ${JSON.stringify(text.slice(0, 40))}`, () => {
      for (const as of ['newcomer', 'sleeper', 'unknown_member', 'regular'] as const) {
        assert.equal(decidedBy(policy, { as, event: say(text) }), 'none', as);
      }
    });
  }
});
