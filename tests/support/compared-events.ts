/**
 * For each row of docs/comparison.md what its rules refuse and what they let pass, in the order of the rules there. Of a
 * rule that allows, what is refused is refused by another one behind it.
 */
import { EXAMPLE_PERSON } from '../../src/policy/filters/example-person.ts';
import type { ExampleEvent } from '../../src/policy/filters/filter.ts';
import { filterNamed } from '../../src/policy/filters/registry.ts';

type Answered = NonNullable<ExampleEvent['answers']>;

export interface Pair {
  readonly refused: ExampleEvent;
  readonly passed: ExampleEvent;
}

const BOB = '@bob:example.org';
const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 0, 1, 12);

function message(content: ExampleEvent['content'], more: Omit<ExampleEvent, 'content'> = {}): ExampleEvent {
  return { content: { msgtype: 'm.text', body: 'hello', ...content }, ...more };
}

/** By a user who is not in the room yet. */
function join(server: string, more: Omit<ExampleEvent, 'content'> = {}): ExampleEvent {
  const user = `@newcomer:${server}`;
  const event = { type: 'm.room.member', sender: user, stateKey: user, membership: 'leave' };
  return { ...event, ...more, content: { membership: 'join' } };
}

function invite(more: Omit<ExampleEvent, 'content'> = {}): ExampleEvent {
  const event = { type: 'm.room.member', stateKey: '@guest:example.org' };
  return { ...event, ...more, content: { membership: 'invite' } };
}

function media(msgtype: string, more: Omit<ExampleEvent, 'content'> = {}): ExampleEvent {
  return message({ msgtype, body: 'file', url: 'mxc://example.org/file' }, more);
}

function profile(displayname: string): ExampleEvent {
  return { type: 'm.room.member', stateKey: '@alice:home.test', content: { membership: 'join', displayname } };
}

function img(attributes: string): ExampleEvent {
  return message({ formatted_body: `<img src="mxc://example.org/a" ${attributes}>`, format: 'org.matrix.custom.html' });
}

/** The same event after so many, and after one less. */
function counted(count: number, event: ExampleEvent = message({})): Pair {
  return { refused: { ...event, answers: { count } }, passed: { ...event, answers: { count: count - 1 } } };
}

function exampleOfCheck(name: string): Pair {
  const filter = filterNamed(name);
  if (filter === undefined) throw new TypeError(`there is no check ${name}`);
  return { refused: filter.example.matches, passed: filter.example.ignores };
}

const mentioning = (count: number): ExampleEvent['content'] => ({
  'm.mentions': { user_ids: Array.from({ length: count }, (_, index) => `@u${String(index)}:example.org`) },
});

const named = (names: number): Answered => ({
  names: { named: names === 0 ? [] : [{ names, first: ['bob'], alsoMentionedIn: [] }] },
});

/** Somebody who joined so many minutes ago and has said so much. */
const person = (minutes: number, messages: number): Answered => ({
  person: {
    ...EXAMPLE_PERSON,
    ...{ joinedAt: NOON - minutes * MINUTE_MS, firstSeenInCommunityAt: NOON - minutes * MINUTE_MS },
    ...{ messagesHere: messages, messagesInCommunity: messages },
  },
});

const WEEK = 8 * 24 * 60;
const labelled = (score: number): Answered => ({
  remote: { labels: [{ label: 'hate', score }], note: null },
});
const registration = (isOpen: boolean): Answered => ({
  registration: { isOpen, address: 'https://open.example' },
});
const LISTED = exampleOfCheck('policy_list');

const OF_POLICYSERV: readonly (readonly [row: string, ...pairs: readonly Pair[]])[] = [
  ['EventType', { passed: { type: 'm.room.redaction', content: {} }, refused: message({}) }],
  [
    'Sender',
    { passed: message({}, { sender: '@bot:example.org' }), refused: message({}, { sender: '@bot2:example.org' }) },
  ],
  ['UnsafeSigningKey', exampleOfCheck('weak_key')],
  ['Hellban', counted(1)],
  ['Keyword', { refused: message({ body: 'so spammy spam' }), passed: message({ body: 'so spammy' }) }],
  ['KeywordTemplate', { refused: message({ body: 'this, Bad2!' }), passed: message({ body: 'nobad2' }) }],
  [
    'Mentions',
    {
      refused: message(mentioning(18), { answers: named(2) }),
      passed: message(mentioning(18), { answers: named(1) }),
    },
  ],
  [
    'MentionsFrequency',
    {
      refused: message(mentioning(2), { answers: { count: 58, ...named(1) } }),
      passed: message(mentioning(2), { answers: { count: 58, ...named(0) } }),
    },
  ],
  ['ManyAts', { refused: message({ body: '@'.repeat(20) }), passed: message({ body: '@'.repeat(19) }) }],
  ['Frequency', counted(30)],
  ['Media', { refused: media('m.file'), passed: message({}) }],
  [
    'UntrustedMedia',
    { refused: media('m.image'), passed: media('m.image', { sender: '@alice:matrix.org' }) },
    {
      refused: media('m.image', { answers: person(WEEK, 19) }),
      passed: media('m.image', { answers: person(WEEK, 20) }),
    },
  ],
  ['InlineEmojiSize', { refused: img('data-mx-emoticon height="64"'), passed: img('data-mx-emoticon height="32"') }],
  [
    'MediaScanning',
    {
      refused: media('m.image', { answers: { remote: { labels: [{ label: 'known', score: 1 }], note: null } } }),
      passed: media('m.image', { answers: { remote: { labels: [], note: null } } }),
    },
  ],
  ['OpenAIOmni', { refused: message({}, { answers: labelled(0.6) }), passed: message({}, { answers: labelled(0.4) }) }],
  ['Mjolnir', LISTED],
  ['Density', { refused: message({ body: 'x'.repeat(150) }), passed: message({ body: 'x'.repeat(149) }) }],
  ['TrimLength', { refused: message({ body: `x${' '.repeat(25)}` }), passed: message({ body: `x${' '.repeat(24)}` }) }],
  ['Length', { refused: message({ body: 'x'.repeat(10_000) }), passed: message({ body: 'x'.repeat(9_000) }) }],
  [
    'Link',
    {
      refused: message({ body: 'see https://bad.example/x' }),
      passed: message({ body: 'see https://good.example/x' }),
    },
  ],
  ['StickyEvents', { refused: exampleOfCheck('sticky_event').refused, passed: message({}) }],
  [
    'UserIdContainsWords',
    {
      refused: message({}, { sender: '@a-b-c-d-e-f:home.test' }),
      passed: message({}, { sender: '@a-b-c-d-e:home.test' }),
    },
  ],
  [
    'UserIdLength',
    {
      refused: message({}, { sender: `@${'a'.repeat(50)}:home.test` }),
      passed: message({}, { sender: `@${'a'.repeat(49)}:home.test` }),
    },
  ],
];

const OF_MEOWLNIR: typeof OF_POLICYSERV = [
  [
    'no_media',
    { refused: { type: 'm.sticker', content: { body: 'a', url: 'mxc://example.org/a' } }, passed: message({}) },
  ],
  [
    'no_media, `deny_custom_reactions`',
    {
      refused: {
        type: 'm.reaction',
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: 'mxc://example.org/a' } },
      },
      passed: {
        type: 'm.reaction',
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: '👍' } },
      },
    },
  ],
  [
    'no_media, `deny_inline_images`',
    { refused: img('height="32"'), passed: message({ formatted_body: '<b>hello</b>' }) },
  ],
  ['no_media, `ignore_users`', { refused: media('m.image'), passed: media('m.image', { sender: BOB }) }],
  [
    'bad_words',
    {
      refused: message({ formatted_body: 'FREE <b>  money</b>', format: 'org.matrix.custom.html' }),
      passed: message({ body: 'freemoney' }),
    },
  ],
  [
    'bad_displaynames',
    { refused: profile('The Official  Support'), passed: profile('Alice') },
    { refused: profile('Supporters'), passed: profile('Alice') },
  ],
  [
    'max_mentions',
    counted(8, message(mentioning(3))),
    { refused: message(mentioning(11)), passed: message({ ...mentioning(10), body: '@another:example.org' }) },
  ],
  ['max_mentions, `max_infractions`', counted(4)],
  [
    'max_mentions, `must_have_mentions`',
    { refused: message({ body: '"m.mentions":' }), passed: message({ 'm.mentions': {} }) },
  ],
  [
    'anti_flood',
    counted(5, {
      type: 'm.reaction',
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: 'x' } },
    }),
  ],
  ['anti_flood, `max_infractions`', counted(4)],
  ['join_rate', counted(10, join('example.org'))],
  [
    'insecure_registration',
    {
      refused: join('open.example', { answers: registration(true) }),
      passed: join('closed.example', { answers: registration(false) }),
    },
  ],
  ['policy lists', LISTED],
];

const OF_DRAUPNIR: typeof OF_POLICYSERV = [
  ['BasicFlooding', counted(10)],
  [
    'FirstMessageIsImage',
    { refused: media('m.image', { answers: person(5, 0) }), passed: media('m.image', { answers: person(5, 1) }) },
  ],
  ['MessageIsMedia', { refused: media('m.video'), passed: message({}) }],
  [
    'MessageIsVoice',
    {
      refused: message({ msgtype: 'm.audio', url: 'mxc://example.org/a', 'org.matrix.msc3245.voice': {} }),
      passed: media('m.audio'),
    },
  ],
  [
    'MentionLimit',
    { refused: message(mentioning(4)), passed: message(mentioning(3)) },
    { refused: message({ body: '@ @ @ @' }), passed: message({ body: '@ @ @' }) },
  ],
  ['MentionLimit, InvalidEvent: the second time', counted(2)],
  [
    'WordList',
    {
      refused: message({ body: 'antiSPAMmer' }, { answers: person(19, 3) }),
      passed: message({ body: 'antiSPAMmer' }, { answers: person(21, 3) }),
    },
  ],
  ['JoinWaveShortCircuit', counted(50, join('example.org'))],
  ['MembershipChange', counted(7, join('example.org'))],
  ['NewJoiner', { refused: join('matrix.bad.example'), passed: join('good.example') }],
  ['InvalidEvent', exampleOfCheck('malformed')],
  [
    'BlockInvitationsOnServer',
    {
      refused: invite({ answers: LISTED.refused.answers ?? {} }),
      passed: message({}, { answers: LISTED.refused.answers ?? {} }),
    },
  ],
  ['BanPropagation, MemberBanSynchronisation, ServerBanSynchronisation, RedactionSynchronisation', LISTED],
];

export const COMPARED: ReadonlyMap<string, readonly Pair[]> = new Map(
  [...OF_POLICYSERV, ...OF_MEOWLNIR, ...OF_DRAUPNIR].map(([row, ...pairs]) => [row, pairs]),
);

/** Rows that say why there is no rule. */
export const WITHOUT_RULE: ReadonlySet<string> = new Set([
  'ProtectLocalUser',
  'TrustedReporters, PolicyChangeNotification, JoinRoomsOnInvite, RoomsSetBehaviour, HomeserverUserPolicy, RoomTakedown, DraupnirNews',
]);
