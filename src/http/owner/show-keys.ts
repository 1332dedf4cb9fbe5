/** `GET /_gatehouse/admin/v1/keys`: the public keys in use, and those that were. */
import { valueAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface PublicKeys {
  /** Unpadded base64, as everywhere here. */
  readonly serverKey: { readonly keyId: string; readonly publicKey: string };
  readonly policyKey: { readonly keyId: string; readonly publicKey: string };
  /** Server keys that were rotated out; milliseconds since 1970. */
  readonly oldServerKeys: readonly { readonly keyId: string; readonly publicKey: string; readonly expiredTs: number }[];
}

export interface ShowKeysDeps {
  readonly publicKeys: () => PublicKeys;
}

export const showKeys: OpenEndpoint<ShowKeysDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/keys',
  auth: 'owner',
  bodyLimit: 0,
  handler: (_request, deps) => valueAnswer(deps.publicKeys()),
};
