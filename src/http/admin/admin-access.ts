/** Who may use the admin API over the network: whoever has a token. */
import type { IncomingHttpHeaders } from 'node:http';
import { unauthorized } from '../errors.ts';
import type { Actor } from './admin-endpoint.ts';

/** A token that is valid now; `undefined` for all others. */
export type FindToken = (
  text: string,
) => { readonly id: number; readonly name: string; readonly community: string | undefined } | undefined;

const BEARER = /^Bearer +(\S{1,200})$/i;

export function admitByToken(findToken: FindToken): (headers: IncomingHttpHeaders) => Actor {
  return ({ authorization }) => {
    if (authorization === undefined) {
      throw unauthorized('The request has no Authorization header: "Bearer" and a token of this server.');
    }
    const token = findToken(BEARER.exec(authorization)?.[1] ?? '');
    if (token === undefined) throw unauthorized('That is no valid token of this server.');
    return { name: `token:${token.name}`, community: token.community };
  };
}
