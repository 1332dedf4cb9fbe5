import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { SIGNER } from '../../tests/support/policy-events.ts';
import { ASKER, BOT, POLICY_SERVER, PolicyStage, policyWith, rulesAgainst } from '../../tests/support/policy-fakes.ts';
import { ALL_ROOM_VERSIONS, RoomBuilder, userAt } from '../../tests/support/room-builder.ts';
import { canonicalText } from '../protocol/canonical-json.ts';
import { verifyText } from '../protocol/ed25519.ts';
import { canonicalSize, MAX_EVENT_BYTES, signableText } from '../protocol/events.ts';
import { withKeys, type JsonObject } from '../protocol/json.ts';
import { identifyEvent } from './sign-event.ts';

const BOB = userAt('bob', SIGNER.serverName);
const NOBODY = {
  firstSeenAt: null,
  firstSeenInCommunityAt: null,
  joinedAt: null,
  wasInvited: false,
  messagesHere: 0,
  messagesInCommunity: 0,
};
const OTHER_ASKER = serverNamed('other.test');

function stageOf(version = '11'): { room: RoomBuilder; stage: PolicyStage } {
  const room = new RoomBuilder(version, SIGNER);
  return { room, stage: new PolicyStage(room) };
}

function changed(event: JsonObject, changes: JsonObject): JsonObject {
  return withKeys(event, new Map(Object.entries(changes)));
}

describe('verdicts', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    it(`are signed with the policy key in version ${version}, and stored before they are answered`, async () => {
      const { room, stage } = stageOf(version);
      const event = room.makeMessage('hello', { sender: BOB });
      const outcome = await stage.ask(event);
      assert.ok(outcome.type === 'signed');
      const pdu = room.parse(event);
      assert.ok(verifyText(stage.policyKey.publicKey, signableText(pdu), outcome.signature));
      assert.deepEqual(stage.steps, ['find', 'signatures', 'add']);
      const verdict = await stage.verdicts.find(pdu.eventId);
      assert.deepEqual(verdict?.decision, {
        outcome: 'sign',
        signature: outcome.signature,
        publicKey: stage.policyKey.publicKeyText,
      });
      assert.deepEqual(
        [verdict.askedBy, verdict.decidedBy, verdict.configuration, verdict.roomVersion, verdict.decidedAt],
        [ASKER, 'none', 'forbidden', version, stage.clock.now()],
      );
    });
  }

  it('refuse with a reference, harms and evidence, after a look at history and at what was missed', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('forbidden', { sender: BOB });
    const outcome = await stage.ask(event);
    assert.ok(outcome.type === 'refused');
    assert.deepEqual(stage.steps, ['find', 'signatures', 'isHistory', 'catchUp', 'add']);
    const [verdict] = await stage.verdicts.findByReference(outcome.reference);
    assert.equal(verdict?.eventId, room.parse(event).eventId);
    assert.equal(verdict.evidence[0]?.matched, 'forbidden');
    assert.ok(verdict.facts['measure'] !== undefined);
    assert.deepEqual(verdict.facts, {
      measure: verdict.facts['measure'],
      sender_power_level: 0,
      sender_is_moderator: false,
      sender_membership: 'leave',
    });
  });

  it('stay what they are for every asker, after settings and even the room changed', async () => {
    const { room, stage } = stageOf();
    const good = room.makeMessage('hello', { sender: BOB });
    const bad = room.makeMessage('forbidden', { sender: BOB });
    const first = [await stage.ask(good), await stage.ask(bad)];
    stage.rules = rulesAgainst('hello');
    stage.membership = 'left';
    stage.signatures = { ok: false, reason: { type: 'signature', detail: 'x' } };
    stage.steps.length = 0;
    assert.deepEqual([await stage.ask(good, OTHER_ASKER), await stage.ask(bad, OTHER_ASKER)], first);
    assert.deepEqual(stage.steps, ['find', 'find']);
  });

  it('are remembered by the bytes they were given for, and nothing else is', async () => {
    const { room, stage } = stageOf();
    const body = room.makeMessage('hello');
    const content = canonicalText(body);
    stage.signatures = { ok: false, reason: { type: 'keysUnavailable', detail: 'away' } };
    assert.equal((await stage.sign({ origin: ASKER, body, content })).type, 'busy');
    stage.signatures = { ok: true };
    const first = await stage.sign({ origin: ASKER, body, content });
    assert.equal(first.type, 'signed');
    stage.steps.length = 0;
    assert.deepEqual(await stage.sign({ origin: OTHER_ASKER, body, content }), first);
    assert.deepEqual(stage.steps, []);
    const altered = changed(body, { content: { body: 'other', msgtype: 'm.text' } });
    const outcome = await stage.sign({ origin: ASKER, body: altered, content: canonicalText(altered) });
    assert.equal(outcome.type, 'untrusted');
  });

  it('are made once for twenty askers at a time', async () => {
    for (const body of ['hello', 'forbidden']) {
      const { room, stage } = stageOf();
      const gate = Promise.withResolvers<undefined>();
      stage.gate = gate.promise;
      const event = room.makeMessage(body, { sender: BOB });
      const asking = Array.from({ length: 20 }, (_, i) => stage.ask(event, serverNamed(`s${String(i)}.test`)));
      gate.resolve(undefined);
      const outcomes = await Promise.all(asking);
      assert.ok(outcomes.every((outcome) => JSON.stringify(outcome) === JSON.stringify(outcomes[0])));
      assert.equal(stage.steps.filter((step) => step === 'signatures').length, 1);
      assert.equal(stage.steps.filter((step) => step === 'add').length, 1);
      assert.equal((await stage.verdicts.history(room.parse(event).eventId)).length, 1);
    }
  });

  it('are not shared with an asker whom the ACL lets in, if it keeps the first one out', async () => {
    const { room, stage } = stageOf();
    room.addState('m.room.server_acl', { allow: ['*'], deny: ['evil.test'] });
    const event = room.makeMessage('hello', { sender: BOB });
    const outcomes = await Promise.all([
      stage.ask(event, serverNamed('evil.test')),
      stage.ask(event, ASKER),
      stage.ask(event, serverNamed('evil.test')),
    ]);
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      ['deniedByAcl', 'signed', 'deniedByAcl'],
    );
  });

  it('are about the event, not about its id, in versions 1 and 2', async () => {
    for (const version of ['1', '2']) {
      const { room, stage } = stageOf(version);
      const event = room.makeMessage('hello', { sender: BOB });
      const eventId = event['event_id'] ?? '';
      const twin = room.makeMessage('forbidden', { sender: BOB, change: (draft) => ({ ...draft, event_id: eventId }) });
      const gate = Promise.withResolvers<undefined>();
      stage.gate = gate.promise;
      const both = [stage.ask(event), stage.ask(twin)];
      gate.resolve(undefined);
      assert.deepEqual(
        (await Promise.all(both)).map(({ type }) => type),
        ['signed', 'untrusted'],
      );
      assert.equal((await stage.ask(twin)).type, 'untrusted');
      assert.equal((await stage.ask(event)).type, 'signed');
    }
  });
});

describe('what is no verdict', () => {
  const tampered: readonly (readonly [string, string, (event: JsonObject) => JsonObject])[] = [
    ['content that does not fit its hash', 'untrusted', (event) => changed(event, { content: { body: 'other' } })],
    ['a hash that is no base64', 'untrusted', (event) => changed(event, { hashes: { sha256: '!' } })],
    ['no hash', 'malformed', (event) => changed(event, { hashes: {} })],
    ['another type than was hashed', 'untrusted', (event) => changed(event, { type: 'm.room.topic' })],
    ['a sender that is no user id', 'malformed', (event) => changed(event, { sender: 'bob' })],
    ['a room id that is none', 'malformed', (event) => changed(event, { room_id: 'room' })],
    ['a room id that is no string', 'malformed', (event) => changed(event, { room_id: 7 })],
    ['another room', 'unknownRoom', (event) => changed(event, { room_id: '!other:home.test' })],
    ['prev_events that are no list', 'malformed', (event) => changed(event, { prev_events: {} })],
    ['an id', 'malformed', (event) => changed(event, { event_id: '$x' })],
    ['a type longer than 255 bytes', 'tooLarge', (event) => changed(event, { type: 'x'.repeat(256) })],
  ];
  for (const [what, type, tamper] of tampered) {
    it(`${what} is ${type}, and nothing is stored`, async () => {
      const { room, stage } = stageOf();
      const outcome = await stage.ask(room.makeMessage('hello', { sender: BOB, tamper }));
      assert.equal(outcome.type, type);
      assert.deepEqual(stage.steps, []);
    });
  }

  it('a wrong signature is untrusted, keys that cannot be had are busy', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('hello', { sender: BOB });
    stage.signatures = { ok: false, reason: { type: 'signature', detail: 'wrong' } };
    assert.deepEqual(await stage.ask(event), { type: 'untrusted', detail: 'wrong' });
    stage.signatures = { ok: false, reason: { type: 'keysUnavailable', detail: 'later' } };
    assert.deepEqual(await stage.ask(event), { type: 'busy', detail: 'later' });
    assert.equal(await stage.verdicts.find(room.parse(event).eventId), undefined);
    stage.signatures = { ok: true };
    assert.equal((await stage.ask(event)).type, 'signed');
  });

  it('an event that our signature makes too large is refused as such', async () => {
    const { room, stage } = stageOf();
    const bare = canonicalSize(room.makeMessage('', { sender: BOB }));
    const fill = (size: number): JsonObject => room.makeMessage('x'.repeat(size - bare), { sender: BOB });
    const added = `"${POLICY_SERVER}":{"ed25519:policy_server":"${'A'.repeat(86)}"},`.length;
    assert.equal((await stage.ask(fill(MAX_EVENT_BYTES - added))).type, 'signed');
    assert.equal((await stage.ask(fill(MAX_EVENT_BYTES - added + 1))).type, 'tooLarge');
    assert.equal((await stage.ask(fill(MAX_EVENT_BYTES))).type, 'tooLarge');
    assert.equal((await stage.ask(fill(MAX_EVENT_BYTES + 1))).type, 'tooLarge');
  });

  it('storage that fails is busy, before and after deciding', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('hello', { sender: BOB });
    stage.storeFails = 'find';
    assert.equal((await stage.ask(event)).type, 'busy');
    stage.storeFails = 'add';
    assert.equal((await stage.ask(event)).type, 'busy');
    assert.equal(stage.failures.length, 2);
    stage.storeFails = undefined;
    assert.equal((await stage.ask(event)).type, 'signed');
  });

  it('an answer that a rule rests on and that does not come is what the rule says', async () => {
    const { room, stage } = stageOf();
    const exempt = { known_for: '1d' };
    stage.rules = policyWith({ hello: { when: { words: { words: ['hello'] } }, exempt } });
    const event = room.makeMessage('hello', { sender: BOB });
    stage.sources.person = () => ({ state: 'failed', detail: 'the disk is broken' });
    assert.equal((await stage.ask(event)).type, 'busy');
    stage.sources.person = () => new Promise(() => undefined);
    const asked = stage.ask(event);
    await stage.untilAsleep();
    await stage.clock.advance(8_200);
    assert.deepEqual(await asked, { type: 'busy', detail: 'exempt: no answer in time' });
    assert.equal(await stage.verdicts.find(room.parse(event).eventId), undefined);
    assert.deepEqual(stage.told, []);
  });

  it('answers that come later are waited for, once, and kept with the verdict', async () => {
    const { room, stage } = stageOf();
    stage.rules = policyWith({ hello: { when: { words: { words: ['hello'] } }, exempt: { known_for: '1d' } } });
    const event = room.makeMessage('hello', { sender: BOB });
    const person = { ...NOBODY, firstSeenInCommunityAt: stage.clock.now() - 1 };
    let asked = 0;
    stage.sources.person = async () => {
      asked += 1;
      return await Promise.resolve({ state: 'known', value: person } as const);
    };
    assert.equal((await stage.ask(event)).type, 'refused');
    assert.equal(asked, 1);
    const verdict = await stage.verdicts.find(room.parse(event).eventId);
    assert.deepEqual(verdict?.facts['answers'], [{ question: 'person', key: 'sender', answer: person }]);
    assert.deepEqual(stage.told, [verdict]);
    await stage.ask(event, OTHER_ASKER);
    assert.equal(stage.told.length, 1);
  });

  it('rooms that are not known, and versions that are not', async () => {
    const { room, stage } = stageOf();
    stage.knowsRoom = false;
    assert.equal((await stage.ask(room.makeMessage('hello'))).type, 'unknownRoom');
    const create = { type: 'm.room.create', content: { room_version: '99' } };
    assert.equal((await stage.ask(create)).type, 'malformed');
    assert.equal((await stage.ask({ type: 'm.room.create', content: {} })).type, 'malformed');
    assert.equal((await stage.ask({})).type, 'malformed');
    assert.deepEqual(stage.failures, []);
  });
});

describe('the room', () => {
  it('of version 12 has a create event without room_id', async () => {
    const { room, stage } = stageOf('12');
    const create = room.timeline[0]?.raw ?? {};
    assert.equal((await stage.ask(create)).type, 'signed');
    const foreign = new RoomBuilder('12', SIGNER);
    assert.equal((await stage.ask(foreign.timeline[0]?.raw ?? {})).type, 'unknownRoom');
  });

  it('that names another server is not served, unless what we missed names us', async () => {
    const { room, stage } = stageOf();
    stage.namesUs = false;
    assert.equal((await stage.ask(room.makeMessage('a', { sender: BOB }))).type, 'unknownRoom');
    stage.onCatchUp = () => {
      stage.namesUs = true;
    };
    assert.equal((await stage.ask(room.makeMessage('b', { sender: BOB }))).type, 'signed');
  });

  it('denies askers and senders by its ACL, but not history, and not after a change that we missed', async () => {
    const { room, stage } = stageOf();
    room.addState('m.room.server_acl', { allow: ['*'], deny: ['evil.test'] });
    const evil = serverNamed('evil.test');
    room.addSigner({ serverName: evil, key: testKey('ed25519:e', 7) });
    const byEvil = room.makeMessage('hello', { sender: userAt('eve', evil) });
    assert.equal((await stage.ask(byEvil, ASKER)).type, 'deniedByAcl');
    assert.equal((await stage.ask(room.makeMessage('hello'), evil)).type, 'deniedByAcl');
    stage.history.add(room.parse(byEvil).eventId);
    assert.equal((await stage.ask(byEvil, evil)).type, 'deniedByAcl');
    assert.equal((await stage.ask(byEvil, ASKER)).type, 'signed');
    stage.onCatchUp = () => void room.addState('m.room.server_acl', { allow: ['*'] });
    assert.equal((await stage.ask(room.makeMessage('again'), evil)).type, 'signed');
  });

  it('that the bot is just joining is waited for', async () => {
    const { room, stage } = stageOf();
    stage.membership = 'joining';
    stage.onWhenJoined = async () => {
      stage.membership = 'joined';
    };
    assert.equal((await stage.ask(room.makeMessage('hello'))).type, 'signed');
    assert.ok(stage.steps.includes('whenJoined'));
  });

  it('that the bot has left gets signatures for the membership of the bot alone', async () => {
    const { room, stage } = stageOf();
    stage.membership = 'left';
    stage.namesUs = false;
    assert.equal((await stage.ask(room.makeMessage('hello'))).type, 'unknownRoom');
    const kick = room.make({
      type: 'm.room.member',
      stateKey: BOT,
      content: { membership: 'leave', reason: 'forbidden' },
    });
    assert.equal((await stage.ask(kick)).type, 'signed');
    const other = room.make({ type: 'm.room.member', stateKey: BOB, content: { membership: 'leave' } });
    assert.equal((await stage.ask(other)).type, 'unknownRoom');
  });
});

describe('a refusal', () => {
  it('is none for history', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('forbidden', { sender: BOB });
    const { eventId } = room.parse(event);
    stage.history.add(eventId);
    assert.equal((await stage.ask(event)).type, 'signed');
    assert.equal((await stage.verdicts.find(eventId))?.decidedBy, 'history');
  });

  it('does not rest on stale facts', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('forbidden', { sender: BOB });
    stage.onCatchUp = () => void room.addState('m.room.power_levels', { users: { [BOB]: 50 } });
    assert.equal((await stage.ask(event)).type, 'signed');
    assert.equal((await stage.verdicts.find(room.parse(event).eventId))?.decidedBy, 'moderator');
  });
});

describe('identifyEvent', () => {
  it('knows the id of an event by its room', async () => {
    const { room, stage } = stageOf();
    const event = room.makeMessage('hello');
    const rooms = {
      factsOf: () => Promise.resolve(stage.facts()),
      whenJoined: () => Promise.resolve(undefined),
      isHistory: () => Promise.resolve(false),
      catchUp: () => Promise.resolve(false),
    };
    assert.equal(await identifyEvent(rooms, event), room.parse(event).eventId);
    assert.equal(await identifyEvent(rooms, changed(event, { sender: 7 })), undefined);
    assert.equal(await identifyEvent({ ...rooms, factsOf: () => Promise.resolve(undefined) }, event), undefined);
  });
});
