/** `POST /_matrix/key/v2/query` (data/api/server-server/keys_query.yaml). */
import type { NotaryQuery } from '../../federation/notary.ts';
import { parseKeyId } from '../../protocol/ids/key-id.ts';
import { parseServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonObject, own, ownObject, type JsonObject } from '../../protocol/json.ts';
import { requiredBody, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import { notaryAnswer, type NotaryDeps } from './query-answer.ts';

/** Servers of one question; those beyond are not answered about, as are those that cannot be reached. */
const MAX_SERVERS = 200;
const MAX_KEY_IDS = 16;

export const bulkPerspectivesKeyQuery: OpenEndpoint<NotaryDeps> = {
  method: 'POST',
  path: '/_matrix/key/v2/query',
  auth: 'none',
  bodyLimit: 256 * 1024,
  handler: async (request, deps) => {
    const asked = ownObject(requiredBody(request), 'server_keys');
    if (asked === undefined) throw matrixError('M_BAD_JSON', 400, 'server_keys is missing or no object.');
    const queries = new Map<ServerName, NotaryQuery>();
    for (const [text, criteria] of Object.entries(asked).slice(0, MAX_SERVERS)) {
      const serverName = parseServerName(text);
      if (serverName !== undefined && isJsonObject(criteria)) queries.set(serverName, queryFrom(criteria));
    }
    return await notaryAnswer(deps, queries);
  },
};

/** The latest of the times that are given for single keys is asked of the whole document. */
function queryFrom(criteria: JsonObject): NotaryQuery {
  const entries = Object.entries(criteria).slice(0, MAX_KEY_IDS);
  const keyIds = entries.flatMap(([text]) => parseKeyId(text) ?? []);
  const times = entries.flatMap(([, ofKey]) => {
    const time = isJsonObject(ofKey) ? own(ofKey, 'minimum_valid_until_ts') : undefined;
    return typeof time === 'number' ? [time] : [];
  });
  return { keyIds, minimumValidUntilTs: times.length === 0 ? undefined : Math.max(...times) };
}
