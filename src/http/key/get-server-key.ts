/** `GET /_matrix/key/v2/server` (server-server API, "Publishing Keys"; data/api/server-server/keys_server.yaml). */
import type { JsonObject } from '../../protocol/json.ts';
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface ServerKeyDeps {
  /** The signed document, valid for an hour at the least. Cheap: it is asked for without authentication. */
  readonly serverKeyDocument: () => JsonObject;
}

export const getServerKey: OpenEndpoint<ServerKeyDeps> = {
  method: 'GET',
  path: '/_matrix/key/v2/server',
  auth: 'none',
  bodyLimit: 0,
  handler: (_request, deps) => documentAnswer(deps.serverKeyDocument()),
};
