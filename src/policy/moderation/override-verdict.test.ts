import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { POLICY_SERVER, PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder, userAt } from '../../../tests/support/room-builder.ts';
import { verifyText } from '../../protocol/ed25519.ts';
import { signableText } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { SignOutcome } from '../sign-outcome.ts';
import { overrideVerdict, type Override, type OverrideOutcome } from './override-verdict.ts';

const BOB = userAt('bob', SIGNER.serverName);
const EVE = userAt('eve', SIGNER.serverName);
const HOUR = 3_600_000;

class Appeals {
  readonly room = new RoomBuilder('11', SIGNER);
  readonly stage = new PolicyStage(this.room);
  #sent = 0;

  message(body: string, sender = BOB): JsonObject {
    this.#sent += 1;
    return this.room.make({ type: 'm.room.message', sender, content: { body, msgtype: 'm.text', n: this.#sent } });
  }

  /** As homeservers do, in canonical bytes. */
  async ask(event: JsonObject): Promise<SignOutcome> {
    const { stage } = this;
    return await stage.sign({ origin: SIGNER.serverName, body: event, content: canonicalText(event) });
  }

  idOf(event: JsonObject): EventId {
    return this.room.parse(event).eventId;
  }

  async override(event: JsonObject, changes: Partial<Override> = {}): Promise<OverrideOutcome> {
    const { verdicts, answers, precedents, overrides, policyKey, clock } = this.stage;
    return await overrideVerdict(
      {
        ...{ serverName: POLICY_SERVER, verdicts, answers, precedents, overrides, policyKey, clock },
        judgedEvents: verdicts.judgedEvents,
        communityOf: () => undefined,
      },
      {
        eventId: this.idOf(event),
        action: 'allow',
        covers: 'this',
        forMs: HOUR,
        actor: 'maria',
        note: 'a regular',
        message: undefined,
        ...changes,
      },
    );
  }
}

describe('an override', () => {
  it('is appended, signed, and what homeservers get that ask again', async () => {
    const appeals = new Appeals();
    const event = appeals.message('forbidden fruit');
    const refused = await appeals.ask(event);
    assert.ok(refused.type === 'refused');
    assert.deepEqual(await appeals.ask(event), refused);
    const outcome = await appeals.override(event);
    assert.ok(outcome.type === 'overridden');
    assert.deepEqual([outcome.verdict.revision, outcome.verdict.decidedBy], [2, 'override']);
    assert.equal(outcome.verdict.reference, refused.reference);
    const signed = await appeals.ask(event);
    assert.ok(signed.type === 'signed');
    const pdu = appeals.room.parse(event);
    assert.ok(verifyText(appeals.stage.policyKey.publicKey, signableText(pdu), signed.signature));
    const history = await appeals.stage.verdicts.history(pdu.eventId);
    assert.deepEqual(
      history.map(({ revision, decision }) => [revision, decision.outcome]),
      [
        [1, 'refuse'],
        [2, 'sign'],
      ],
    );
    const [entry] = await appeals.stage.actions.list({ community: undefined, before: undefined, limit: 10 });
    assert.deepEqual([entry?.actor, entry?.action, entry?.target], ['maria', 'verdict.allow', pdu.eventId]);
  });

  it('can turn what was signed into a refusal, with a sentence for the sender', async () => {
    const appeals = new Appeals();
    const event = appeals.message('hello');
    assert.equal((await appeals.ask(event)).type, 'signed');
    await appeals.override(event, { action: 'refuse', message: 'Please not here.' });
    const refused = await appeals.ask(event);
    assert.ok(refused.type === 'refused');
    assert.equal(refused.message, 'Please not here.');
  });

  it('covers this one event, the same sender and content, or the content for everyone', async () => {
    for (const [covers, bobAgain, eve] of [
      ['this', 'refused', 'refused'],
      ['sender', 'signed', 'refused'],
      ['everyone', 'signed', 'signed'],
    ] as const) {
      const appeals = new Appeals();
      const event = appeals.message('forbidden fruit');
      await appeals.ask(event);
      await appeals.override(event, { covers });
      assert.equal((await appeals.ask(appeals.message('Forbidden  FRUIT'))).type, bobAgain, covers);
      assert.equal((await appeals.ask(appeals.message('forbidden fruit', EVE))).type, eve, covers);
      assert.equal((await appeals.ask(appeals.message('forbidden fruits'))).type, 'refused', 'other content');
    }
  });

  it('covers content for a time, or until it is ended', async () => {
    const appeals = new Appeals();
    const event = appeals.message('hello');
    await appeals.ask(event);
    const outcome = await appeals.override(event, { action: 'refuse', covers: 'everyone' });
    assert.ok(outcome.type === 'overridden');
    assert.equal((await appeals.ask(appeals.message('hello'))).type, 'refused');
    await appeals.stage.clock.advance(HOUR);
    assert.equal((await appeals.ask(appeals.message('hello'))).type, 'signed');
    const again = await appeals.override(event, { action: 'refuse', covers: 'everyone' });
    assert.ok(again.type === 'overridden');
    assert.equal(await appeals.stage.precedents.end(again.precedent?.id ?? 0, appeals.stage.clock.now()), true);
    assert.equal((await appeals.ask(appeals.message('hello'))).type, 'signed');
  });

  it('stores nothing in a dry run, and says what would come of it', async () => {
    const appeals = new Appeals();
    const event = appeals.message('forbidden fruit');
    await appeals.ask(event);
    const outcome = await appeals.override(event, { covers: 'everyone', dryRun: true });
    assert.ok(outcome.type === 'overridden');
    assert.deepEqual([outcome.verdict.decision.outcome, outcome.isNewVerdict], ['sign', true]);
    assert.deepEqual([outcome.precedent?.action, outcome.precedent?.id], ['allow', undefined]);
    assert.equal((await appeals.ask(event)).type, 'refused');
    assert.equal((await appeals.ask(appeals.message('forbidden fruit'))).type, 'refused');
    assert.deepEqual(await appeals.stage.actions.list({ community: undefined, before: undefined, limit: 10 }), []);
  });

  it('says what it cannot do', async () => {
    const appeals = new Appeals();
    const event = appeals.message('hello');
    assert.deepEqual(await appeals.override(event), { type: 'unknown' });
    await appeals.ask(event);
    assert.equal((await appeals.override(event)).type, 'unchanged');
    const { verdicts } = appeals.stage;
    const forgotten = appeals.message('forbidden');
    await appeals.ask(forgotten);
    const [verdict] = await verdicts.history(appeals.idOf(forgotten));
    assert.ok(verdict !== undefined);
    verdicts.judgedEvents.find = () => Promise.resolve(undefined);
    assert.deepEqual(await appeals.override(forgotten), { type: 'contentGone' });
    assert.equal((await appeals.override(event, { action: 'refuse' })).type, 'overridden');
  });
});
