/** Rules that several presets have: what harms a room of any kind. */
import { HARMS } from '../harms.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import { NEWCOMER, NOT_STATE, REGULARS } from './strangers.ts';

/** What lines, tables and dumps are drawn with. */
const LINES = '-=_.*~#+0─━═—–│┃|/\\<>^:x█▀▄░▒▓…';

/** Events that are not what they claim to be, or that break clients. */
export const SOUND_EVENTS: Readonly<Record<string, RuleInput>> = {
  'forged-events': {
    description:
      'Events signed with a key whose secret anybody can look up: they may be by anybody, so nobody is exempt.',
    when: { weak_key: {} },
    message: 'Your server signs with a key that is publicly known. Its administrator has to replace it.',
    harms: [HARMS.other],
    exempt: { nobody: true },
    order: 100,
  },
  'wrong-clock': {
    description: 'Events from the future stay at the end of the room for everybody. An hour is forgiven.',
    when: { clock_drift: { ahead_more_than: '1h' } },
    message: 'The clock of your server is more than an hour fast. Its administrator has to set it.',
    harms: [HARMS.other],
    order: 102,
  },
  'malformed-events': {
    description: 'Messages and memberships that lack what they need, which make some apps fail.',
    when: { malformed: {} },
    message: 'Your app sent something that others cannot show. Please tell its developers.',
    harms: [HARMS.other],
    order: 104,
  },
  'hidden-payload': {
    description:
      'Kilobytes in fields that no app shows, by people without history: the room is no place to store data.',
    when: { unknown_fields: { bytes_more_than: '8kB' } },
    message: 'Your message was not accepted in this room: it carries data that nobody can see.',
    exempt: REGULARS,
    order: 106,
  },
};

/** People who come in crowds, or under false names. Who was invited, and who is known, comes in. */
export const JOINS: Readonly<Record<string, RuleInput>> = {
  raid: {
    description: 'While many people join at once, no more may join uninvited; those who are in the room talk on.',
    when: { all: [{ raid: { more_than: 20, within: '5m', across: 'room' } }, { not: { invited: {} } }] },
    message: 'Very many people are joining this room right now. Please try again in some minutes.',
    harms: [HARMS.flooding],
    exempt: { known_for: '1d', messages: 1 },
    order: 110,
  },
  'alike-joins': {
    description: 'Several people with nearly the same name within minutes are one person with many accounts.',
    when: { raid: { more_than: 5, within: '10m', similar: 'names', similar_at_least: 4, likeness: 80 } },
    message: 'Several people with a name like yours have just joined. Please try again in some minutes.',
    harms: [HARMS.flooding],
    exempt: { known_for: '1d', messages: 1 },
    order: 111,
  },
  'raid-messages': {
    description: 'Who came during a raid, or in the half hour before, is heard when it is over.',
    when: {
      all: [
        NOT_STATE,
        { newcomer: { joined_within: '30m' } },
        { raid: { more_than: 20, within: '5m', across: 'room', also_messages: true } },
      ],
    },
    message: 'Very many people are joining this room right now. Please wait some minutes before you write.',
    harms: [HARMS.flooding],
    // Five messages alone are said within seconds.
    exempt: { known_for: '10m', messages: 5 },
    order: 112,
  },
  rejoining: {
    description: 'Joining and leaving again and again fills the room with notices. Leaving is never refused.',
    when: { rate: { what: 'joins', more_than: 5, within: '1h', across: 'room' } },
    message: 'You have joined this room many times within an hour. Please try again later.',
    harms: [HARMS.flooding],
    order: 113,
  },
  'names-with-links': {
    description: 'Names, and reasons for knocking, that advertise: everybody gets to see them.',
    when: {
      all: [
        { membership: { kinds: ['join', 'knock', 'profile'] } },
        { any: [{ links: { more_than: 0 } }, { matrix_links: {} }] },
      ],
    },
    message: 'Names in this room cannot have links in them. Please choose another one.',
    order: 114,
  },
  'false-moderators': {
    description: 'Names that look like that of a moderator, by somebody new: the way people are cheated most often.',
    when: { lookalike: {} },
    message: 'Your name is too much like that of a moderator of this room. Please choose another one.',
    harms: [HARMS.impersonation],
    exempt: REGULARS,
    order: 115,
  },
};

/** What hides in links, files and characters. */
export const TRICKS: Readonly<Record<string, RuleInput>> = {
  'deceptive-links': {
    description: 'Links that show one address and open another, by people without history.',
    when: { links: { only: ['deceptive', 'credentials'] } },
    message: 'Your message was not accepted in this room: a link in it opens something else than it shows.',
    harms: [HARMS.fraud],
    exempt: REGULARS,
    order: 150,
  },
  'dangerous-files': {
    description: 'Files that hide what they are, and programs from people without history.',
    when: {
      any: [
        { file_name: { disguised: true } },
        { all: [{ file_name: { executable: true } }, { newcomer: { joined_within: '7d', fewer_messages_than: 20 } }] },
      ],
    },
    message: 'Your file was not accepted in this room: it is a program, or is called like something that it is not.',
    harms: [HARMS.hacking],
    order: 160,
  },
  'inline-pictures': {
    description: 'Pictures within text that are larger or more than emoji ever are, by people without history.',
    when: { inline_images: { height_more_than: 128, width_more_than: 512, more_than: 100 } },
    message: 'Your message was not accepted in this room: the pictures in its text are too large, or too many.',
    harms: [HARMS.flooding],
    exempt: REGULARS,
    order: 162,
  },
  'hidden-text': {
    description:
      'Characters that nobody sees: a dozen in words of a newcomer hide these from filters, hundreds are an attack.',
    when: {
      any: [
        { invisible_characters: { at_least: 200, where: 'anywhere' } },
        { all: [{ invisible_characters: { at_least: 12 } }, NEWCOMER] },
      ],
    },
    message: 'Your message was not accepted in this room: it has invisible characters.',
    order: 170,
  },
  'stacked-marks': {
    description: 'Heaps of accents that run into the messages above and below. No writing needs three on one letter.',
    when: { zalgo: { at_least: 5 } },
    message: 'Your message was not accepted in this room: its letters carry too many marks.',
    harms: [HARMS.flooding],
    order: 171,
  },
  walls: {
    description: 'One character hundreds of times, or empty lines that push everything else off the screen.',
    when: {
      any: [
        { repeated_characters: { at_least: 400, ignore: LINES } },
        { padding: { at_least: 200 } },
        { regex: { patterns: ['(?:[ \\t]*\\n){60}'], on: 'raw', fields: ['body'] } },
        { all: [{ repeated_characters: { at_least: 100, ignore: LINES } }, NEWCOMER] },
      ],
    },
    message: 'Your message was not accepted in this room: please do not fill it with one character, or with nothing.',
    harms: [HARMS.flooding],
    order: 172,
  },
};
