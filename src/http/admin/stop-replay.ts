/** `DELETE /_gatehouse/admin/v1/replays/{id}`: ends a replay before it is done. */
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { isTheirs, numberParam } from './moderation-access.ts';
import { jobAnswer, jobOf, type ReplayDeps } from './replay-answers.ts';

export const stopReplay = defineAdminEndpoint({
  method: 'DELETE',
  path: '/_gatehouse/admin/v1/replays/{id}',
  summary: 'Ends a replay before it is done.',
  answer: jobAnswer,
  communityOf: 'own',
  handler: (request, { replays }: ReplayDeps) => {
    const id = numberParam(request, 'id');
    const job = replays.get(id);
    if (job === undefined || !isTheirs(request.actor, job.community)) {
      throw matrixError('M_NOT_FOUND', 404, 'There is no replay of that id.');
    }
    replays.stop(id);
    return { body: jobOf(replays.get(id) ?? job) };
  },
});
