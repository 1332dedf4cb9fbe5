import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { serverNamed } from '../../tests/support/federation-fakes.ts';
import {
  POLICY,
  POLICY_KEY,
  ALICE_KEY,
  RULES,
  Stage,
  signing,
  join,
  message,
  receive,
  policySignature,
} from '../../tests/support/policy-stage.ts';
import { parsePdu } from '../protocol/events.ts';
import { ownObject, ownString } from '../protocol/json.ts';
import { hashAndSignEvent, signEvent } from '../protocol/signing.ts';

let stage = new Stage();
beforeEach(() => {
  stage = new Stage();
});

describe('the policy server of a room', () => {
  it('judges again what it had no say about, when that comes again, and no more what it refused', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = () => ({ status: 503, body: undefined });
    const [late, child] = [await message(graph, 'late'), await message(graph, 'other')];
    assert.equal((await receive(graph, late)).outcome, 'softFailed');
    await stage.clock.advance(120_000);
    stage.answer = () => ({ status: 503, body: undefined });
    const before = await stage.storage.graph.latestPosition();
    assert.equal((await receive(graph, late)).outcome, 'known');
    assert.equal(await stage.storage.graph.latestPosition(), before, 'nothing new is stored');
    await stage.clock.advance(120_000);
    stage.answer = signing(POLICY_KEY);
    assert.equal((await receive(graph, child)).outcome, 'accepted');
    assert.equal((await receive(graph, late)).outcome, 'accepted');
    assert.ok(graph.extremities.includes(late.eventId));
    assert.notEqual(await policySignature(graph, late, POLICY), undefined);
    assert.equal((await receive(graph, late)).outcome, 'known');

    stage.answer = () => ({ status: 400, body: { error: 'no' } });
    const refused = await message(graph, 'spam');
    assert.equal((await receive(graph, refused)).outcome, 'softFailed');
    await stage.clock.advance(120_000);
    stage.answer = signing(POLICY_KEY);
    stage.asked.length = 0;
    assert.equal((await receive(graph, refused)).outcome, 'known');
    assert.deepEqual(stage.asked, []);
  });

  it('accepts the signature that an undecided event brings when it comes again, and not a changed event', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = () => ({ status: 503, body: undefined });
    const late = await message(graph, 'late');
    assert.equal((await receive(graph, late)).outcome, 'softFailed');
    const tampered = parsePdu({ ...late.raw, content: { body: 'changed' } }, RULES);
    assert.ok(tampered.ok);
    assert.equal((await receive(graph, tampered.pdu)).outcome, 'known');
    const signed = parsePdu(signEvent(late.raw, RULES, POLICY, POLICY_KEY), RULES);
    assert.ok(signed.ok);
    assert.equal((await receive(graph, signed.pdu)).outcome, 'accepted');
    assert.equal(ownString((await graph.events.get(late.eventId))?.pdu.content ?? {}, 'body'), 'late');
  });

  it('what is accepted only now and has been built upon is no forward extremity', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    stage.answer = () => ({ status: 503, body: undefined });
    const late = await message(graph, 'late');
    assert.equal((await receive(graph, late)).outcome, 'softFailed');
    await stage.clock.advance(120_000);
    stage.answer = signing(POLICY_KEY);
    const onIt = hashAndSignEvent({ ...late.raw, prev_events: [late.eventId], depth: 50 }, RULES, POLICY, ALICE_KEY);
    const child = parsePdu(onIt, RULES);
    assert.ok(child.ok);
    assert.equal((await receive(graph, child.pdu)).outcome, 'accepted');
    assert.equal((await receive(graph, late)).outcome, 'accepted');
    assert.deepEqual(graph.extremities, [child.pdu.eventId]);
  });

  it('holds up nobody else while it is asked about what another server sent', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    const hanging = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const [slow, other] = [await message(graph, 'slow'), await message(graph, 'other')];
    stage.answer = async (event, uri) => {
      if (ownString(ownObject(event, 'content') ?? {}, 'body') === 'slow') {
        begun.resolve(undefined);
        await hanging.promise;
      }
      return await signing(POLICY_KEY)(event, uri);
    };
    const waiting = receive(graph, slow);
    await begun.promise;
    assert.equal((await stage.say(graph, 'ours')).type, 'sent');
    const [received] = await graph.receive([other.raw], serverNamed('other.example'));
    assert.equal(received?.outcome, 'accepted', received?.reason);
    hanging.resolve(undefined);
    assert.equal((await waiting).outcome, 'accepted');
    assert.equal(stage.asked.length, 3);
  });

  it('is asked about each event of a chain that comes at once', async () => {
    const graph = await stage.room(false);
    await stage.protect(graph);
    await join(graph);
    const chain = [await message(graph, 'first')];
    for (let number = 0; number < 4; number += 1) {
      const last = chain.at(-1);
      assert.ok(last);
      const unsigned = { ...last.raw, prev_events: [last.eventId], depth: last.depth + 1 };
      const next = parsePdu(hashAndSignEvent(unsigned, RULES, POLICY, ALICE_KEY), RULES);
      assert.ok(next.ok);
      chain.push(next.pdu);
    }
    const received = await graph.receive(
      chain.map(({ raw }) => raw),
      POLICY,
    );
    assert.deepEqual(new Set(received.map(({ outcome }) => outcome)), new Set(['accepted']));
    assert.equal(stage.asked.length, 5);
    assert.deepEqual(graph.extremities, [chain.at(-1)?.eventId]);
  });
});
