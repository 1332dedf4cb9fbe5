import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { testIdentity } from '../../tests/support/graph-under-test.ts';
import { rulesOf, userAt } from '../../tests/support/room-builder.ts';
import { signText, type SigningKey } from '../protocol/ed25519.ts';
import { parsePdu, signableTextOf, type Pdu } from '../protocol/events.ts';
import { ownObject, ownString, type JsonObject } from '../protocol/json.ts';
import { hashAndSignEvent, signEvent } from '../protocol/signing.ts';
import { createMemoryStorage } from '../storage/storage.ts';
import type { RoomGraph } from './graph/room-graph.ts';
import { createPolicyCheck, type OwnSignature } from './policy-check.ts';
import type { FederationRequest, FederationResponse } from './ports.ts';
import { RoomRequests } from './requests.ts';
import { RoomRegistry } from './room-registry.ts';
import { draftEvent, type EventDraft } from './sending/build-event.ts';
import { createRoom } from './sending/create-room.ts';
import { sendMessage } from './sending/send-message.ts';

const POLICY = serverNamed('policy.example');
const POLICY_KEY = testKey('ed25519:policy_server', 5);
const ALICE = userAt('alice', POLICY);
const ALICE_KEY = testKey('ed25519:alice', 6);
const RULES = rulesOf('12');
const STABLE = '/_matrix/policy/v1/sign';
const UNSTABLE = '/_matrix/policy/unstable/org.matrix.msc4284/sign';
const identity = testIdentity();

type Answer = (event: JsonObject, uri: string) => Promise<FederationResponse> | FederationResponse;

/** A room of ours with alice in it, whose server is also the policy server that tests may name. */
class Stage {
  readonly clock = new FakeClock();
  readonly storage = createMemoryStorage();
  readonly asked: string[] = [];
  readonly timeouts: number[] = [];
  answer: Answer = signing(POLICY_KEY);
  own: OwnSignature = { ok: false, reason: 'our policy refuses' };
  ownAsked = 0;
  readonly registry: RoomRegistry;
  readonly #client = { request: (request: FederationRequest) => this.#request(request) };

  constructor() {
    const { clock, storage } = this;
    this.registry = new RoomRegistry({
      identity,
      store: storage.rooms,
      graph: storage.graph,
      verifier: { verifyAll: async (pdus) => pdus.map(() => ({ ok: true })) },
      requests: new RoomRequests(this.#client),
      clock,
      policyCheck: createPolicyCheck({
        identity,
        client: this.#client,
        clock,
        signOwn: async () => {
          this.ownAsked += 1;
          return this.own;
        },
      }),
    });
  }

  async #request({ destination, uri, body = {}, timeoutMs }: FederationRequest): Promise<FederationResponse> {
    assert.equal(destination, POLICY);
    this.asked.push(uri);
    this.timeouts.push(timeoutMs);
    return await this.answer(body, uri);
  }

  async room(isProtected: boolean): Promise<RoomGraph> {
    const { directory } = this.storage;
    const deps = { identity, registry: this.registry, clock: this.clock, client: this.#client, directory };
    const wanted = { version: '12', isPublic: true, invite: [], isProtected };
    const created = await createRoom(deps, wanted);
    assert.ok(created.type === 'created');
    const graph = await this.registry.graphOf(created.roomId);
    assert.ok(graph);
    return graph;
  }

  async protect(graph: RoomGraph, key = POLICY_KEY): Promise<void> {
    const content = { via: POLICY, public_keys: { ed25519: key.publicKeyText } };
    const draft = { type: 'm.room.policy', stateKey: '', sender: identity.botUserId, content };
    const sent = await graph.send(draft);
    assert.ok(sent.ok);
  }

  async say(graph: RoomGraph, text: string) {
    const deps = { identity, registry: this.registry, clock: this.clock };
    return await sendMessage(deps, graph.room.roomId, text);
  }
}

function signing(key: SigningKey): Answer {
  return (event) => {
    const signature = signText(key, signableTextOf(event, RULES));
    return { status: 200, body: { [POLICY]: { 'ed25519:policy_server': signature } } };
  };
}

async function byAlice(graph: RoomGraph, draft: Omit<EventDraft, 'sender'>, key?: SigningKey): Promise<Pdu> {
  return await graph.change(async (input) => {
    const unsigned = await draftEvent(input, graph.room, { ...draft, sender: ALICE }, 1);
    const signed = hashAndSignEvent(unsigned, RULES, POLICY, ALICE_KEY);
    const parsed = parsePdu(key === undefined ? signed : signEvent(signed, RULES, POLICY, key), RULES);
    assert.ok(parsed.ok);
    return parsed.pdu;
  });
}

async function join(graph: RoomGraph): Promise<void> {
  const pdu = await byAlice(graph, { type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } });
  const [received] = await graph.receive([pdu.raw], POLICY);
  assert.equal(received?.outcome, 'accepted', received?.reason);
}

async function message(graph: RoomGraph, body: string, key?: SigningKey): Promise<Pdu> {
  return await byAlice(graph, { type: 'm.room.message', stateKey: undefined, content: { body } }, key);
}

async function receive(graph: RoomGraph, pdu: Pdu): Promise<{ outcome: string; reason?: string | undefined }> {
  const [received] = await graph.receive([pdu.raw], POLICY);
  assert.ok(received);
  return { outcome: received.outcome, reason: received.reason };
}

async function policySignature(graph: RoomGraph, pdu: Pdu, server: string): Promise<string | undefined> {
  const raw = (await graph.events.get(pdu.eventId))?.pdu.raw ?? {};
  const signatures = ownObject(raw, 'signatures') ?? {};
  return ownString(ownObject(signatures, server) ?? {}, 'ed25519:policy_server');
}

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
