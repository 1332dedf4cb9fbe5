/** `GET /.well-known/matrix/org.matrix.msc4284.policy_server` (MSC4284, "Unstable prefix"): one key instead of a table. */
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';
import type { PolicyKeyDeps } from './policy-server.ts';

export const wellKnownPolicyServerUnstable: OpenEndpoint<PolicyKeyDeps> = {
  method: 'GET',
  path: '/.well-known/matrix/org.matrix.msc4284.policy_server',
  auth: 'none',
  bodyLimit: 0,
  cors: true,
  handler: (_request, deps) => documentAnswer({ public_key: deps.policyPublicKey }),
};
