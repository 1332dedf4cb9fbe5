/** `POST /_gatehouse/admin/v1/keys/rotate-server-key`: makes a new server key and retires the present one. */
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';
import type { PublicKeys } from './show-keys.ts';

export interface RotateDeps {
  /** Resolves with the keys as they are afterwards. */
  readonly rotateServerKey: () => Promise<PublicKeys>;
}

export const rotateServerKey: OpenEndpoint<RotateDeps> = {
  method: 'POST',
  path: '/_gatehouse/admin/v1/keys/rotate-server-key',
  auth: 'owner',
  bodyLimit: 1024,
  handler: async (_request, deps) => valueAnswer(await deps.rotateServerKey()),
};
