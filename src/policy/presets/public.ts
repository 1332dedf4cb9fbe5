import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';

/** Who is new enough that spam is likelier than an urgent link. */
const NEWCOMER = { newcomer: { joined_within: '1h', fewer_messages_than: 3, criteria: 'all' } };

export const publicRooms: Preset = {
  name: 'public',
  summary: 'Rooms that anybody may join and talk in.',
  rules: {
    raid: {
      description: 'While many people join at once, no more may join; those who are in the room talk on.',
      when: { raid: { more_than: 20, within: '5m' } },
      message: 'Very many people are joining this room right now. Please try again in some minutes.',
      harms: [HARMS.flooding],
      order: 100,
    },
    flood: {
      description: 'More messages than anybody types: what goes on like that is refused until it pauses.',
      when: { rate: { what: 'messages', more_than: 20, within: '1m', burst: 10, across: 'community' } },
      message: 'You are sending too many messages. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 105,
    },
    'mass-mentions': {
      description: 'Mentioning many people at once is how spam gets noticed.',
      when: { mentions: { more_than: 10 } },
      message: 'Your message was not accepted in this room: it mentions too many people.',
      harms: [HARMS.flooding],
      order: 110,
    },
    'repeated-texts': {
      description: 'The same text from several people, or one that was refused before, is a campaign.',
      when: {
        any: [
          { near_duplicate: { at_least: 3, from_senders: 3 } },
          { all: [NEWCOMER, { near_duplicate: { among: 'refused', at_least: 1 } }] },
        ],
      },
      message: 'Your message was not accepted in this room: others have sent nearly the same.',
      order: 120,
    },
    'newcomer-links': {
      description: 'No links in the first messages of somebody who has just joined.',
      when: { all: [NEWCOMER, { any: [{ links: {} }, { matrix_links: {} }] }] },
      message: 'Your message was not accepted: please talk in this room for a while before you post links.',
      order: 130,
    },
    'newcomer-media': {
      description: 'No pictures and videos in the first messages of somebody who has just joined.',
      when: { all: [NEWCOMER, { media: { kinds: ['image', 'video', 'sticker', 'inline_image'] } }] },
      message: 'Your message was not accepted: please talk in this room for a while before you post media.',
      harms: [HARMS.prohibited],
      order: 140,
    },
    'hidden-text': {
      description: 'Characters that nobody sees hide words from filters; heaps of marks run into other messages.',
      when: { any: [{ invisible_characters: { at_least: 3 } }, { zalgo: { at_least: 5 } }] },
      message: 'Your message was not accepted in this room: it has invisible or stacked characters.',
      order: 150,
    },
  },
};
