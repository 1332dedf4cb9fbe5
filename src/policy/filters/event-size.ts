import * as z from 'zod';
import { canonicalSize } from '../../protocol/events.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';
import { byteSize } from './quantities.ts';

const settings = z.strictObject({
  more_than: byteSize
    .prefault('10kB')
    .describe('Bytes as canonical JSON. Events of more than 65,536 bytes do not exist.'),
  of: z
    .enum(['event', 'content'])
    .default('event')
    .describe('The whole event, signatures included, or its `content` alone.'),
});

export const eventSize = defineFilter({
  name: 'event_size',
  summary: 'Large events, by the bytes of their canonical JSON.',
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { more_than: '1kB' },
    matches: { content: { msgtype: 'm.text', body: 'blah '.repeat(300) } },
    ignores: { content: { msgtype: 'm.text', body: 'blah' } },
  },
  compile: ({ more_than: limit, of }) => {
    return ({ pdu }) => {
      if (pdu.canonicalBytes <= limit) return NO_MATCH;
      const size = of === 'event' ? pdu.canonicalBytes : canonicalSize(pdu.content);
      if (size <= limit) return NO_MATCH;
      const path = of === 'event' ? '' : 'content';
      return matchOf({ path, note: `${String(size)} bytes, more than ${String(limit)}` });
    };
  },
});
