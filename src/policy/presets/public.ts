import { HARMS } from '../harms.ts';
import type { Preset } from './preset.ts';
import { JOINS, SOUND_EVENTS, TRICKS } from './shared-rules.ts';
import { NEWCOMER, REGULARS, SILENT_SO_FAR, UNPROVEN } from './strangers.ts';

/** Sites where a newcomer's link is likelier a question than spam, and addresses that logs are full of. */
const HARMLESS_SITES = [
  'localhost',
  '127.0.0.1',
  '10.*.*.*',
  '192.168.*.*',
  'example.com',
  'example.org',
  'matrix.org',
  'element.io',
  'wikipedia.org',
  'github.com',
  'gitlab.com',
  'codeberg.org',
];

const ADVERTISED = [
  '\\b(?:earn|make|profit|win) (?:up to |over |about )?[$€£]? ?\\d[\\d.,]*k?\\b',
  '\\b(?:guaranteed|passive|extra|daily|weekly) (?:income|profits?|returns?|payouts?)\\b',
  '\\b(?:bitcoin|btc|crypto|forex|binary options?) (?:trad|invest|sign|mining|expert|manager)\\w*',
  '\\b(?:online )?casinos?\\b|\\b(?:free spins|no deposit bonus)\\b',
  '\\b(?:viagra|cialis|weight loss|escorts?|onlyfans|nudes?|hot (?:girls|singles)|sex ?cam\\w*)\\b',
  '\\b(?:loan offer|credit repair|debt consolidation|work from home|no experience needed)\\b',
  '\\b(?:act now|limited time offer|100% (?:free|legit|guaranteed)|risk[ -]free)\\b',
];

export const publicRooms: Preset = {
  name: 'public',
  summary: 'Rooms that anybody may join and talk in.',
  rules: {
    ...SOUND_EVENTS,
    ...JOINS,
    ...TRICKS,
    'huge-messages': {
      description: 'Walls of text: long logs belong into a file, and newcomers begin with less.',
      when: {
        any: [{ event_size: { more_than: '50kB' } }, { all: [{ event_size: { more_than: '20kB' } }, NEWCOMER] }],
      },
      message: 'Your message is too long for this room. Please send long texts as a file.',
      harms: [HARMS.flooding],
      order: 108,
    },
    flood: {
      description: 'More messages than anybody types: what goes on like that is refused until it pauses.',
      when: { rate: { what: 'messages', more_than: 20, within: '1m', burst: 10 } },
      message: 'You are sending too many messages. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 120,
    },
    'newcomer-flood': {
      description: 'The same with less patience for who has just come; attempts that were refused count too.',
      when: { all: [UNPROVEN, { rate: { more_than: 8, within: '30s', burst: 4, include_refused: true } }] },
      message: 'You are sending too many messages. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 121,
    },
    crowd: {
      description: 'While a room gets two messages a second, newcomers wait and the others talk on.',
      when: { all: [UNPROVEN, { rate: { per: 'room', across: 'room', more_than: 60, within: '30s' } }] },
      message: 'Very much is being said in this room right now. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 122,
    },
    'media-flood': {
      description: 'Pictures and files by the dozen. An album at once is fine, one after the other is not.',
      when: { rate: { what: 'media', more_than: 8, within: '1m', burst: 12 } },
      message: 'You are sending too many files. Please wait some minutes.',
      harms: [HARMS.flooding],
      order: 123,
    },
    'reaction-flood': {
      description: 'Reactions faster than anybody reads.',
      when: { rate: { what: 'reactions', more_than: 30, within: '1m', burst: 20 } },
      message: 'You are reacting too often. Please wait a minute.',
      harms: [HARMS.flooding],
      order: 124,
    },
    'invite-flood': {
      description: 'Invites to many people, by somebody without history, are how rooms are filled with accounts.',
      when: { rate: { what: 'invites', more_than: 10, within: '1h' } },
      message: 'You have invited many people within an hour. Please try again later.',
      harms: [HARMS.flooding],
      exempt: REGULARS,
      order: 125,
    },
    'mass-mentions': {
      description: 'Mentioning many people at once is how spam gets noticed.',
      when: { any: [{ mentions: { more_than: 10 } }, { all: [{ at_signs: { more_than: 30 } }, NEWCOMER] }] },
      message: 'Your message was not accepted in this room: it mentions too many people.',
      harms: [HARMS.flooding],
      order: 130,
    },
    'newcomer-mentions': {
      description: 'Newcomers do not call the whole room, nor more than three people.',
      when: { all: [{ mentions: { more_than: 3, room: true } }, NEWCOMER] },
      message: 'Your message was not accepted: please talk in this room for a while before you call so many people.',
      harms: [HARMS.flooding],
      order: 131,
    },
    'mention-flood': {
      description: 'Calling people again and again, one message each.',
      when: { rate: { what: 'mentions', more_than: 15, within: '1m', burst: 10 } },
      message: 'You are mentioning too many people. Please wait some minutes.',
      harms: [HARMS.flooding],
      exempt: REGULARS,
      order: 132,
    },
    'repeated-texts': {
      description: 'What newcomers say in the same words, or what several people were refused for, is a campaign.',
      when: {
        any: [
          { all: [UNPROVEN, { near_duplicate: { at_least: 3, from_senders: 3, min_length: 40 } }] },
          { all: [NEWCOMER, { near_duplicate: { at_least: 2, min_length: 60 } }] },
          { near_duplicate: { among: 'refused', at_least: 2, from_senders: 2 } },
        ],
      },
      message: 'Your message was not accepted in this room: nearly the same was sent before.',
      harms: [HARMS.spam],
      exempt: REGULARS,
      order: 140,
    },
    'alike-texts': {
      description: 'The same from people who joined longer ago may be a greeting, or accounts that slept: have a look.',
      when: { near_duplicate: { at_least: 3, from_senders: 3, min_length: 40 } },
      action: 'flag',
      exempt: REGULARS,
      order: 142,
    },
    'cross-posts': {
      description: 'One text in room after room, by somebody without history.',
      when: { near_duplicate: { at_least: 3, in_rooms: 3, min_length: 40, within: '30m' } },
      message: 'You have said this in several rooms already. One is enough: people read along.',
      harms: [HARMS.flooding],
      exempt: REGULARS,
      order: 141,
    },
    'newcomer-links': {
      description: 'No links in the first messages of somebody who has just joined, but to a few well-known sites.',
      when: { all: [{ links: { except_domains: HARMLESS_SITES } }, NEWCOMER] },
      message: 'Your message was not accepted: please talk in this room for a while before you post links.',
      order: 152,
    },
    'room-adverts': {
      description: 'Invitations to other rooms: none by newcomers, heaps of them by nobody without history.',
      when: { any: [{ matrix_links: { more_than: 5 } }, { all: [{ matrix_links: {} }, NEWCOMER] }] },
      message: 'Your message was not accepted: please talk in this room for a while before you point to others.',
      exempt: REGULARS,
      order: 153,
    },
    'link-heaps': {
      description: 'Many different links in one message, by people without history.',
      when: { links: { more_than: 10, except_domains: HARMLESS_SITES } },
      message: 'Your message was not accepted in this room: it has too many links.',
      exempt: REGULARS,
      order: 154,
    },
    'newcomer-media': {
      description: 'No pictures, files and stickers in the first messages of somebody who has just joined.',
      when: {
        all: [
          {
            media: {
              kinds: [
                ...['image', 'video', 'audio', 'voice', 'file', 'sticker', 'gallery', 'inline_image'],
                ...['custom_reaction', 'other'],
              ],
            },
          },
          NEWCOMER,
        ],
      },
      message: 'Your message was not accepted: please talk in this room for a while before you post media.',
      harms: [HARMS.prohibited],
      order: 164,
    },
    'first-message-media': {
      description: 'Who has been silent since they came some days ago does not begin with a picture.',
      when: { all: [{ media: { kinds: ['image', 'video', 'sticker', 'gallery', 'inline_image'] } }, SILENT_SO_FAR] },
      message: 'Your message was not accepted: please say something in this room before you post media.',
      harms: [HARMS.prohibited],
      order: 165,
    },
    'newcomer-advertising': {
      description: 'First messages that sell: money, wonders, ways to be reached elsewhere. No single sign is enough.',
      when: {
        all: [
          NEWCOMER,
          {
            score: {
              threshold: 3,
              of: [
                { weight: 2, when: { regex: { patterns: ADVERTISED } } },
                {
                  weight: 2,
                  when: { regex: { patterns: ['\\b(?:t\\.me|wa\\.me)/', '\\b(?:whats ?app|telegram)\\b'] } },
                },
                { weight: 2, when: { confusables: { at_least: 3 } } },
                {
                  weight: 1,
                  when: { regex: { patterns: ['[$€£] ?\\d{2,}', '\\b\\d[\\d.,]* ?(?:usd|btc|eth|usdt)\\b'] } },
                },
                { weight: 1, when: { letter_case: { at_least: 0.6, min_letters: 40 } } },
                { weight: 1, when: { regex: { patterns: ['\\b(?:dm|pm|inbox|text|contact|message) (?:me|us)\\b'] } } },
              ],
            },
          },
        ],
      },
      message: 'Your message was not accepted in this room: it looks like advertising.',
      order: 180,
    },
  },
};
