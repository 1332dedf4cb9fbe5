/** `GET /_gatehouse/ready`: requests can be served, that is, storage is writable and keys are loaded. */
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

export interface ReadyDeps {
  /** What has to work, by name. Cheap: it is asked for often and by anyone. */
  readonly readiness: () => Promise<{ readonly storage: boolean; readonly keys: boolean }>;
}

export const getReady: OpenEndpoint<ReadyDeps> = {
  method: 'GET',
  path: '/_gatehouse/ready',
  auth: 'none',
  bodyLimit: 0,
  handler: async (_request, deps) => {
    const checks = await deps.readiness();
    if (!checks.storage || !checks.keys) throw matrixError('M_UNKNOWN', 503, 'Not ready to serve.', { checks });
    return valueAnswer({ status: 'ready', checks });
  },
};
