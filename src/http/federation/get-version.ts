/** `GET /_matrix/federation/v1/version` (data/api/server-server/version.yaml). */
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface VersionDeps {
  readonly version: string;
}

export const getVersion: OpenEndpoint<VersionDeps> = {
  method: 'GET',
  path: '/_matrix/federation/v1/version',
  auth: 'none',
  bodyLimit: 0,
  handler: (_request, deps) => documentAnswer({ server: { name: 'Gatehouse', version: deps.version } }),
};
