import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';
import { JOINS, SOUND_EVENTS, TRICKS } from './shared-rules.ts';
import { NEWCOMER, REGULARS } from './strangers.ts';

const FALSE_HELP = [
  '\\b(?:contact|reach|text|message|write to|chat with|talk to)\\b.{0,40}\\b(?:support|admin|help ?desk|expert|team)\\b.{0,60}\\b(?:whats ?app|telegram|t\\.me|wa\\.me|e-?mail)\\b',
  '\\b(?:validate|verify|rectify|synchroni[sz]e|restore|recover) (?:your|the) (?:wallet|account|funds)\\b',
  '\\b(?:seed|recovery|secret) (?:phrase|words)\\b.{0,60}\\b(?:here|form|link|send|enter|support)\\b',
  '\\b(?:recover(?:ed|y)?|get back) (?:my|your|lost|stolen) (?:funds|money|crypto|bitcoin|btc)\\b',
];

export const support: Preset = {
  name: 'support',
  summary: 'Rooms where people ask for help: strangers may send links, logs and pictures, and call nobody up.',
  rules: {
    ...SOUND_EVENTS,
    ...JOINS,
    ...TRICKS,
    'false-moderators': {
      description: 'Nobody goes by the name of a moderator: that is how people are cheated who ask for help.',
      when: { lookalike: { names_of: 'both' } },
      message: 'Your name is too much like that of a moderator of this room. Please choose another one.',
      harms: [HARMS.impersonation],
      order: 115,
    },
    flood: {
      description:
        'Logs may come in many messages; what is more than a person pastes is refused until there is a pause.',
      when: { rate: { what: 'messages', more_than: 25, within: '1m', burst: 25 } },
      message: 'You are sending too many messages. Please send long logs as a file.',
      harms: [HARMS.flooding],
      order: 120,
    },
    'media-flood': {
      description: 'Many screenshots at once are fine; going on like that is not.',
      when: { rate: { what: 'media', more_than: 10, within: '1m', burst: 15 } },
      message: 'You are sending too many files. Please wait some minutes.',
      harms: [HARMS.flooding],
      order: 123,
    },
    'mass-mentions': {
      description: 'Asking for help is no reason to call many people at once.',
      when: { any: [{ mentions: { more_than: 5 } }, { all: [{ mentions: { room: true } }, NEWCOMER] }] },
      message:
        'Your message was not accepted in this room: please mention at most five people, and not the whole room.',
      harms: [HARMS.flooding],
      order: 130,
    },
    'repeated-texts': {
      description: 'The same text from several people is a campaign, not a question.',
      when: { near_duplicate: { at_least: 3, from_senders: 3, min_length: 40, likeness: 90 } },
      message: 'Your message was not accepted in this room: nearly the same was sent by others before.',
      harms: [HARMS.spam],
      exempt: REGULARS,
      order: 140,
    },
    'false-help': {
      description: 'Offers to help elsewhere, and requests for what opens a wallet, by people who have just come.',
      when: { all: [{ regex: { patterns: FALSE_HELP } }, NEWCOMER] },
      message: 'Your message was not accepted: help is given in this room, and nobody here asks for secrets.',
      harms: [HARMS.fraud],
      order: 150,
    },
    'room-adverts': {
      description: 'Pointing to another room may be an answer; pointing to several, by a newcomer, is advertising.',
      when: { all: [{ matrix_links: { more_than: 2 } }, NEWCOMER] },
      message: 'Your message was not accepted in this room: it points to too many other rooms.',
      order: 153,
    },
    'voice-messages': {
      description: 'Voice messages and locations help nobody to answer and cannot be searched.',
      when: { media: { kinds: ['voice', 'location'] } },
      message: 'Your message was not accepted in this room: please write it as text.',
      harms: [HARMS.prohibited],
      order: 164,
    },
  },
};
