import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askSigned, serverName, startTestServer } from '../../tests/support/http-app.ts';
import type { SignOutcome } from '../policy/sign-outcome.ts';
import { OriginLimits } from './origin-limits.ts';

const A = serverName('a.test');
const B = serverName('b.test');

test('an origin has its burst, then its rate; others are not affected', () => {
  let now = 0;
  const limits = new OriginLimits({ requestsPerSecond: 10, burst: 3, inFlight: 100 }, { now: () => now });
  for (let i = 0; i < 3; i += 1) assert.ok(limits.enter(A).ok);
  assert.deepEqual(limits.enter(A), { ok: false, retryAfterMs: 100 });
  assert.ok(limits.enter(B).ok);
  now = 75;
  assert.deepEqual(limits.enter(A), { ok: false, retryAfterMs: 25 });
  now = 101;
  assert.ok(limits.enter(A).ok);
  now = 50;
  assert.equal(limits.enter(A).ok, false, 'a clock that is set back gives nothing');
  now = 1_000_000;
  for (let i = 0; i < 3; i += 1) assert.ok(limits.enter(A).ok);
  assert.equal(limits.enter(A).ok, false);
});

test('what is in flight is limited, and given back', () => {
  const limits = new OriginLimits({ requestsPerSecond: 10, burst: 100, inFlight: 2 }, { now: () => 0 });
  const first = limits.enter(A);
  assert.ok(first.ok && limits.enter(A).ok);
  assert.deepEqual(limits.enter(A), { ok: false, retryAfterMs: 500 });
  limits.leave(first.visitor);
  assert.ok(limits.enter(A).ok);
});

test('an origin that floods gets 429 with both ways to say when to come back', async () => {
  await using server = await startTestServer({ limits: { requestsPerSecond: 0.5, burst: 2, inFlight: 10 } });
  const sign = '/_matrix/policy/v1/sign';
  const check = '/_matrix/policy/unstable/org.matrix.msc4284/event/$x/check';
  assert.equal((await askSigned(server, 'POST', sign, '{}')).status, 200);
  assert.equal((await askSigned(server, 'POST', sign, '{}')).status, 200);
  const refused = await askSigned(server, 'POST', sign, '{}');
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '2']);
  assert.deepEqual([refused.body['errcode'], refused.body['retry_after_ms']], ['M_LIMIT_EXCEEDED', 2000]);
  assert.equal((await askSigned(server, 'POST', check)).body['errcode'], 'M_RATE_LIMITED');
  const headers = { authorization: 'X-Matrix other.test' };
  assert.equal((await ask(server, sign, { method: 'POST', headers, body: '{}' })).status, 200);
});

test('a request that fails is no longer in flight', async () => {
  const signEvent = (): Promise<SignOutcome> => Promise.reject(new Error('broken'));
  const limits = { requestsPerSecond: 1, burst: 100, inFlight: 1 };
  await using server = await startTestServer({ deps: { signEvent }, limits });
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await askSigned(server, 'POST', '/_matrix/policy/v1/sign', '{}')).status, 500);
  }
});
