import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';
import { JOINS, SOUND_EVENTS } from './shared-rules.ts';

const READER = { power_level: { less_than: 1 } };

/** What readers may send: reactions, their own deletions, and answers to polls. */
const REPLIES = ['m.reaction', 'm.room.redaction', 'm.poll.response', 'org.matrix.msc3381.poll.response'];

export const announcements: Preset = {
  name: 'announcements',
  summary: 'Rooms where a few people tell news and everybody else reads and reacts.',
  rules: {
    ...SOUND_EVENTS,
    ...JOINS,
    readers: {
      description: 'Who has no power in the room reads, reacts to what is told, and answers polls.',
      when: { all: [READER, { event_type: { only: 'not_state', except: REPLIES } }] },
      message: 'Only announcers write in this room. Reactions are welcome.',
      harms: [HARMS.prohibited],
      order: 120,
    },
    'reactions-as-messages': {
      description: 'Reactions that are sentences, links or pictures of one’s own say what readers cannot write.',
      when: {
        all: [
          READER,
          { event_type: { types: ['m.reaction'] } },
          {
            any: [
              { text_length: { more_than: 24 } },
              { links: {} },
              { matrix_links: {} },
              { media: { kinds: ['custom_reaction'] } },
            ],
          },
        ],
      },
      message: 'Please react with an emoji or a word in this room.',
      harms: [HARMS.prohibited],
      order: 121,
    },
    'reaction-flood': {
      description: 'Reactions are for the news, not for calling attention.',
      when: { rate: { what: 'reactions', more_than: 20, within: '10m', across: 'room' } },
      message: 'You are reacting too often. Please wait some minutes.',
      harms: [HARMS.flooding],
      order: 122,
    },
  },
};
