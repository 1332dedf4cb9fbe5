/** `GET /_gatehouse/admin/v1/communities/{community}/export`: everything that is kept of a community, page by page. */
import * as z from 'zod';
import { nearestWord } from '../../config/nearest.ts';
import {
  FIRST_PAGE,
  formatCursor,
  parseCursor,
  type ExportCursor,
  type ExportPage,
} from '../../policy/retention/community-export.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, type Actor } from './admin-endpoint.ts';
import { communityOfPath, communityParam } from './settings-access.ts';

export interface ExportingDeps {
  readonly exportPage: (community: string, cursor: ExportCursor) => Promise<ExportPage>;
  /** Ids of the communities that there are now. */
  readonly knownCommunities: () => readonly string[];
  /** Of communities that are there no more, too. */
  readonly wasEverKept: (community: string) => Promise<boolean>;
}

export const exportCommunity = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/communities/{community}/export',
  summary:
    'Settings with their history, verdicts, queue, actions and decisions about lists: all that is kept, in pages.',
  query: z.strictObject({ from: z.string().max(40).optional().describe('`next` of the page before.') }),
  answer: z.object({
    lines: z.array(z.looseObject({ kind: z.string().describe('What the line is.') })),
    next: z.string().nullable().describe('Null at the end. A page may be empty and yet not the last.'),
  }),
  communityOf: communityOfPath,
  handler: async (request, deps: ExportingDeps) => {
    const { from } = request.query;
    const { id } = communityParam(request);
    const cursor = from === undefined ? FIRST_PAGE : parseCursor(from);
    if (cursor === undefined) throw matrixError('M_INVALID_PARAM', 400, 'from is none of the pages.');
    if (!deps.knownCommunities().includes(id) && !(await deps.wasEverKept(id))) {
      throw noSuchCommunity(id, request.actor, deps);
    }
    const { lines, next } = await deps.exportPage(id, cursor);
    return { body: { lines: [...lines], next: next === undefined ? null : formatCursor(next) } };
  },
});

/** Those who look after one community are told of no other. */
function noSuchCommunity(id: string, actor: Actor, { knownCommunities }: ExportingDeps): Error {
  const near = actor.community === undefined ? nearestWord(id, knownCommunities()) : undefined;
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return matrixError(
    'M_NOT_FOUND',
    404,
    `There is no community "${id}", and nothing was ever kept of one${hint === '' ? '.' : hint}`,
  );
}
