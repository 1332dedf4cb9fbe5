import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const lockdown: Preset = {
  name: 'lockdown',
  summary: 'For the hours of an attack: plain text from people who are no strangers, and nothing else.',
  rules: {
    'lockdown-media': {
      description: 'No media while the room is under attack.',
      when: { media: { kinds: ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] } },
      message: 'Your message was not accepted: this room takes only text at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 110,
    },
    'lockdown-mentions': {
      description: 'Nobody is called while the room is under attack.',
      when: { mentions: { more_than: 0 } },
      message: 'Your message was not accepted: nobody can be mentioned in this room at the moment.',
      harms: [HARMS.flooding],
      order: 120,
    },
  },
};
