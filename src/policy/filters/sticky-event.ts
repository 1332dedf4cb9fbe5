import * as z from 'zod';
import { own, ownObject } from '../../protocol/json.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';
import { duration, formatDuration } from './quantities.ts';

/** No event is sticky for longer (MSC4354). */
const LONGEST_MS = 3_600_000;

/** The stable name of the field, and the one that servers use while the proposal is open. */
const FIELDS = ['sticky', 'msc4354_sticky'] as const;

const settings = z.strictObject({
  duration_more_than: duration
    .optional()
    .describe('Only events that are sticky for longer. Longer than "1h" counts as one hour.'),
});

export const stickyEvent = defineFilter({
  name: 'sticky_event',
  summary: 'Sticky events (MSC4354), which reach everybody for a time, however many other events there are.',
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { duration_more_than: '10m' },
    matches: { type: 'm.rtc.member', content: {}, fields: { msc4354_sticky: { duration_ms: 3_600_000 } } },
    ignores: { type: 'm.rtc.member', content: {}, fields: { msc4354_sticky: { duration_ms: 60_000 } } },
  },
  compile: ({ duration_more_than: limit = -1 }) => {
    return ({ pdu }) => {
      for (const field of FIELDS) {
        const sticky = ownObject(pdu.raw, field);
        const given = sticky === undefined ? undefined : own(sticky, 'duration_ms');
        if (typeof given !== 'number' || given < 0) continue;
        const lasts = Math.min(given, LONGEST_MS);
        if (lasts > limit) {
          return matchOf({
            path: `${field}.duration_ms`,
            matched: String(given),
            note: `sticky for ${formatDuration(lasts)}`,
          });
        }
      }
      return NO_MATCH;
    };
  },
});
