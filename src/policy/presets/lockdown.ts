import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';
import { SOUND_EVENTS, TRICKS } from './shared-rules.ts';
import { NOT_STATE } from './strangers.ts';

/** Seen for less than a month, and without twenty messages that were accepted. */
const STRANGER = { newcomer: { first_seen_within: '30d', fewer_messages_than: 20, criteria: 'all' } };

export const lockdown: Preset = {
  name: 'lockdown',
  summary: 'For the hours of an attack: text from moderators and people with history, and nothing from anybody else.',
  rules: {
    ...SOUND_EVENTS,
    ...TRICKS,
    'lockdown-joins': {
      description: 'No stranger joins, invites, knocks or changes their name; who was invited may come.',
      when: {
        all: [
          { membership: { kinds: ['join', 'invite', 'knock', 'profile'] } },
          STRANGER,
          { not: { all: [{ membership: { kinds: ['join'] } }, { invited: {} }] } },
        ],
      },
      message: 'This room takes no new members at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 110,
    },
    'lockdown-strangers': {
      description: 'Who was first seen less than a month ago, and has written hardly anything, is not heard.',
      when: { all: [NOT_STATE, STRANGER] },
      message: 'New members cannot write in this room at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 111,
    },
    'lockdown-pace': {
      description: 'Everybody slows down, so that moderators can follow.',
      when: { rate: { what: 'messages', more_than: 5, within: '1m', burst: 5 } },
      message: 'This room is slow at the moment. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 120,
    },
    'lockdown-mentions': {
      description: 'Hardly anybody is called while the room is under attack.',
      when: { mentions: { more_than: 1, room: true } },
      message: 'Your message was not accepted: it mentions too many people for this room at the moment.',
      harms: [HARMS.flooding],
      order: 130,
    },
    'lockdown-texts': {
      description: 'What others have said before, or tried to, is not said again.',
      when: {
        any: [
          { near_duplicate: { at_least: 2, from_senders: 2 } },
          { near_duplicate: { among: 'refused', at_least: 2, from_senders: 2 } },
        ],
      },
      message: 'Your message was not accepted: nearly the same was sent before.',
      order: 140,
    },
    'lockdown-links': {
      description: 'No links while the room is under attack.',
      when: { any: [{ links: {} }, { matrix_links: {} }] },
      message: 'Your message was not accepted: this room takes no links at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 151,
    },
    'lockdown-media': {
      description: 'No media while the room is under attack.',
      when: {
        media: {
          kinds: [
            ...['image', 'video', 'audio', 'voice', 'file', 'sticker', 'gallery', 'location', 'inline_image'],
            ...['custom_reaction', 'other'],
          ],
        },
      },
      message: 'Your message was not accepted: this room takes only text at the moment. Please try again later.',
      harms: [HARMS.prohibited],
      order: 161,
    },
  },
};
