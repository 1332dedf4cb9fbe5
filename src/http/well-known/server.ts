/** `GET /.well-known/matrix/server` (server-server API, "Resolving server names"; operation getWellKnown). */
import { splitServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface WellKnownServerDeps {
  readonly serverName: ServerName;
  /** Host and port that other servers shall connect to, where the configuration names them. */
  readonly delegatedTo: string | undefined;
}

export const wellKnownServer: OpenEndpoint<WellKnownServerDeps> = {
  method: 'GET',
  path: '/.well-known/matrix/server',
  auth: 'none',
  bodyLimit: 0,
  cors: true,
  handler: (_request, deps) => documentAnswer({ 'm.server': deps.delegatedTo ?? defaultDelegation(deps.serverName) }),
};

/** Who reads this asked on port 443 of the name, so that is where federation is too, unless the name says otherwise. */
function defaultDelegation(serverName: ServerName): string {
  return splitServerName(serverName)?.port === undefined ? `${serverName}:443` : serverName;
}
