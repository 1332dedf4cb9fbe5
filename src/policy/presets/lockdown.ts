import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

export const lockdown: Preset = {
  name: 'lockdown',
  summary: 'For the hours of an attack: plain text from people who are no strangers, and nothing else.',
  rules: {
    'lockdown-joins': {
      description: 'Nobody joins, invites or knocks while the room is under attack.',
      when: { membership: { kinds: ['join', 'invite', 'knock'] } },
      message: 'This room takes no new members at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 100,
    },
    'lockdown-strangers': {
      description: 'Who joined during the last day, or has hardly said anything, is not heard.',
      when: {
        all: [{ event_type: { only: 'not_state' } }, { newcomer: { joined_within: '24h', fewer_messages_than: 10 } }],
      },
      message: 'New members cannot write in this room at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 105,
    },
    'lockdown-media': {
      description: 'No media while the room is under attack.',
      when: {
        media: {
          kinds: ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'gallery', 'location', 'inline_image'],
        },
      },
      message: 'Your message was not accepted: this room takes only text at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 110,
    },
    'lockdown-links': {
      description: 'No links while the room is under attack.',
      when: { any: [{ links: {} }, { matrix_links: {} }] },
      message: 'Your message was not accepted: this room takes no links at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 115,
    },
    'lockdown-mentions': {
      description: 'Hardly anybody is called while the room is under attack.',
      when: { mentions: { more_than: 1 } },
      message: 'Your message was not accepted: it mentions too many people for this room at the moment.',
      harms: [HARMS.flooding],
      order: 120,
    },
  },
};
