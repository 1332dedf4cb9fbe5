/** A room of ours and a policy server that tests may name in it: what check 7 asks, and what it makes of the answers. */
import assert from 'node:assert/strict';
import { signText, type SigningKey } from '../../src/protocol/ed25519.ts';
import { parsePdu, signableTextOf, type Pdu } from '../../src/protocol/events.ts';
import { ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import { hashAndSignEvent, signEvent } from '../../src/protocol/signing.ts';
import type { RoomGraph } from '../../src/rooms/graph/room-graph.ts';
import { createPolicyCheck, type OwnSignature } from '../../src/rooms/policy-check.ts';
import type { FederationRequest, FederationResponse } from '../../src/rooms/ports.ts';
import { RoomRequests } from '../../src/rooms/requests.ts';
import { RoomRegistry } from '../../src/rooms/room-registry.ts';
import { draftEvent, type EventDraft } from '../../src/rooms/sending/build-event.ts';
import { createRoom } from '../../src/rooms/sending/create-room.ts';
import { sendMessage } from '../../src/rooms/sending/send-message.ts';
import { createMemoryStorage } from '../../src/storage/storage.ts';
import { FakeClock } from './fake-clock.ts';
import { serverNamed, testKey } from './federation-fakes.ts';
import { testIdentity } from './graph-under-test.ts';
import { rulesOf, userAt } from './room-builder.ts';

export const POLICY = serverNamed('policy.example');
export const POLICY_KEY = testKey('ed25519:policy_server', 5);
export const ALICE = userAt('alice', POLICY);
export const ALICE_KEY = testKey('ed25519:alice', 6);
export const RULES = rulesOf('12');
export const STABLE = '/_matrix/policy/v1/sign';
export const UNSTABLE = '/_matrix/policy/unstable/org.matrix.msc4284/sign';
export const identity = testIdentity();

type Answer = (event: JsonObject, uri: string) => Promise<FederationResponse> | FederationResponse;

/** A room of ours with alice in it, whose server is also the policy server that tests may name. */
export class Stage {
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

  async say(graph: RoomGraph, text: string): ReturnType<typeof sendMessage> {
    const deps = { identity, registry: this.registry, clock: this.clock };
    return await sendMessage(deps, graph.room.roomId, text);
  }
}

export function signing(key: SigningKey): Answer {
  return (event) => {
    const signature = signText(key, signableTextOf(event, RULES));
    return { status: 200, body: { [POLICY]: { 'ed25519:policy_server': signature } } };
  };
}

export async function byAlice(graph: RoomGraph, draft: Omit<EventDraft, 'sender'>, key?: SigningKey): Promise<Pdu> {
  return await graph.change(async (input) => {
    const unsigned = await draftEvent(input, graph.room, { ...draft, sender: ALICE }, 1);
    const signed = hashAndSignEvent(unsigned, RULES, POLICY, ALICE_KEY);
    const parsed = parsePdu(key === undefined ? signed : signEvent(signed, RULES, POLICY, key), RULES);
    assert.ok(parsed.ok);
    return parsed.pdu;
  });
}

export async function join(graph: RoomGraph): Promise<void> {
  const pdu = await byAlice(graph, { type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } });
  const [received] = await graph.receive([pdu.raw], POLICY);
  assert.equal(received?.outcome, 'accepted', received?.reason);
}

export async function message(graph: RoomGraph, body: string, key?: SigningKey): Promise<Pdu> {
  return await byAlice(graph, { type: 'm.room.message', stateKey: undefined, content: { body } }, key);
}

export async function receive(graph: RoomGraph, pdu: Pdu): Promise<{ outcome: string; reason?: string | undefined }> {
  const [received] = await graph.receive([pdu.raw], POLICY);
  assert.ok(received);
  return { outcome: received.outcome, reason: received.reason };
}

export async function policySignature(graph: RoomGraph, pdu: Pdu, server: string): Promise<string | undefined> {
  const raw = (await graph.events.get(pdu.eventId))?.pdu.raw ?? {};
  const signatures = ownObject(raw, 'signatures') ?? {};
  return ownString(ownObject(signatures, server) ?? {}, 'ed25519:policy_server');
}
