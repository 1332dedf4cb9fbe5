/** `GET /.well-known/matrix/support` (client-server API, "Server administration"; operation getWellknownSupport). */
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface SupportDeps {
  /** `contacts` and `support_page` from the configuration, as they are published. */
  readonly support: object | undefined;
}

export const wellKnownSupport: OpenEndpoint<SupportDeps> = {
  method: 'GET',
  path: '/.well-known/matrix/support',
  auth: 'none',
  bodyLimit: 0,
  cors: true,
  handler: (_request, deps) => {
    if (deps.support === undefined) throw matrixError('M_NOT_FOUND', 404, 'This server names no contacts.');
    return valueAnswer(deps.support);
  },
};
