/**
 * `GET /_matrix/key/v2/server/{keyId}`: gone from the text since v1.6, still asked for. All keys are answered, as the
 * text before v1.6 allows and Synapse does.
 */
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';
import type { ServerKeyDeps } from './get-server-key.ts';

export const getServerKeyById: OpenEndpoint<ServerKeyDeps> = {
  method: 'GET',
  path: '/_matrix/key/v2/server/{keyId}',
  auth: 'none',
  bodyLimit: 0,
  handler: (_request, deps) => documentAnswer(deps.serverKeyDocument()),
};
