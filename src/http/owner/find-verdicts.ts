/** `GET /_gatehouse/admin/v1/verdicts/{referenceOrEventId}`: all revisions of a verdict, oldest first. */
import type { Verdict } from '../../policy/verdict.ts';
import { pathParam, valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface VerdictDeps {
  /** By event id (`$…`) or by reference; empty where there is none. */
  readonly findVerdicts: (referenceOrEventId: string) => Promise<readonly Verdict[]>;
}

export interface VerdictList {
  readonly verdicts: readonly Verdict[];
}

export const findVerdicts: OpenEndpoint<VerdictDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/verdicts/{referenceOrEventId}',
  auth: 'owner',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const verdicts = await deps.findVerdicts(pathParam(request, 'referenceOrEventId'));
    if (verdicts.length === 0) throw matrixError('M_NOT_FOUND', 404, 'There is no verdict of that reference or event.');
    return valueAnswer({ verdicts } satisfies VerdictList);
  },
};
