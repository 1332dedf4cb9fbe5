/** Each filter of policyserv as rules. Orders are those in which policyserv asks its groups of filters. */
import { HARMS } from '../harms.ts';
import { globNotes, OFF, type Mapped, type Mapper } from './policyserv-mapper.ts';
import { MEDIA_MAPPERS } from './policyserv-media.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import { TEXT_MAPPERS } from './policyserv-texts.ts';
import type { Reader } from './policyserv-values.ts';

export const MAPPERS: readonly Mapper[] = [
  {
    filter: 'UnsafeSigningKey',
    keys: ['unsafe_signing_key_filter_enabled'],
    map: (reader: Reader): Mapped => {
      if (!reader.boolean('unsafe_signing_key_filter_enabled')) return OFF;
      const rule = { when: { weak_key: {} }, harms: [HARMS.other], exempt: { nobody: true }, order: 10 };
      return { rules: { 'unsafe-signing-key': rule }, notes: [] };
    },
  },
  {
    filter: 'EventType',
    keys: ['event_type_prefilter_allowed_event_types', 'event_type_prefilter_allowed_state_event_types'],
    map: (reader: Reader): Mapped => {
      const others = reader.list('event_type_prefilter_allowed_event_types');
      const states = reader.list('event_type_prefilter_allowed_state_event_types');
      return {
        rules: {
          ...allowed('allowed-event-types', others, { event_type: { types: others, only: 'not_state' } }),
          ...allowed('allowed-state-event-types', states, { event_type: { types: states, only: 'state' } }),
        },
        notes: globNotes([...others, ...states]),
        ...(others.length + states.length === 0 ? { outcome: 'not_needed' } : {}),
      };
    },
  },
  {
    filter: 'Sender',
    keys: ['sender_prefilter_allowed_senders'],
    map: (reader: Reader): Mapped => {
      const users = reader.list('sender_prefilter_allowed_senders');
      if (users.length === 0) return OFF;
      return { rules: allowed('allowed-senders', users, { sender: { users } }), notes: globNotes(users) };
    },
  },
  {
    filter: 'Hellban',
    keys: ['hellban_postfilter_minutes'],
    map: (reader: Reader): Mapped => {
      const minutes = Math.round(reader.number('hellban_postfilter_minutes'));
      if (minutes <= 0) return OFF;
      const most = 7 * 24 * 60;
      const within = `${String(Math.min(minutes, most))}m`;
      const rule: RuleInput = {
        when: { rate: { what: 'events', more_than: 0, within, only_refused: true } },
        message: 'You were refused a short time ago. Please wait before you try again.',
        harms: [HARMS.flooding],
        order: 30,
      };
      const notes = [
        'What is refused because of this rule counts too: it ends when somebody has not tried for that time.',
        'Refusals are counted in storage, so a restart does not end it.',
        ...(minutes > most ? ['No more than 7 days are counted.'] : []),
      ];
      return { rules: { hellban: rule }, notes };
    },
  },
  {
    filter: 'Frequency',
    keys: ['frequency_filter_event_types', 'frequency_filter_rate_limit'],
    map: (reader: Reader): Mapped => frequencyRule(reader),
  },
  {
    filter: 'StickyEvents',
    keys: ['sticky_events_filter_allow_sticky_events'],
    map: (reader: Reader): Mapped => {
      if (reader.boolean('sticky_events_filter_allow_sticky_events')) return OFF;
      return {
        rules: { 'sticky-events': { when: { sticky_event: {} }, harms: [HARMS.other], order: 100 } },
        notes: [],
      };
    },
  },
  {
    filter: 'UserIdContainsWords',
    keys: ['user_id_contains_words_filter_max_words'],
    map: (reader: Reader): Mapped =>
      userIdRule('user-id-words', 'words_more_than', reader.number('user_id_contains_words_filter_max_words')),
  },
  {
    filter: 'UserIdLength',
    keys: ['user_id_length_filter_max_length'],
    map: (reader: Reader): Mapped =>
      userIdRule('user-id-length', 'length_more_than', reader.number('user_id_length_filter_max_length')),
  },
  {
    filter: 'Mjolnir',
    keys: ['mjolnir_filter_enabled'],
    map: (reader: Reader): Mapped => {
      if (!reader.boolean('mjolnir_filter_enabled')) return OFF;
      const todo =
        'Which list it is, its operator has configured. Subscribe to it, after a look at whom it hits: gatehouse lists subscribe ROOM --community ID --trust enforce';
      return { rules: {}, notes: [todo], outcome: 'not_carried_over' };
    },
  },
  ...TEXT_MAPPERS,
  ...MEDIA_MAPPERS,
];

function allowed(name: string, list: readonly string[], when: object): Readonly<Record<string, RuleInput>> {
  return list.length === 0 ? {} : { [name]: { when, action: 'allow', order: 20 } };
}

function userIdRule(name: string, setting: string, most: number): Mapped {
  // No user id is longer than 255 bytes.
  if (most <= 0 || most >= 256) return OFF;
  const rule = { when: { user_id_shape: { [setting]: Math.floor(most) } }, harms: [HARMS.flooding], order: 100 };
  return { rules: { [name]: rule }, notes: [] };
}

const COUNTED: ReadonlyMap<string, 'messages' | 'reactions' | 'membership_changes'> = new Map([
  ['m.room.message', 'messages'],
  ['m.room.encrypted', 'messages'],
  ['m.sticker', 'messages'],
  ['m.reaction', 'reactions'],
  ['m.room.member', 'membership_changes'],
]);

function frequencyRule(reader: Reader): Mapped {
  const types = reader.list('frequency_filter_event_types');
  const perSecond = reader.number('frequency_filter_rate_limit');
  if (perSecond <= 0 || types.length === 0) return OFF;
  const known = types.filter((type) => COUNTED.has(type));
  const others = types.filter((type) => !COUNTED.has(type));
  const what = [...new Set(known.flatMap((type) => COUNTED.get(type) ?? []))];
  const notes = [
    'Messages are counted as one kind: media, stickers, polls and encrypted messages together.',
    ...(others.length === 0
      ? []
      : [`Events of these types are not counted apart, so they are left out: ${others.join(', ')}.`]),
  ];
  if (what.length === 0) return { rules: {}, notes, outcome: 'not_carried_over' };
  const rate = { what, more_than: Math.min(1_000_000, Math.floor(perSecond * 60)), within: '1m' };
  const rule = { when: { all: [{ event_type: { types: known } }, { rate }] }, harms: [HARMS.flooding], order: 100 };
  return { rules: { frequency: rule }, notes };
}
