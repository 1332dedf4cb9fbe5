// Compares what is served with what the specification's own data says a server serves: nothing is left out unnoticed.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { allRoutes } from '../../src/http/routes.ts';

const folder = path.resolve(import.meta.dirname, '../../../shared/matrix-spec/data/api/server-server');
const skip = existsSync(folder) ? false : `the specification's data is not at ${folder}`;

/** Operations of the specification that are not served, and why. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  'GET /_matrix/federation/v1/query/{queryType}': 'a pattern; the query types that the text defines are served',
  'GET /_matrix/federation/v1/media/download/{mediaId}': 'there is no media here',
  'GET /_matrix/federation/v1/media/thumbnail/{mediaId}': 'there is no media here',
  'GET /_matrix/federation/v1/openid/userinfo': 'nobody here gives out OpenID tokens',
  'PUT /_matrix/federation/v1/3pid/onbind': 'nobody here binds third-party identifiers',
  'PUT /_matrix/federation/v1/exchange_third_party_invite/{roomId}': 'nobody here invites third-party identifiers',
};

/** Served although the data does not have it. */
const NOT_SPECIFIED: Readonly<Record<string, string>> = {
  'GET /_matrix/key/v2/server/{keyId}': 'removed in v1.6, still asked for',
  'POST /_matrix/policy/unstable/org.matrix.msc4284/sign': 'MSC4284 before it was merged',
  'POST /_matrix/policy/unstable/org.matrix.msc4284/event/{eventId}/check': 'MSC4284 before it was merged',
};

interface Document {
  readonly servers?: readonly { readonly variables?: { readonly basePath?: { readonly default?: string } } }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function specified(): Set<string> {
  const operations = new Set<string>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
    const document = parse(readFileSync(path.join(folder, name), 'utf8')) as Document;
    const base = document.servers?.[0]?.variables?.basePath?.default ?? '';
    for (const [pathKey, methods] of Object.entries(document.paths ?? {})) {
      for (const method of Object.keys(methods)) {
        if (!['get', 'put', 'post', 'delete'].includes(method)) continue;
        operations.add(`${method.toUpperCase()} ${base}${pathKey.trim()}`);
      }
    }
  }
  return operations;
}

const plain = (operation: string): string => operation.replaceAll(/\{\w+\}/g, '{}');

describe('the served routes', { skip }, () => {
  const served = new Set(allRoutes.map(({ method, path: route }) => `${method} ${route}`).map(plain));

  it('are those that the specification has, but for those left out for a reason', () => {
    const missing = [...specified()].filter((operation) => !served.has(plain(operation)));
    assert.deepEqual(missing.sort(), Object.keys(NOT_SERVED).sort());
  });

  it('have no others under federation, keys and policy but those that are listed', () => {
    const known = new Set([...specified()].map(plain));
    const others = allRoutes
      .filter(({ path: route }) => /^\/_matrix\/(?:federation|key|policy)\//.test(route))
      .map(({ method, path: route }) => `${method} ${route}`)
      .filter((operation) => !known.has(plain(operation)));
    assert.deepEqual(others.sort(), Object.keys(NOT_SPECIFIED).sort());
  });
});
