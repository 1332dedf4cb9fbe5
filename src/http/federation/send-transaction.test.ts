import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, ASKER, askSigned, startTestServer } from '../../../tests/support/http-app.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import type { TransactionInput, TransactionResult } from '../../rooms/outcomes.ts';

const SEND = '/_matrix/federation/v1/send';

test('each event has its result', async () => {
  const seen: TransactionInput[] = [];
  const result: TransactionResult = new Map([
    [parseEventId('$ok')!, {}],
    [parseEventId('$bad"')!, { error: 'It has no "hash".' }],
  ]);
  await using server = await startTestServer({
    deps: { receiveTransaction: (input) => Promise.resolve(seen.push(input) > 0 ? result : new Map()) },
  });
  const reply = await askSigned(server, 'PUT', `${SEND}/t%2F1`, `{"origin":"${ASKER}","pdus":[{"a":1},7]}`);
  assert.equal(reply.status, 200);
  assert.deepEqual(reply.body, { pdus: { $ok: {}, '$bad"': { error: 'It has no "hash".' } } });
  assert.deepEqual(seen, [{ origin: ASKER, transactionId: 't/1', pdus: [{ a: 1 }, 7], edus: [] }]);
});

test('limits and shapes', async () => {
  await using server = await startTestServer();
  const list = (count: number): string => JSON.stringify(Array.from({ length: count }, () => ({})));
  const cases: readonly (readonly [string, number, string | undefined])[] = [
    [`{"pdus":${list(50)},"edus":${list(100)}}`, 200, undefined],
    [`{"pdus":${list(51)}}`, 400, 'M_BAD_JSON'],
    [`{"pdus":[],"edus":${list(101)}}`, 400, 'M_BAD_JSON'],
    ['{"pdus":{}}', 400, 'M_BAD_JSON'],
    ['{"pdus":[],"edus":5}', 400, 'M_BAD_JSON'],
    ['{"origin":"other.test","pdus":[]}', 400, 'M_INVALID_PARAM'],
    ['{}', 200, undefined],
    [`{"pdus":["${'x'.repeat(9_000_000)}"]}`, 413, 'M_TOO_LARGE'],
  ];
  for (const [i, [body, status, errcode]] of cases.entries()) {
    const reply = await askSigned(server, 'PUT', `${SEND}/${String(i)}`, body);
    assert.deepEqual([i, reply.status, reply.body['errcode']], [i, status, errcode]);
  }
});

test('a transaction sent again is worked on once, while it runs and afterwards', async () => {
  let calls = 0;
  const gate = Promise.withResolvers<undefined>();
  const receiveTransaction = async (): Promise<TransactionResult> => {
    calls += 1;
    await gate.promise;
    return new Map([[parseEventId('$e')!, {}]]);
  };
  await using server = await startTestServer({ deps: { receiveTransaction } });
  const first = askSigned(server, 'PUT', `${SEND}/1`, '{"pdus":[]}');
  const second = askSigned(server, 'PUT', `${SEND}/1`, '{"pdus":[]}');
  const headers = { authorization: 'X-Matrix third.test' };
  const other = ask(server, `${SEND}/1`, { method: 'PUT', headers, body: '{"pdus":[]}' });
  while (calls < 2) await new Promise((resolve) => setImmediate(resolve));
  gate.resolve(undefined);
  for (const reply of await Promise.all([first, second, other])) assert.deepEqual(reply.body, { pdus: { $e: {} } });
  assert.deepEqual((await askSigned(server, 'PUT', `${SEND}/1`, '{"pdus":[]}')).body, { pdus: { $e: {} } });
  assert.equal(calls, 2, 'one for each origin');
});

test('a transaction that failed on our side can be sent again', async () => {
  let calls = 0;
  const receiveTransaction = (): Promise<TransactionResult> =>
    (calls += 1) === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(new Map());
  await using server = await startTestServer({ deps: { receiveTransaction } });
  assert.equal((await askSigned(server, 'PUT', `${SEND}/1`, '{"pdus":[]}')).status, 500);
  assert.equal((await askSigned(server, 'PUT', `${SEND}/1`, '{"pdus":[]}')).status, 200);
});
