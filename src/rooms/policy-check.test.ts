import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { testKey } from '../../tests/support/federation-fakes.ts';
import {
  POLICY,
  POLICY_KEY,
  ALICE,
  ALICE_KEY,
  RULES,
  STABLE,
  UNSTABLE,
  identity,
  Stage,
  signing,
  byAlice,
  join,
  message,
  receive,
  policySignature,
} from '../../tests/support/policy-stage.ts';
import { signText } from '../protocol/ed25519.ts';
import { signableTextOf, type Pdu } from '../protocol/events.ts';
import { ownObject, ownString } from '../protocol/json.ts';

let stage = new Stage();
beforeEach(() => {
  stage = new Stage();
});

describe('a room that names a policy server', () => {
  it('asks it only while it has a user in the room', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    assert.equal((await stage.say(graph, 'alone')).type, 'sent');
    assert.deepEqual(stage.asked, []);
    await join(graph);
    assert.equal((await stage.say(graph, 'together')).type, 'sent');
    assert.deepEqual(stage.asked, [STABLE]);
    const leave = await byAlice(graph, { type: 'm.room.member', stateKey: ALICE, content: { membership: 'leave' } });
    await receive(graph, leave);
    assert.equal((await stage.say(graph, 'alone again')).type, 'sent');
    assert.deepEqual(stage.asked, [STABLE, STABLE]);
  });

  it('takes what is signed by the named key, and asks about what is not', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    assert.equal((await receive(graph, await message(graph, 'signed', POLICY_KEY))).outcome, 'accepted');
    assert.deepEqual(stage.asked, []);
    const unsigned = await message(graph, 'unsigned');
    assert.equal((await receive(graph, unsigned)).outcome, 'accepted');
    const wrong = await message(graph, 'wrong', testKey('ed25519:policy_server', 9));
    assert.equal((await receive(graph, wrong)).outcome, 'accepted');
    assert.deepEqual(stage.asked, [STABLE, STABLE]);
    for (const pdu of [unsigned, wrong]) {
      const expected = signText(POLICY_KEY, signableTextOf(pdu.raw, RULES));
      assert.equal(await policySignature(graph, pdu, POLICY), expected);
      const stored = (await graph.events.get(pdu.eventId))?.pdu.raw ?? {};
      const signatures = ownObject(ownObject(stored, 'signatures') ?? {}, POLICY) ?? {};
      assert.ok(ownString(signatures, ALICE_KEY.keyId), 'other signatures stay');
    }
  });

  it('soft-fails what it refuses, and tells its own senders in its words', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = () => ({ status: 400, body: { errcode: 'M_FORBIDDEN', error: 'Not in this room.  Ref X' } });
    const before = graph.extremities;
    const refused = await receive(graph, await message(graph, 'spam'));
    assert.deepEqual(refused, { outcome: 'softFailed', reason: 'check 7: Not in this room.  Ref X' });
    const own = await stage.say(graph, 'spam');
    assert.deepEqual(own, { type: 'refused', reason: 'Not in this room.  Ref X' });
    assert.deepEqual(graph.extremities, before);
    assert.deepEqual((await stage.storage.graph.overview(graph.room.roomId, 5)).counts, { accepted: 8, softFailed: 1 });
  });

  it('is not waited for again and again in one batch', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = async (event, uri) => {
      await stage.clock.advance(9_000);
      return await signing(POLICY_KEY)(event, uri);
    };
    const batch: Pdu[] = [];
    for (let number = 0; number < 10; number += 1) batch.push(await message(graph, String(number)));
    const received = await graph.receive(
      batch.map(({ raw }) => raw),
      POLICY,
    );
    assert.equal(received.filter(({ outcome }) => outcome === 'accepted').length, 4);
    assert.equal(stage.asked.length, 4);
    assert.equal((await receive(graph, await message(graph, 'later'))).outcome, 'accepted');
  });

  it('does not believe a signature by another key', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = signing(testKey('ed25519:policy_server', 9));
    const { outcome, reason } = await receive(graph, await message(graph, 'hello'));
    assert.equal(outcome, 'softFailed');
    assert.match(reason ?? '', /does not fit the key/);
  });

  it('can always be given another one', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = () => ({ status: 400, body: { error: 'no' } });
    await stage.protect(graph, testKey('ed25519:policy_server', 9));
    assert.deepEqual(stage.asked, []);
  });

  it('falls back to the unstable endpoint, where an empty object is a refusal', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    const unknown = [undefined, { errcode: 'M_UNRECOGNIZED' }];
    for (const body of unknown) {
      stage.answer = (event, uri) => (uri === STABLE ? { status: 404, body } : signing(POLICY_KEY)(event, uri));
      assert.equal((await stage.say(graph, 'hello')).type, 'sent');
    }
    stage.answer = (_event, uri) => (uri === STABLE ? { status: 404, body: undefined } : { status: 200, body: {} });
    assert.equal((await stage.say(graph, 'hello')).type, 'refused');
    assert.deepEqual(stage.asked, [STABLE, UNSTABLE, STABLE, UNSTABLE, STABLE, UNSTABLE]);
    stage.asked.length = 0;
    stage.answer = () => ({ status: 404, body: { errcode: 'M_NOT_FOUND', error: 'unknown room' } });
    assert.deepEqual(await stage.say(graph, 'anew'), { type: 'refused', reason: 'unknown room' });
    assert.deepEqual(stage.asked, [STABLE]);
  });

  it('is not held up by one that does not answer', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = async () => {
      await stage.clock.advance(stage.timeouts.at(-1) ?? 0);
      throw new Error('no answer');
    };
    for (const text of ['one', 'two', 'three']) {
      const { outcome, reason } = await receive(graph, await message(graph, text));
      assert.equal(outcome, 'softFailed');
      assert.match(reason ?? '', /could not be asked/);
    }
    assert.deepEqual(stage.timeouts, [10_000]);
    for (const pause of [20_000, 10_000, 8_000]) {
      await stage.clock.advance(pause);
      await receive(graph, await message(graph, String(pause)));
    }
    assert.deepEqual(stage.timeouts, [10_000, 5_000, 2_500, 2_000]);
    stage.answer = signing(POLICY_KEY);
    await stage.clock.advance(60_000);
    assert.equal((await receive(graph, await message(graph, 'back'))).outcome, 'accepted');
    assert.equal(stage.timeouts.at(-1), 2_000);
    await stage.say(graph, 'healthy');
    assert.equal(stage.timeouts.at(-1), 10_000);
  });

  it('asks once about an event that comes again', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    const pdu = await message(graph, 'again');
    stage.answer = () => ({ status: 400, body: { error: 'no' } });
    for (let time = 0; time < 3; time += 1) {
      const submitted = await graph.submit(pdu, POLICY);
      assert.deepEqual(submitted.ok ? undefined : submitted.policyReason, 'no');
    }
    assert.equal(stage.asked.length, 1);
    stage.answer = signing(POLICY_KEY);
    await stage.clock.advance(60_000);
    assert.ok((await graph.submit(pdu, POLICY)).ok);
  });
});

describe('a room that names this server', () => {
  it('has the bot sign with both keys, and our policy judge all others', async () => {
    const graph = await stage.room(true);
    const refused = await byAlice(graph, { type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } });
    const expectedReason = 'check 7: our policy refuses';
    assert.deepEqual(await receive(graph, refused), { outcome: 'softFailed', reason: expectedReason });
    stage.ownAsked = 0;
    const sent = await stage.say(graph, 'hello');
    assert.ok(sent.type === 'sent');
    assert.equal(stage.ownAsked, 0);
    const known = await graph.events.get(sent.eventId);
    assert.ok(known);
    const expected = signText(identity.policyKey, signableTextOf(known.pdu.raw, RULES));
    assert.equal(await policySignature(graph, known.pdu, identity.serverName), expected);
    const hello = await byAlice(graph, { type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } });
    stage.own = { ok: true, signature: signText(identity.policyKey, signableTextOf(hello.raw, RULES)) };
    const again = await graph.submit(hello, POLICY);
    assert.ok(again.ok);
    assert.equal(stage.ownAsked, 1);
    assert.ok(await policySignature(graph, hello, identity.serverName));
  });

  it('has all its events signed from the first on', async () => {
    const graph = await stage.room(true);
    const events = await stage.storage.graph.stream(0, 50);
    assert.ok(events.length > 5);
    for (const { eventId, type } of events) {
      const known = await graph.events.get(eventId);
      if (type === 'm.room.policy' || known === undefined) continue;
      const expected = signText(identity.policyKey, signableTextOf(known.pdu.raw, RULES));
      assert.equal(await policySignature(graph, known.pdu, identity.serverName), expected, type);
    }
  });
});
