import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canonicalText } from '../../src/protocol/canonical-json.ts';
import { own, ownObject, ownString, withKeys, type JsonObject } from '../../src/protocol/json.ts';
import { authorizeRequest } from '../../src/protocol/x-matrix.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import { serverNamed, testKey } from '../support/federation-fakes.ts';
import { userAt, type RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const STABLE = '/_matrix/policy/v1/sign';
const UNSTABLE = '/_matrix/policy/unstable/org.matrix.msc4284/sign';

describe('/sign', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let other: FakeOrigin;
  let room: RoomBuilder;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    origin = await network.origin();
    other = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    other.share(room);
    room.addMember(other.user('bob'), 'join');
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  const message = (body: string, tamper?: (event: JsonObject) => JsonObject): JsonObject =>
    room.makeMessage(body, { sender: other.user('bob'), ...(tamper === undefined ? {} : { tamper }) });
  const withKey = (event: JsonObject, key: string, value: JsonObject[string]): JsonObject =>
    withKeys(event, new Map([[key, value]]));

  it('refuses what is no sound event of a room it protects', async () => {
    const wrongSignature = (event: JsonObject): JsonObject =>
      withKey(event, 'signatures', { [other.serverName]: { [other.key.keyId]: 'A'.repeat(86) } });
    const cases: readonly (readonly [string, JsonObject, number, string])[] = [
      ['a forbidden word', message(FORBIDDEN_WORD), 400, 'M_FORBIDDEN'],
      ['a wrong hash', message('a', (event) => withKey(event, 'content', { body: 'b' })), 400, 'M_FORBIDDEN'],
      ['no signature', message('a', (event) => withKey(event, 'signatures', {})), 400, 'M_FORBIDDEN'],
      ['a wrong signature', message('a', wrongSignature), 400, 'M_FORBIDDEN'],
      ['no hash', message('a', (event) => withKey(event, 'hashes', {})), 400, 'M_BAD_JSON'],
      ['no sender', message('a', (event) => withKeys(event, new Map([['sender', undefined]]))), 400, 'M_BAD_JSON'],
      ['too many bytes', message('x'.repeat(65_000)), 400, 'M_BAD_JSON'],
      ['an empty object', {}, 400, 'M_BAD_JSON'],
      ['another room', withKey(message('a'), 'room_id', '!none:x'), 404, 'M_NOT_FOUND'],
      ['a room of an unknown version', { type: 'm.room.create', content: { room_version: 'x' } }, 400, 'M_BAD_JSON'],
    ];
    for (const [what, event, status, errcode] of cases) {
      const answer = await origin.askToSign(gatehouse.serverName, event);
      assert.deepEqual([what, answer.status, answer.body['errcode']], [what, status, errcode], answer.text);
      assert.equal(typeof answer.body['error'], 'string');
      const unstable = await origin.ask(gatehouse.serverName, 'POST', UNSTABLE, event);
      assert.deepEqual([unstable.status, unstable.text], [200, '{}'], what);
    }
  });

  it('tells the sender why, with harms and a reference that the owner can look up', async () => {
    const refused = await origin.askToSign(gatehouse.serverName, message(`so ${FORBIDDEN_WORD}!`));
    assert.deepEqual(own(refused.body, 'org.matrix.msc4387.harms'), ['org.matrix.msc4456.spam']);
    const reference = ownString(refused.body, 'org.gatehouse.reference') ?? '';
    assert.match(ownString(refused.body, 'error') ?? '', new RegExp(`Reference: ${reference}$`));
    const verdicts = await gatehouse.owner('GET', `verdicts/${reference.toLowerCase().replaceAll('-', '')}`);
    assert.equal(verdicts.status, 200);
    for (const part of ['"decided_by":"words"', `"matched":"${FORBIDDEN_WORD}"`, other.user('bob'), 'content.body']) {
      assert.ok(verdicts.text.includes(part), `${part} in ${verdicts.text}`);
    }
  });

  it('wants requests to be signed by their origin, for this server', async () => {
    const event = message('hello');
    const content = canonicalText(event);
    const request = { method: 'POST', uri: STABLE, origin: origin.serverName, destination: gatehouse.serverName };
    const headers: readonly (readonly [string, Record<string, string>])[] = [
      ['none', {}],
      ['another scheme', { authorization: 'Bearer x' }],
      ['a wrong key', { authorization: authorizeRequest({ ...request, content }, testKey(origin.key.keyId, 3)) }],
      ['an unknown key', { authorization: authorizeRequest({ ...request, content }, testKey('ed25519:none', 3)) }],
      ['another body', { authorization: authorizeRequest({ ...request, content: '{}' }, origin.key) }],
      ['another path', { authorization: authorizeRequest({ ...request, uri: UNSTABLE, content }, origin.key) }],
      ['another method', { authorization: authorizeRequest({ ...request, method: 'PUT', content }, origin.key) }],
      [
        'another destination',
        { authorization: authorizeRequest({ ...request, destination: other.serverName, content }, origin.key) },
      ],
      [
        'another origin',
        { authorization: authorizeRequest({ ...request, origin: other.serverName, content }, origin.key) },
      ],
    ];
    for (const [what, header] of headers) {
      const answer = await origin.askWith(gatehouse.serverName, 'POST', STABLE, content, header);
      assert.deepEqual([what, answer.status, answer.body['errcode']], [what, 401, 'M_UNAUTHORIZED'], answer.text);
    }
    const malformed = await origin.askWith(gatehouse.serverName, 'POST', STABLE, content, {
      authorization: 'X-Matrix ?',
    });
    assert.ok(malformed.status === 400 || malformed.status === 401, malformed.text);
    const several = { authorization: [authorizeRequest({ ...request, content }, testKey('ed25519:none', 3))] };
    several.authorization.push(authorizeRequest({ ...request, content }, origin.key));
    assert.equal((await origin.askWith(gatehouse.serverName, 'POST', STABLE, content, several)).status, 200);
  });

  it('answers bodies and paths that are none as the specification has it', async () => {
    const names = { origin: origin.serverName, destination: gatehouse.serverName };
    const ask = (method: 'GET' | 'POST' | 'DELETE', uri: string, content?: string) =>
      origin.askWith(gatehouse.serverName, method, uri, content, {
        authorization: authorizeRequest({ method, uri, ...names, content }, origin.key),
      });
    const cases = [
      [await ask('POST', '/_matrix/policy/v2/sign', '{}'), 404, 'M_UNRECOGNIZED'],
      [await ask('GET', '/_matrix/client/versions'), 404, 'M_UNRECOGNIZED'],
      [await ask('GET', STABLE), 405, 'M_UNRECOGNIZED'],
      [await ask('DELETE', STABLE), 405, 'M_UNRECOGNIZED'],
      [await ask('POST', STABLE, '{"a":'), 400, 'M_NOT_JSON'],
      [await ask('POST', STABLE, '[]'), 400, 'M_BAD_JSON'],
      [await ask('POST', STABLE, `{"a":"${'x'.repeat(140_000)}"}`), 413, 'M_TOO_LARGE'],
    ] as const;
    for (const [answer, status, errcode] of cases) {
      assert.deepEqual([answer.status, answer.body['errcode']], [status, errcode], answer.text);
    }
  });

  it('limits origins that flood, and says for how long', async () => {
    const strict = await network.gatehouse({ limits: { requests_per_second: 1, burst: 3 } });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => origin.askToSign(strict.serverName, message('x'))),
    );
    const limited = answers.filter(({ status }) => status === 429);
    assert.equal(limited.length, 3);
    for (const { body } of limited) {
      assert.equal(body['errcode'], 'M_LIMIT_EXCEEDED');
      assert.ok(Number(body['retry_after_ms']) > 0);
    }
    assert.equal((await other.askToSign(strict.serverName, message('x'))).status, 404);
  });

  it('keeps servers out that the ACL denies', async () => {
    const evil = await network.origin();
    const closed = origin.createRoom('10', { joinRule: 'public' });
    evil.share(closed);
    closed.addMember(evil.user('eve'), 'join');
    await protectRoom(gatehouse, origin, closed);
    const asked = closed.makeMessage('hello');
    const acl = closed.addState('m.room.server_acl', { allow: ['*'], deny: ['localhost'], allow_ip_literals: true });
    // Every server of a test network is on the same host: it is denied by a rule that lets nobody in.
    assert.equal((await origin.send(gatehouse.serverName, [acl.raw])).status, 200);
    const answer = await evil.askToSign(gatehouse.serverName, asked);
    assert.deepEqual([answer.status, answer.body['errcode']], [403, 'M_FORBIDDEN']);
    const sent = await evil.send(gatehouse.serverName, [closed.makeMessage('in a transaction')]);
    assert.equal(sent.status, 200);
    assert.match(sent.text, /denied by the ACL/);
  });

  it('is busy while keys cannot be had, and keeps nothing of it', async () => {
    const away = await network.origin();
    away.share(room);
    const event = room.makeMessage('hello', { sender: away.user('carol') });
    away.isDown = true;
    const busy = await origin.askToSign(gatehouse.serverName, event);
    assert.deepEqual([busy.status, busy.body['errcode']], [400, 'M_FORBIDDEN']);
    assert.match(busy.text, /try again/);
    away.isDown = false;
    network.clock.skip(2 * 60 * 60 * 1000);
    assert.equal((await origin.askToSign(gatehouse.serverName, event)).status, 200);
  });

  it('gives /check the same decision', async () => {
    const check = async (event: JsonObject, eventId = room.parse(event).eventId) => {
      const path = `/_matrix/policy/unstable/org.matrix.msc4284/event/${encodeURIComponent(eventId)}/check`;
      const answer = await origin.ask(gatehouse.serverName, 'POST', path, event);
      assert.equal(answer.status, 200);
      return ownString(answer.body, 'recommendation');
    };
    const bad = message(FORBIDDEN_WORD);
    assert.equal(await check(message('hello')), 'ok');
    assert.equal(await check(bad), 'spam');
    assert.equal(await check({}, room.parse(bad).eventId), 'spam');
    assert.equal(await check(message('hello'), room.parse(bad).eventId), 'spam');
    assert.equal(await check({}, room.parse(message('never seen')).eventId), 'ok');
  });

  it('answers the same bytes to another asker, and after a restart under other rules with every origin down', async () => {
    const events = [message('hello'), message(FORBIDDEN_WORD), room.timeline[0]?.raw ?? {}];
    const first = await Promise.all(events.map((event) => origin.askToSign(gatehouse.serverName, event)));
    await gatehouse.restart({ filters: { words: { words: ['hello'] } } });
    origin.isDown = true;
    other.isDown = true;
    for (const asker of [other, origin]) {
      for (const [index, event] of events.entries()) {
        const answer = await asker.askToSign(gatehouse.serverName, event);
        assert.deepEqual([answer.status, answer.text], [first[index]?.status, first[index]?.text]);
      }
    }
    assert.equal((await origin.askToSign(gatehouse.serverName, message('hello'))).status, 400, 'the new rules count');
    assert.equal((await origin.askToSign(gatehouse.serverName, message('other'))).status, 200, 'keys are on disk');
    origin.isDown = false;
    other.isDown = false;
    await gatehouse.restart();
  });

  it('shares one decision between twenty askers at a time', async () => {
    const event = message(`new ${FORBIDDEN_WORD}`);
    const askers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? origin : other));
    const answers = await Promise.all(askers.map((asker) => asker.askToSign(gatehouse.serverName, event)));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    const { text } = await gatehouse.owner('GET', `verdicts/${encodeURIComponent(room.parse(event).eventId)}`);
    assert.equal(text.match(/"revision":/g)?.length, 1);
  });

  it('never sees a policy key in the published keys, which can be rotated', async () => {
    const published = async (path: string): Promise<JsonObject> =>
      (await origin.askWith(gatehouse.serverName, 'GET', path, undefined)).body;
    const policyKey = await gatehouse.policyKey();
    const first = await published('/_matrix/key/v2/server');
    const [oldId = ''] = Object.keys(ownObject(first, 'verify_keys') ?? {});
    assert.ok(!JSON.stringify(first).includes(policyKey));
    assert.deepEqual(await published(`/_matrix/key/v2/server/${encodeURIComponent(oldId)}`), first);
    assert.equal((await gatehouse.owner('POST', 'keys/rotate-server-key', {})).status, 200);
    const rotated = await published('/_matrix/key/v2/server');
    assert.deepEqual(Object.keys(ownObject(rotated, 'old_verify_keys') ?? {}), [oldId]);
    assert.notDeepEqual(Object.keys(ownObject(rotated, 'verify_keys') ?? {}), [oldId]);
    assert.equal(await gatehouse.policyKey(), policyKey);
    const wellKnown = await published('/.well-known/matrix/policy_server');
    assert.deepEqual(wellKnown, { public_keys: { ed25519: policyKey } });
    await gatehouse.restart();
    assert.deepEqual(Object.keys(ownObject(await published('/_matrix/key/v2/server'), 'old_verify_keys') ?? {}), [
      oldId,
    ]);
  });

  it('does not take a stranger for a member of its own house', async () => {
    const stranger = userAt('gatehouse', serverNamed('localhost:1'));
    const event = room.makeMessage('hello', { sender: stranger, signer: other });
    const answer = await origin.askToSign(gatehouse.serverName, event);
    assert.deepEqual([answer.status, answer.body['errcode']], [400, 'M_FORBIDDEN']);
  });
});
