import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const announcements: Preset = {
  name: 'announcements',
  summary: 'Rooms where a few people tell news and everybody else reads and reacts.',
  rules: {
    'readers-media': {
      description: 'Readers send no media, whatever the power levels of the room allow.',
      when: { media: { kinds: ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] } },
      message: 'Your message was not accepted in this room: only its announcers post media here.',
      harms: [HARMS.prohibited],
      order: 110,
    },
    'readers-mentions': {
      description: 'Readers mention nobody but the one whom they answer.',
      when: { mentions: { more_than: 1 } },
      message: 'Your message was not accepted in this room: it mentions too many people.',
      harms: [HARMS.flooding],
      order: 120,
    },
  },
};
