import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const support: Preset = {
  name: 'support',
  summary: 'Rooms where people ask for help: newcomers may send links, logs and pictures, and call nobody up.',
  rules: {
    raid: {
      description: 'While many people join at once, no more may join; those who are in the room talk on.',
      when: { raid: { more_than: 20, within: '5m' } },
      message: 'Very many people are joining this room right now. Please try again in some minutes.',
      harms: [HARMS.flooding],
      order: 100,
    },
    flood: {
      description: 'Logs belong into a file: more messages than these are refused until there is a pause.',
      when: { rate: { what: 'messages', more_than: 30, within: '1m', burst: 15, across: 'community' } },
      message: 'You are sending too many messages. Please send long logs as a file.',
      harms: [HARMS.flooding],
      order: 105,
    },
    'mass-mentions': {
      description: 'Asking for help is no reason to call many people at once.',
      when: { mentions: { more_than: 5 } },
      message: 'Your message was not accepted in this room: please mention at most five people.',
      harms: [HARMS.flooding],
      order: 110,
    },
    'voice-messages': {
      description: 'Voice messages and locations help nobody to answer and cannot be searched.',
      when: { media: { kinds: ['voice', 'location'] } },
      message: 'Your message was not accepted in this room: please write it as text.',
      harms: [HARMS.prohibited],
      order: 120,
    },
    'repeated-texts': {
      description: 'The same text from several people is a campaign, not a question.',
      when: { near_duplicate: { at_least: 3, from_senders: 3 } },
      message: 'Your message was not accepted in this room: others have sent nearly the same.',
      order: 130,
    },
    'false-helpers': {
      description: 'Nobody goes by the name of a moderator: that is how people are cheated who ask for help.',
      when: { lookalike: { names_of: 'both' } },
      message: 'Your name is too much like that of a moderator of this room. Please choose another one.',
      order: 140,
    },
  },
};
