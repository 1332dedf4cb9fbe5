import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const support: Preset = {
  name: 'support',
  summary: 'Rooms where people ask for help: newcomers may send logs and pictures, and ring nobody up.',
  rules: {
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
  },
};
