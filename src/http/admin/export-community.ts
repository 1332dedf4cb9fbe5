/** `GET /_gatehouse/admin/v1/communities/{community}/export`: everything that is kept of a community, page by page. */
import * as z from 'zod';
import {
  FIRST_PAGE,
  formatCursor,
  parseCursor,
  type ExportCursor,
  type ExportPage,
} from '../../policy/retention/community-export.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { communityOfPath, communityParam } from './settings-access.ts';

export interface ExportingDeps {
  readonly exportPage: (community: string, cursor: ExportCursor) => Promise<ExportPage>;
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
    const cursor = from === undefined ? FIRST_PAGE : parseCursor(from);
    if (cursor === undefined) throw matrixError('M_INVALID_PARAM', 400, 'from is none of the pages.');
    const { lines, next } = await deps.exportPage(communityParam(request).id, cursor);
    return { body: { lines: [...lines], next: next === undefined ? null : formatCursor(next) } };
  },
});
