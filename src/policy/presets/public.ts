import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const publicRooms: Preset = {
  name: 'public',
  summary: 'Rooms that anybody may join and talk in.',
  rules: {
    'mass-mentions': {
      description: 'Mentioning many people at once is how spam gets noticed.',
      when: { mentions: { more_than: 10 } },
      message: 'Your message was not accepted in this room: it mentions too many people.',
      harms: [HARMS.flooding],
      order: 110,
    },
  },
};
