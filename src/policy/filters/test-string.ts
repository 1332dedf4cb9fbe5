import * as z from 'zod';
import { findString } from '../reading/event-texts.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

/** The GTUBE string that mail administrators test spam filters with, so that anyone can see the protection work. */
export const TEST_STRING = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

export const testString = defineFilter({
  name: 'test_string',
  summary: 'Events that hold the GTUBE test string anywhere in their content.',
  settings: z.strictObject({}),
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: `a test: ${TEST_STRING}` } },
    ignores: { content: { msgtype: 'm.text', body: 'a test: GTUBE' } },
  },
  compile:
    () =>
    ({ pdu }) => {
      const found = findString(pdu, (text) => text.includes(TEST_STRING));
      if (found === undefined) return NO_MATCH;
      const start = found.text.indexOf(TEST_STRING);
      const span = { start, end: start + TEST_STRING.length };
      return matchOf({
        path: found.path,
        ...(found.isKey ? {} : { span }),
        matched: TEST_STRING,
        note: 'GTUBE test string',
      });
    },
});
