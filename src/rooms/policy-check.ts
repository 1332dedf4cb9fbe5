/**
 * Check 7 on receipt of a PDU, and what a homeserver asks before it sends one: the signature of the room's policy server
 * (server-server API, "Policy Servers").
 */
import { LRUCache } from 'lru-cache';
import { encodeBase64 } from '../protocol/base64.ts';
import { signText, verifyText } from '../protocol/ed25519.ts';
import { isState, parsePdu, signableText, type Pdu } from '../protocol/events.ts';
import { sha256 } from '../protocol/hashes.ts';
import { POLICY_KEY_ID } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { parseUserId, serverNameOf } from '../protocol/ids/user-id.ts';
import { ownString } from '../protocol/json.ts';
import {
  POLICY_EVENT_TYPE,
  readRoomPolicy,
  readUnstableRoomPolicy,
  UNSTABLE_POLICY_EVENT_TYPE,
  type RoomPolicy,
} from '../protocol/room-policy.ts';
import { addSignature, signaturesBy } from '../protocol/signing.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { StateId } from './graph/ports.ts';
import type { PolicyCheck, PolicyResult, RoomInChange } from './graph/receipt.ts';
import { withoutRedacted } from './graph/redactions.ts';
import type { Identity } from './identity.ts';
import { PolicyServers } from './policy-servers.ts';
import type { FederationClient } from './ports.ts';

/** Our own policy's word: our signature in unpadded base64, or a sentence for the sender. */
export type OwnSignature =
  | { ok: true; signature: string }
  /** `mayChange`: no verdict; it may answer otherwise later. */
  | { ok: false; reason: string; mayChange?: boolean };

export interface PolicyCheckDeps {
  readonly identity: Identity;
  readonly client: FederationClient;
  readonly clock: Clock;
  /** Must not wait for the room's writer: that one is waiting for this. */
  readonly signOwn: (pdu: Pdu, origin: ServerName) => Promise<OwnSignature>;
}

/** `isKept`: remembered here, so that nobody is asked again soon. */
type Word = OwnSignature & { readonly isKept: boolean };

interface Question {
  readonly pdu: Pdu;
  readonly policy: RoomPolicy;
  /** Of the event and the policy server. */
  readonly key: string;
}

const CACHED_WORDS = 10_000;
/** The sender may ask again, and the policy have changed. */
const REFUSAL_KEPT_MS = 60_000;
/**
 * How long one change, or one batch of changes, waits for policy servers in all. Servers send us one transaction at a
 * time, so that a slow policy server in one room would otherwise hold up every room that we share with them.
 */
const PATIENCE_MS = 30_000;

interface Batch {
  leftMs: number;
  /** What was asked between its changes. */
  readonly words: Map<string, Word>;
}

/** The words of policy servers: shared by all rooms, as the servers are. */
class PolicyWords {
  readonly #deps: PolicyCheckDeps;
  readonly #servers: PolicyServers;
  readonly #words = new LRUCache<string, OwnSignature & { readonly until: number }>({ max: CACHED_WORDS });
  readonly #batches = new WeakMap<object, Batch>();

  constructor(deps: PolicyCheckDeps) {
    this.#deps = deps;
    this.#servers = new PolicyServers(deps);
  }

  async #wordOf(pdu: Pdu, policy: RoomPolicy, batch: Batch): Promise<Word> {
    const { identity, clock, signOwn } = this.#deps;
    if (policy.via === identity.serverName) {
      if (pdu.sender === identity.botUserId) return { ok: true, signature: ownSignature(identity, pdu), isKept: true };
      // Our own policy remembers its verdicts itself.
      return { ...(await signOwn(pdu, identity.serverName)), isKept: false };
    }
    const tooSlow = { reason: `${policy.via} answers too slowly`, mayChange: true, isKept: false };
    if (batch.leftMs <= 0) return { ok: false, ...tooSlow };
    const begun = clock.now();
    const answer = await this.#servers.ask(policy.via, pdu.raw);
    batch.leftMs -= clock.now() - begun;
    if (answer.type === 'signature') return { ok: true, signature: answer.signature, isKept: true };
    const mayChange = answer.type === 'unavailable';
    return { ok: false, reason: answer.reason, mayChange, isKept: !mayChange };
  }

  async #ask({ pdu, policy, key }: Question, batch: Batch): Promise<Word> {
    const word = await this.#wordOf(pdu, policy, batch);
    if (word.ok && !verifyText(policy.publicKey, signableText(pdu), word.signature)) {
      const reason = `the signature of ${policy.via} does not fit the key that the room names`;
      return { ok: false, reason, mayChange: true, isKept: false };
    }
    const until = word.ok ? Infinity : this.#deps.clock.now() + REFUSAL_KEPT_MS;
    if (word.isKept) this.#words.set(key, { ...word, until });
    return word;
  }

  async signedBy(pdu: Pdu, policy: RoomPolicy, batch: Batch, asksLater: boolean): Promise<PolicyResult> {
    const text = signableText(pdu);
    const given = signaturesBy(pdu.raw, policy.via).get(POLICY_KEY_ID);
    if (given !== undefined && verifyText(policy.publicKey, text, given)) return { ok: true, pdu };
    const key = `${policy.via} ${encodeBase64(policy.publicKey)} ${encodeBase64(sha256(text))}`;
    const kept = this.#words.get(key);
    const known = kept !== undefined && kept.until > this.#deps.clock.now() ? kept : batch.words.get(key);
    if (known === undefined && asksLater && policy.via !== this.#deps.identity.serverName && batch.leftMs > 0) {
      const learn = async (): Promise<void> => void batch.words.set(key, await this.#ask({ pdu, policy, key }, batch));
      return { ok: false, reason: `${policy.via} has not been asked yet`, mayChange: true, ask: learn };
    }
    const word = known ?? (await this.#ask({ pdu, policy, key }, batch));
    return word.ok ? merged(pdu, policy.via, word) : word;
  }

  batchOf(room: RoomInChange): Batch {
    const batch = (room.batch === undefined ? undefined : this.#batches.get(room.batch)) ?? {
      leftMs: PATIENCE_MS,
      words: new Map(),
    };
    if (room.batch !== undefined) this.#batches.set(room.batch, batch);
    return batch;
  }
}

/** One for all rooms. A check is made for each change. */
export function createPolicyCheck(deps: PolicyCheckDeps): (room: RoomInChange) => PolicyCheck {
  const { identity } = deps;
  const words = new PolicyWords(deps);
  return (room) => {
    const batch = words.batchOf(room);
    return async (pdu, state) => {
      if (isNeverAsked(pdu)) return { ok: true, pdu };
      const policy = await usablePolicy(room, state);
      if (policy !== undefined) return await words.signedBy(pdu, policy, batch, room.batch !== undefined);
      // An event of ours needs both signatures once the room names us; so it has them from the start.
      if (pdu.sender !== identity.botUserId) return { ok: true, pdu };
      return merged(pdu, identity.serverName, { signature: ownSignature(identity, pdu) });
    };
  };
}

/** Else a room could never get rid of a policy server that refuses everything. */
function isNeverAsked(pdu: Pdu): boolean {
  return isState(pdu, POLICY_EVENT_TYPE, '') || isState(pdu, UNSTABLE_POLICY_EVENT_TYPE, '');
}

/** The event keeps every other signature that it has. */
function merged(pdu: Pdu, server: ServerName, { signature }: { readonly signature: string }): PolicyResult {
  const parsed = parsePdu(addSignature(pdu.raw, server, POLICY_KEY_ID, signature), pdu.rules);
  if (parsed.ok) return parsed;
  return { ok: false, reason: `with the signature of the policy server: ${parsed.reason.detail}` };
}

function ownSignature(identity: Identity, pdu: Pdu): string {
  return signText(identity.policyKey, signableText(pdu));
}

/** "Determining if a Policy Server is enabled in a room": named with a key, and with a joined user in the room. */
async function usablePolicy(room: RoomInChange, state: StateId): Promise<RoomPolicy | undefined> {
  const stable = await room.states.event(state, POLICY_EVENT_TYPE, '');
  // An emptied stable event switches the policy server off, whatever an older unstable one says.
  const policy =
    stable === undefined ? await unstablePolicy(room, state) : readRoomPolicy(withoutRedacted(stable).content);
  return policy !== undefined && (await hasJoinedUser(room, state, policy.via)) ? policy : undefined;
}

async function unstablePolicy(room: RoomInChange, state: StateId): Promise<RoomPolicy | undefined> {
  const known = await room.states.event(state, UNSTABLE_POLICY_EVENT_TYPE, '');
  return known === undefined ? undefined : readUnstableRoomPolicy(withoutRedacted(known).content);
}

/** What readers see, put right by what the change under way has done to the server's users. */
async function hasJoinedUser(room: RoomInChange, state: StateId, server: ServerName): Promise<boolean> {
  let joined = room.room.joinedServers().get(server) ?? 0;
  for (const { type, stateKey, before, after } of await room.states.difference(room.currentState, state)) {
    const userId = type === 'm.room.member' ? parseUserId(stateKey) : undefined;
    if (userId === undefined || serverNameOf(userId) !== server) continue;
    const events = await room.events.many([before, after].filter((eventId) => eventId !== undefined));
    const isJoin = (eventId: typeof before): number =>
      eventId !== undefined && ownString(events.get(eventId)?.pdu.content ?? {}, 'membership') === 'join' ? 1 : 0;
    joined += isJoin(after) - isJoin(before);
  }
  return joined > 0;
}
