/** `GET /_matrix/federation/v1/backfill/{roomId}` (data/api/server-server/backfill.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { integerQuery, queryOf, requiredQuery } from '../query.ts';
import { eventIdFrom, grantedValue, roomInPath } from './resident-answer.ts';
import { transactionText, type TransactionOrigin } from './transaction-text.ts';

export const backfillRoom: SignedEndpoint<TransactionOrigin & Pick<Resident, 'backfill'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/backfill/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const query = queryOf(request);
    requiredQuery(query, 'v');
    const limit = integerQuery(query, 'limit');
    if (limit === undefined) throw matrixError('M_MISSING_PARAM', 400, 'limit is missing.');
    const from = query.getAll('v').map(eventIdFrom);
    const { origin } = request;
    const found = grantedValue(await deps.backfill({ origin, roomId: roomInPath(request), from, limit }));
    return textAnswer(transactionText(deps, found));
  },
};
