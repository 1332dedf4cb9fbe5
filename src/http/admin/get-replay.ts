/** `GET /_gatehouse/admin/v1/replays/{id}`: how far a replay is, and what came of it. */
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { isTheirs, numberParam } from './moderation-access.ts';
import { jobAnswer, jobOf, type ReplayDeps } from './replay-answers.ts';

export const getReplay = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/replays/{id}',
  summary: 'How far a replay is, and what came of it. The last ones are kept until the server ends.',
  answer: jobAnswer,
  communityOf: 'own',
  handler: (request, { replays }: ReplayDeps) => {
    const job = replays.get(numberParam(request, 'id'));
    if (job !== undefined && isTheirs(request.actor, job.community)) return { body: jobOf(job) };
    throw matrixError('M_NOT_FOUND', 404, 'There is no replay of that id.');
  },
});
