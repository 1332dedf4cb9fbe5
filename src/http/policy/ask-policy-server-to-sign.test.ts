import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { askSigned, startTestServer } from '../../../tests/support/http-app.ts';
import type { SignOutcome } from '../../policy/sign-outcome.ts';
import { EVENT_BODY_LIMIT } from './sign-answer.ts';

const STABLE = '/_matrix/policy/v1/sign';
const UNSTABLE = '/_matrix/policy/unstable/org.matrix.msc4284/sign';

interface Row {
  readonly outcome: SignOutcome;
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const signature = { 'policy.test': { 'ed25519:policy_server': 'c2ln' } };
const TRY_AGAIN = 'The message could not be checked just now. Please try again in a moment.';

const rows: readonly Row[] = [
  { outcome: { type: 'signed', signature: 'c2ln' }, status: 200, body: signature },
  {
    outcome: { type: 'refused', message: 'It looks like spam.', harms: ['org.matrix.msc4456.spam'], reference: 'AB-1' },
    status: 400,
    body: {
      errcode: 'M_FORBIDDEN',
      error: 'It looks like spam. Reference: AB-1',
      'org.matrix.msc4387.harms': ['org.matrix.msc4456.spam'],
      'org.gatehouse.reference': 'AB-1',
    },
  },
  {
    outcome: { type: 'malformed', detail: 'no type' },
    status: 400,
    body: { errcode: 'M_BAD_JSON', error: 'This is not an event of its room version: no type' },
  },
  {
    outcome: { type: 'tooLarge', detail: '70000 bytes' },
    status: 400,
    body: { errcode: 'M_BAD_JSON', error: 'The event is too large: 70000 bytes' },
  },
  {
    outcome: { type: 'untrusted', detail: 'Its hash is wrong.' },
    status: 400,
    body: { errcode: 'M_FORBIDDEN', error: 'Its hash is wrong.' },
  },
  {
    outcome: { type: 'unknownRoom' },
    status: 404,
    body: { errcode: 'M_NOT_FOUND', error: 'This policy server does not protect the room.' },
  },
  {
    outcome: { type: 'deniedByAcl', serverName: serverNamed('banned.test') },
    status: 403,
    body: { errcode: 'M_FORBIDDEN', error: 'banned.test is banned from the room by its server ACL.' },
  },
  { outcome: { type: 'busy', detail: 'secret' }, status: 400, body: { errcode: 'M_FORBIDDEN', error: TRY_AGAIN } },
];

for (const { outcome, status, body } of rows) {
  test(`${outcome.type} is answered with ${String(status)}`, async () => {
    await using server = await startTestServer({ deps: { signEvent: () => Promise.resolve(outcome) } });
    const reply = await askSigned(server, 'POST', STABLE, '{}');
    assert.equal(reply.status, status);
    assert.deepEqual(reply.body, body);
    assert.equal(reply.headers.get('content-type'), 'application/json');
    const unstable = await askSigned(server, 'POST', UNSTABLE, '{}');
    assert.equal(unstable.status, 200);
    assert.deepEqual(unstable.body, outcome.type === 'signed' ? signature : {});
  });
}

const badBodies: readonly (readonly [string, string | Uint8Array<ArrayBuffer> | undefined, number, string])[] = [
  ['no body', undefined, 400, 'M_NOT_JSON'],
  ['half an object', '{"a":', 400, 'M_NOT_JSON'],
  ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400, 'M_NOT_JSON'],
  ['an array', '[]', 400, 'M_BAD_JSON'],
  ['a string', '"event"', 400, 'M_BAD_JSON'],
  ['null', 'null', 400, 'M_BAD_JSON'],
  ['a lone surrogate', '{"a":"\\ud800"}', 400, 'M_BAD_JSON'],
  ['very deep nesting', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, 'M_NOT_JSON'],
  ['too many bytes', `{"a":"${'x'.repeat(EVENT_BODY_LIMIT)}"}`, 413, 'M_TOO_LARGE'],
];

for (const [name, body, status, errcode] of badBodies) {
  test(`a body of ${name} is ${errcode}`, async () => {
    await using server = await startTestServer();
    for (const path of [STABLE, UNSTABLE]) {
      const reply = await askSigned(server, 'POST', path, body);
      assert.deepEqual([reply.status, reply.body['errcode']], [status, errcode]);
    }
    assert.deepEqual(server.failures, []);
  });
}

test('a failure of the machine is 500 without its text, and is logged', async () => {
  const signEvent = (): Promise<SignOutcome> => Promise.reject(new Error('the disk is full'));
  await using server = await startTestServer({ deps: { signEvent } });
  const reply = await askSigned(server, 'POST', STABLE, '{}');
  assert.deepEqual([reply.status, reply.body], [500, { errcode: 'M_UNKNOWN', error: 'Internal server error' }]);
  assert.match(String(server.failures[0]?.details && Object.values(server.failures[0].details)[0]), /disk is full/);
});

test('the event keeps keys that JavaScript finds special', async () => {
  let seen: readonly string[] = [];
  await using server = await startTestServer({
    deps: {
      signEvent: ({ body }) => {
        seen = Object.keys(body);
        return Promise.resolve({ type: 'unknownRoom' });
      },
    },
  });
  await askSigned(server, 'POST', STABLE, '{"__proto__":{"a":1},"constructor":2}');
  assert.deepEqual(seen, ['__proto__', 'constructor']);
});
