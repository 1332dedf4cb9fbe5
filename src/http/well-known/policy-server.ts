/** `GET /.well-known/matrix/policy_server` (client-server API v1.18, "Policy Servers"; operation getWellknownPolicy). */
import { documentAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface PolicyKeyDeps {
  /** Unpadded base64 of the key that rooms put into `m.room.policy`. */
  readonly policyPublicKey: string;
}

export const wellKnownPolicyServer: OpenEndpoint<PolicyKeyDeps> = {
  method: 'GET',
  path: '/.well-known/matrix/policy_server',
  auth: 'none',
  bodyLimit: 0,
  cors: true,
  handler: (_request, deps) => documentAnswer({ public_keys: { ed25519: deps.policyPublicKey } }),
};
