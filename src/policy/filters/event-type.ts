import * as z from 'zod';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const settings = z.strictObject({
  types: globList.min(1).default(['*']).describe('Globs on event types, such as `m.room.message` or `m.call.*`.'),
  except: globList.default([]).describe('Globs on event types that do not match all the same.'),
  only: z
    .enum(['state', 'not_state'])
    .optional()
    .describe('Only state events, or only those that are none. Where left out: both.'),
  state_keys: globList.min(1).optional().describe('Globs on state keys; events that are no state then never match.'),
});

export const eventType = defineFilter({
  name: 'event_type',
  summary: 'Events of a type: by globs on the type, state events or others only, by state key.',
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { types: ['m.call.*'], only: 'not_state' },
    matches: { type: 'm.call.invite', content: { call_id: '1', version: '1' } },
    ignores: { type: 'm.room.message', content: { msgtype: 'm.text', body: 'call me' } },
  },
  compile: ({ types, except, only, state_keys: stateKeys }) => {
    const findType = compileGlobList(types, { ignoreCase: false });
    const findException = compileGlobList(except, { ignoreCase: false });
    const findKey = stateKeys === undefined ? undefined : compileGlobList(stateKeys, { ignoreCase: false });
    return ({ pdu: { type, stateKey } }) => {
      if (only === 'state' && stateKey === undefined) return NO_MATCH;
      if (only === 'not_state' && stateKey !== undefined) return NO_MATCH;
      const glob = findType(type);
      if (glob === undefined || findException(type) !== undefined) return NO_MATCH;
      const evidence = { path: 'type', matched: excerpt(type), note: `event type "${glob}"` };
      if (findKey === undefined) return matchOf(evidence);
      const keyGlob = stateKey === undefined ? undefined : findKey(stateKey);
      if (keyGlob === undefined || stateKey === undefined) return NO_MATCH;
      return matchOf(evidence, { path: 'state_key', matched: excerpt(stateKey), note: `state key "${keyGlob}"` });
    };
  },
});
