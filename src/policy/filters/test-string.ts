import * as z from 'zod';
import { findString } from '../event-texts.ts';
import { HARMS } from '../harms.ts';
import { NEUTRAL, type Filter } from './filter.ts';

/** The GTUBE string that mail administrators test spam filters with, so that anyone can see the protection work. */
export const TEST_STRING = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

const settings = z.strictObject({});

export const testString: Filter<z.infer<typeof settings>> = {
  name: 'test_string',
  summary:
    'Refuses every event that holds the GTUBE test string, by whomever, so that anyone can see the protection work.',
  settings,
  needs: [],
  judgesModerators: true,
  onFailure: 'skip',
  compile: () => (pdu) => {
    const found = findString(pdu, (text) => text.includes(TEST_STRING));
    if (found === undefined) return NEUTRAL;
    const start = found.text.indexOf(TEST_STRING);
    return {
      verdict: 'refuse',
      message:
        'This message holds the test string for spam filters, so it was refused: the protection of this room works.',
      harms: [HARMS.spam],
      evidence: [
        {
          path: found.path,
          span: { start, end: start + TEST_STRING.length },
          matched: TEST_STRING,
          note: 'GTUBE test string',
        },
      ],
    };
  },
};
