import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askSigned, startTestServer } from '../../../tests/support/http-app.ts';

const DEVICES = '/_matrix/federation/v1/user/devices';
const PROFILE = '/_matrix/federation/v1/query/profile';

test('the bot has no devices, and nobody else lives here', async () => {
  await using server = await startTestServer();
  const bot = await askSigned(server, 'GET', `${DEVICES}/%40gatehouse%3Apolicy.test`);
  assert.deepEqual(bot.body, { user_id: '@gatehouse:policy.test', stream_id: 1, devices: [] });
  const other = await askSigned(server, 'GET', `${DEVICES}/@other:policy.test`);
  assert.deepEqual([other.status, other.body['errcode']], [404, 'M_NOT_FOUND']);
  assert.equal((await ask(server, `${DEVICES}/@gatehouse:policy.test`)).status, 401);
});

test('the profile of the bot, whole or one field', async () => {
  await using server = await startTestServer();
  const cases: readonly (readonly [string, number, unknown])[] = [
    ['?user_id=%40gatehouse:policy.test', 200, { displayname: 'Gatehouse' }],
    ['?user_id=@gatehouse:policy.test&field=displayname', 200, { displayname: 'Gatehouse' }],
    ['?field=avatar_url&user_id=@gatehouse:policy.test', 200, {}],
    ['?user_id=@other:policy.test', 404, { errcode: 'M_NOT_FOUND', error: 'User does not exist.' }],
    ['', 400, { errcode: 'M_MISSING_PARAM', error: 'user_id is missing.' }],
  ];
  for (const [query, status, body] of cases) {
    const reply = await askSigned(server, 'GET', PROFILE + query);
    assert.deepEqual([reply.status, reply.body], [status, body]);
  }
});
