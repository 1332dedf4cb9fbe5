import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const announcements: Preset = {
  name: 'announcements',
  summary: 'Rooms where a few people tell news and everybody else reads and reacts.',
  rules: {
    readers: {
      description: 'Who has no power in the room reads, and reacts to what is told.',
      when: {
        all: [
          { power_level: { less_than: 1 } },
          { event_type: { only: 'not_state', except: ['m.reaction', 'm.room.redaction', 'm.poll.response'] } },
        ],
      },
      message: 'Only announcers write in this room. Reactions are welcome.',
      harms: [HARMS.prohibited],
      order: 110,
    },
    'reaction-flood': {
      description: 'Reactions are for the news, not for calling attention.',
      when: { rate: { what: 'reactions', more_than: 20, within: '10m', across: 'room' } },
      message: 'You are reacting too often. Please wait some minutes.',
      harms: [HARMS.flooding],
      order: 120,
    },
  },
};
