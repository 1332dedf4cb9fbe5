import * as z from 'zod';
import { defineFilter, excerpt, matchWhere, NO_MATCH, PENDING } from './filter.ts';
import { anyName, endpointMistakes, endpointName, nameGlobs } from './remote-endpoint.ts';

const MAX_OPTIONS = 20;

const settings = z.strictObject({
  endpoint: endpointName.describe(
    'Which endpoint is asked: its name in `remote_checks` of the configuration; one of kind `http` or `moderation`.',
  ),
  labels: nameGlobs.default(['*']).describe('Globs on the labels that count, in any case, such as `hate*`.'),
  at_least: z.number().min(0).max(1).default(0.5).describe('Lowest score of a label that counts, from 0 to 1.'),
  options: z
    .record(z.string().min(1).max(64), z.union([z.string().max(1000), z.number(), z.boolean()]))
    .refine((options) => Object.keys(options).length <= MAX_OPTIONS, {
      error: `expected ${String(MAX_OPTIONS)} options at most`,
    })
    .default({})
    .describe('Handed on to endpoints of kind `http` as they are: what they make of them is their own affair.'),
});

export const remote = defineFilter({
  name: 'remote',
  summary:
    'Events that another program labels: any HTTP endpoint, or a moderation endpoint in the manner of OpenAI. It is asked in its turn only, so it stands last of what `all` combines.',
  settings,
  needs: ['remote_services'],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { endpoint: 'moderation', labels: ['hate*', 'violence'], at_least: 0.8 },
    matches: {
      content: { msgtype: 'm.text', body: 'something hateful' },
      answers: { remote: { labels: [{ label: 'hate/threatening', score: 0.93 }], note: null } },
    },
    ignores: {
      content: { msgtype: 'm.text', body: 'something harmless' },
      answers: { remote: { labels: [{ label: 'hate/threatening', score: 0.12 }], note: null } },
    },
  },
  mistakes: ({ endpoint }, context) => endpointMistakes(endpoint, ['http', 'moderation'], context),
  compile: ({ endpoint, labels, at_least: least, options }) => {
    const counts = anyName(labels);
    const question = { key: JSON.stringify([endpoint, options]), endpoint, options };
    return (_event, facts) => {
      const asked = facts.ask('remote', question);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const { labels: given, note } = asked.value;
      const found = given.filter(({ label, score }) => score >= least && counts(label));
      if (found.length === 0) return NO_MATCH;
      const remark = note === null || note === '' ? '' : `: ${excerpt(note)}`;
      return matchWhere(
        found.map(({ label, score, path }) => ({
          path: path ?? 'content',
          note: `labelled "${label}" with ${String(Math.round(score * 1000) / 1000)} by ${endpoint}${remark}`,
        })),
      );
    };
  },
});
