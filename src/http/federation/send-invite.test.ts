import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKER, askSigned, startTestServer } from '../../../tests/support/http-app.ts';
import type { InviteInput, InviteOutcome } from '../../rooms/outcomes.ts';

const V1 = '/_matrix/federation/v1/invite/!r:asker.test/$e:asker.test';
const V2 = '/_matrix/federation/v2/invite/!r:asker.test/%24e';

test('an accepted invite comes back with our signature, numbers as they were', async () => {
  const seen: InviteInput[] = [];
  await using server = await startTestServer({
    deps: {
      receiveInvite: (input) => {
        seen.push(input);
        return Promise.resolve({ type: 'accepted', event: input.event });
      },
    },
  });
  const v2 = await askSigned(server, 'PUT', V2, '{"room_version":"11","event":{"a":1},"invite_room_state":[{"b":2}]}');
  assert.deepEqual([v2.status, v2.body], [200, { event: { a: 1 } }]);
  const v1 = await askSigned(server, 'PUT', V1, '{"depth":12345678901234567890,"unsigned":{"invite_room_state":[1]}}');
  assert.deepEqual([v1.status, Array.isArray(v1.body)], [200, true]);
  const [first, second] = seen;
  assert.deepEqual(
    [first?.origin, first?.roomId, first?.eventId, first?.roomVersion, first?.roomState],
    [ASKER, '!r:asker.test', '$e', '11', [{ b: 2 }]],
  );
  assert.deepEqual([second?.eventId, second?.roomVersion, second?.roomState], ['$e:asker.test', '1', [1]]);
  const raw = await fetch(server.origin + V1, {
    method: 'PUT',
    headers: { authorization: `X-Matrix ${ASKER}` },
    body: '{"depth":12345678901234567890}',
  });
  assert.equal(await raw.text(), '[200,{"event":{"depth":12345678901234567890}}]');
});

const outcomes: readonly (readonly [InviteOutcome, number, string])[] = [
  [{ type: 'invalid', detail: 'no' }, 400, 'M_INVALID_PARAM'],
  [{ type: 'unsupportedRoomVersion', roomVersion: '99' }, 400, 'M_INCOMPATIBLE_ROOM_VERSION'],
  [{ type: 'blocked', detail: 'no' }, 403, 'M_FORBIDDEN'],
  [{ type: 'keysUnavailable', detail: 'no' }, 403, 'M_FORBIDDEN'],
];

for (const [outcome, status, errcode] of outcomes) {
  test(`an invite that is ${outcome.type} is ${errcode}`, async () => {
    await using server = await startTestServer({ deps: { receiveInvite: () => Promise.resolve(outcome) } });
    const reply = await askSigned(server, 'PUT', V2, '{"room_version":"99","event":{}}');
    assert.deepEqual([reply.status, reply.body['errcode']], [status, errcode]);
    if (outcome.type === 'unsupportedRoomVersion') assert.equal(reply.body['room_version'], '99');
    assert.equal((await askSigned(server, 'PUT', V1, '{}')).status, status);
  });
}

test('bodies and ids that are no invite', async () => {
  await using server = await startTestServer();
  const path = '/_matrix/federation/v2/invite';
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    [V2, undefined, 'M_NOT_JSON'],
    [V2, '{}', 'M_BAD_JSON'],
    [V2, '{"room_version":11,"event":{}}', 'M_BAD_JSON'],
    [V2, '{"room_version":"11","event":[]}', 'M_BAD_JSON'],
    [V2, '{"room_version":"11","event":{},"invite_room_state":{}}', 'M_BAD_JSON'],
    [`${path}/room/$e`, '{"room_version":"11","event":{}}', 'M_INVALID_PARAM'],
  ];
  for (const [url, body, errcode] of cases) {
    const reply = await askSigned(server, 'PUT', url, body);
    assert.deepEqual([reply.status, reply.body['errcode']], [400, errcode]);
  }
});
