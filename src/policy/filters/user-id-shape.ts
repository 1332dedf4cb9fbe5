import * as z from 'zod';
import { localpartOf } from '../../protocol/ids/user-id.ts';
import { defineFilter, matchWhere } from './filter.ts';

const count = z.int().min(0).max(255);

const fields = z.strictObject({
  length_more_than: count.optional().describe('Bytes of the whole user id, server name included.'),
  localpart_more_than: count.optional().describe('Bytes of what stands between `@` and the colon.'),
  words_more_than: count.optional().describe('Words in the localpart: runs of the letters a to z and digits.'),
  digits_more_than: count.optional().describe('Digits in the localpart.'),
  digits_percent_at_least: z.int().min(1).max(100).optional().describe('Percentage of the localpart that is digits.'),
  switches_more_than: count
    .optional()
    .describe('How often a letter stands beside a digit in the localpart: names made by machines, such as `a8f3k2`.'),
  consonants_more_than: count.optional().describe('Longest run of consonants in the localpart.'),
  criteria: z
    .enum(['any', 'all'])
    .default('any')
    .describe('Whether one of the given criteria suffices or all are needed.'),
});

type Settings = z.output<typeof fields>;

const settings = fields.refine((given) => criteriaOf(given).length > 0, { error: 'expected at least one criterion' });

export const userIdShape = defineFilter({
  name: 'user_id_shape',
  summary: 'User ids that look made by a machine: long, of many words, full of digits.',
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { words_more_than: 3 },
    matches: { sender: '@earn-big-money-fast:home.test', content: { msgtype: 'm.text', body: 'hello' } },
    ignores: { sender: '@alice-miller:home.test', content: { msgtype: 'm.text', body: 'hello' } },
  },
  compile: (given) => {
    const criteria = criteriaOf(given);
    const needed = given.criteria === 'all' ? criteria.length : 1;
    return ({ pdu: { sender } }) => {
      const localpart = localpartOf(sender);
      const notes = criteria.flatMap((criterion) => criterion(sender, localpart) ?? []);
      return matchWhere(notes.length < needed ? [] : notes.map((note) => ({ path: 'sender', matched: sender, note })));
    };
  },
});

/** What it sees, where it is met. */
type Criterion = (userId: string, localpart: string) => string | undefined;

function criteriaOf(given: Partial<Settings>): readonly Criterion[] {
  const criteria: Criterion[] = [];
  function add(limit: number | undefined, measure: (userId: string, localpart: string) => number, unit: string): void {
    if (limit === undefined) return;
    criteria.push((userId, localpart) => {
      const measured = measure(userId, localpart);
      return measured > limit ? `${String(measured)} ${unit}, more than ${String(limit)}` : undefined;
    });
  }
  add(given.length_more_than, (userId) => Buffer.byteLength(userId), 'bytes');
  add(given.localpart_more_than, (_userId, localpart) => Buffer.byteLength(localpart), 'bytes in the localpart');
  add(given.words_more_than, (_userId, localpart) => occurrences(localpart, /[a-z0-9]+/gi), 'words');
  add(given.digits_more_than, (_userId, localpart) => occurrences(localpart, /[0-9]/g), 'digits');
  add(given.switches_more_than, (_userId, localpart) => occurrences(localpart, SWITCH), 'switches');
  add(given.consonants_more_than, (_userId, localpart) => longestRun(localpart, CONSONANTS), 'consonants in a row');
  const share = given.digits_percent_at_least;
  if (share !== undefined) {
    criteria.push((_userId, localpart) => {
      const percent = Math.floor((100 * occurrences(localpart, /[0-9]/g)) / Math.max(1, localpart.length));
      return percent >= share ? `${String(percent)} % digits, at least ${String(share)} %` : undefined;
    });
  }
  return criteria;
}

/** The place between a letter and a digit. */
const SWITCH = /(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])/gi;
const CONSONANTS = /[bcdfghjklmnpqrstvwxz]+/gi;

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function longestRun(text: string, pattern: RegExp): number {
  return Math.max(0, ...(text.match(pattern) ?? []).map((run) => run.length));
}
