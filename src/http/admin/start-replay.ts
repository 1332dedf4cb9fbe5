/** `POST /_gatehouse/admin/v1/replays`: judges stored events again, by the rules of their time or by a draft. */
import * as z from 'zod';
import { parseScope } from '../../policy/settings/scope.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, invalid } from './admin-endpoint.ts';
import { scopeOf, scopeText } from './list-answers.ts';
import { durationUpTo } from './moderation-access.ts';
import { jobAnswer, jobOf, type ReplayDeps } from './replay-answers.ts';
import { existing } from './settings-access.ts';

const YEAR = 366 * 86_400_000;

export const startReplay = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/replays',
  summary:
    'Starts to judge stored events again: ask for the replay by its id to see how far it is, and what came of it.',
  body: z.strictObject({
    scope: scopeText.default('instance').describe('Whose rules, and events of which rooms.'),
    since: durationUpTo(YEAR, '366d').prefault('7d').describe('How far back, such as `24h` or `7d`.'),
    rules: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('A document of settings, as a draft; left out: the rules that were in force, as a proof.'),
    how: z
      .enum(['add', 'replace'])
      .default('add')
      .describe('`add`: on top of the settings of the scope; `replace`: in the place of them.'),
    regular_messages: z.int().min(1).max(100_000).default(20).describe('People with so many messages are regulars.'),
    regular_known_for: durationUpTo(YEAR, '366d')
      .prefault('7d')
      .describe('People who were first seen so long ago are regulars.'),
  }),
  answer: jobAnswer,
  bodyLimit: 4 * 1024 * 1024,
  communityOf: ({ body }, { settings }: ReplayDeps) => {
    const scope = parseScope(body.scope);
    return scope === undefined ? undefined : settings.communityOf(scope);
  },
  handler: ({ body, actor }, { replays, settings, now }: ReplayDeps) => {
    const { since, rules, how, regular_messages: messages, regular_known_for: knownForMs } = body;
    const started = replays.start({
      ...{ scope: existing(scopeOf(body.scope), { settings }, actor), since: now() - since, actor: actor.name },
      draft: rules === undefined ? undefined : { document: rules, how },
      regulars: { messages, knownForMs },
    });
    if (started.ok) return { status: 201, body: jobOf(started.job) };
    if (started.reason.type === 'invalid') throw invalid('draft', started.reason.errors);
    throw matrixError('ORG.GATEHOUSE.CONFLICT', 409, 'Too many replays wait: ask again when some are done.');
  },
});
