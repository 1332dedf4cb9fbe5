/** `GET /_matrix/key/v2/query/{serverName}` (data/api/server-server/keys_query.yaml). */
import { parseServerName } from '../../protocol/ids/server-name.ts';
import { pathParam, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { integerQuery, queryOf } from '../query.ts';
import { notaryAnswer, type NotaryDeps } from './query-answer.ts';

export const perspectivesKeyQuery: OpenEndpoint<NotaryDeps> = {
  method: 'GET',
  path: '/_matrix/key/v2/query/{serverName}',
  auth: 'none',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const serverName = parseServerName(pathParam(request, 'serverName'));
    if (serverName === undefined) throw matrixError('M_INVALID_PARAM', 400, 'The path holds no server name.');
    const minimumValidUntilTs = integerQuery(queryOf(request), 'minimum_valid_until_ts');
    return await notaryAnswer(deps, new Map([[serverName, { keyIds: [], minimumValidUntilTs }]]));
  },
};
