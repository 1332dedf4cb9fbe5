import * as z from 'zod';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';
import { duration, formatDuration } from './quantities.ts';

const drift = z.union([z.literal('off'), duration], { error: 'expected a time such as "10m" or "7d", or "off"' });

const settings = z.strictObject({
  ahead_more_than: drift
    .prefault('10m')
    .describe('How far the time of an event may lie in the future; `off`: however far.'),
  behind_more_than: drift
    .prefault('off')
    .describe(
      'How old an event may claim to be when it is judged; `off`: however old. Servers that were away send late, so less than a few days hits honest people.',
    ),
});

export const clockDrift = defineFilter({
  name: 'clock_drift',
  summary: 'Events whose `origin_server_ts` lies too far in the future or in the past.',
  settings,
  needs: ['time'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { ahead_more_than: '10m' },
    matches: { content: { msgtype: 'm.text', body: 'from tomorrow' }, agoMs: -86_400_000 },
    ignores: { content: { msgtype: 'm.text', body: 'from today' }, agoMs: 60_000 },
  },
  compile: ({ ahead_more_than: ahead, behind_more_than: behind }) => {
    return ({ pdu: { originServerTs } }, { now }) => {
      const past = now - originServerTs;
      if (ahead !== 'off' && -past > ahead) {
        return matchOf({ path: 'origin_server_ts', matched: String(originServerTs), note: `${span(-past)} ahead` });
      }
      if (behind !== 'off' && past > behind) {
        return matchOf({ path: 'origin_server_ts', matched: String(originServerTs), note: `${span(past)} behind` });
      }
      return NO_MATCH;
    };
  },
});

/** In whole minutes, or in seconds below one. */
function span(ms: number): string {
  const unit = ms < 60_000 ? 1_000 : 60_000;
  return formatDuration(Math.floor(ms / unit) * unit);
}
