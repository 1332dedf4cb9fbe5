import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, startTestServer } from '../../../tests/support/http-app.ts';
import type { AskNotary } from '../../federation/notary.ts';

type Queries = Parameters<AskNotary>[0];

async function asked(
  path: string,
  body?: string,
): Promise<{ status: number; queries: Queries | undefined; body: object }> {
  let queries: Queries | undefined;
  const askNotary: AskNotary = async (given) => {
    queries = given;
    return [{ server_name: 'other.test', valid_until_ts: 1 }];
  };
  await using server = await startTestServer({ deps: { askNotary } });
  const reply = await ask(server, path, body === undefined ? {} : { method: 'POST', body });
  return { status: reply.status, queries, body: reply.body };
}

test('a notary is asked for one server', async () => {
  const { status, queries, body } = await asked('/_matrix/key/v2/query/other.test?minimum_valid_until_ts=5');
  assert.equal(status, 200);
  assert.deepEqual([...(queries ?? [])], [['other.test', { keyIds: [], minimumValidUntilTs: 5 }]]);
  assert.deepEqual(body, { server_keys: [{ server_name: 'other.test', valid_until_ts: 1 }] });
  assert.equal((await asked('/_matrix/key/v2/query/other.test?minimum_valid_until_ts=x')).status, 400);
  assert.equal((await asked('/_matrix/key/v2/query/not_a_server')).status, 400);
});

test('a notary is asked for many servers, those without sense left out', async () => {
  const wanted = {
    'a.test': { 'ed25519:1': { minimum_valid_until_ts: 7 }, 'ed25519:2': { minimum_valid_until_ts: 9 } },
    'b.test': {},
    not_a_server: {},
    'c.test': 'ed25519:1',
  };
  const { queries } = await asked('/_matrix/key/v2/query', JSON.stringify({ server_keys: wanted }));
  assert.deepEqual(
    [...(queries ?? [])],
    [
      ['a.test', { keyIds: ['ed25519:1', 'ed25519:2'], minimumValidUntilTs: 9 }],
      ['b.test', { keyIds: [], minimumValidUntilTs: undefined }],
    ],
  );
  assert.equal((await asked('/_matrix/key/v2/query', '{}')).status, 400);
});
