/** An event signer over memory storage and fakes that a test can steer. */
import type { PolicyInForce } from '../../src/policy/judge-event.ts';
import { unansweredSources, type Sources } from '../../src/policy/questions.ts';
import { compilePolicy, NO_EXEMPTIONS } from '../../src/policy/rules/compiled-policy.ts';
import type { RoomDirectory, RoomFacts, RoomMembers, SignatureVerdict } from '../../src/policy/ports.ts';
import { createEventSigner, type EventSigner, type SignEventDeps } from '../../src/policy/sign-event.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { Precedents } from '../../src/policy/moderation/precedents.ts';
import { MemoryActionLogStore } from '../../src/storage/memory/action-log.ts';
import { MemoryOverrideStore } from '../../src/storage/memory/overrides.ts';
import { MemoryPrecedentStore } from '../../src/storage/memory/precedents.ts';
import { RememberedAnswers } from '../../src/policy/remembered-answers.ts';
import type { SignOutcome } from '../../src/policy/sign-outcome.ts';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import { POLICY_KEY_ID } from '../../src/protocol/ids/key-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { moderatorsOf, roomCreators, type PowerLevels } from '../../src/protocol/power-levels.ts';
import { compileServerAcl } from '../../src/protocol/server-acl.ts';
import { ownString } from '../../src/protocol/json.ts';
import { MemoryVerdictStore } from '../../src/storage/memory/verdicts.ts';
import { FakeClock } from './fake-clock.ts';
import { serverNamed } from './federation-fakes.ts';
import { userAt, type RoomBuilder } from './room-builder.ts';

export const POLICY_SERVER = serverNamed('policy.test');
export const BOT = userAt('gatehouse', POLICY_SERVER);
export const ASKER = serverNamed('home.test');

/** Rules that refuse this word. */
export function rulesAgainst(...list: string[]): PolicyInForce {
  return policyWith({ words: { when: { words: { words: list } }, message: 'No.' } }, list.join(','));
}

/** These rules and no others, by name, as people write them; fails where they are wrong. */
export function policyWith(rules: Readonly<Record<string, unknown>>, fingerprint = 'test'): PolicyInForce {
  const document = { rules: new Map(Object.entries(rules)), exempt: NO_EXEMPTIONS, wordLists: new Map() };
  const compiled = compilePolicy(document, fingerprint);
  if (!compiled.ok) throw new TypeError(JSON.stringify(compiled.errors));
  return { policy: compiled.policy, community: undefined };
}

/** What a test can change between two requests. */
export class PolicyStage {
  readonly steps: string[] = [];
  readonly verdicts = new MemoryVerdictStore();
  readonly failures: unknown[] = [];
  readonly clock = new FakeClock();
  readonly history = new Set<EventId>();
  readonly policyKey = signingKeyFromSeed(POLICY_KEY_ID, Buffer.alloc(32, 9));
  readonly sign: EventSigner;
  rules = rulesAgainst('forbidden');
  /** May be changed at any time. */
  readonly sources: { -readonly [T in keyof Sources]: Sources[T] } = { ...unansweredSources };
  readonly told: Verdict[] = [];
  readonly answers = new RememberedAnswers();
  readonly actions = new MemoryActionLogStore();
  readonly #precedentStore = new MemoryPrecedentStore(this.actions);
  readonly precedents = new Precedents(this.#precedentStore);
  readonly overrides = new MemoryOverrideStore({
    ...{ verdicts: this.verdicts, precedents: this.#precedentStore, actions: this.actions },
  });
  signatures: SignatureVerdict = { ok: true };
  membership: RoomFacts['membership'] = 'joined';
  namesUs = true;
  /** What catching up brings; `undefined` where nothing was missed. */
  onCatchUp: (() => void) | undefined;
  onWhenJoined: (() => Promise<void>) | undefined;
  /** Held back until resolved, where set. */
  gate: Promise<void> | undefined;
  knowsRoom = true;
  storeFails: 'find' | 'add' | undefined;
  readonly #room: RoomBuilder;
  readonly #members: MembersOfBuilt;

  constructor(room: RoomBuilder) {
    this.#room = room;
    this.#members = new MembersOfBuilt(room);
    this.sign = createEventSigner(this.#deps());
  }

  async ask(body: JsonObject, origin = ASKER): Promise<SignOutcome> {
    return await this.sign({ origin, body });
  }

  /** Resolves when something waits for time to pass. */
  async untilAsleep(): Promise<void> {
    while (this.clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  facts(): RoomFacts {
    const room = this.#room;
    this.#members.look();
    const create = room.timeline[0];
    if (create === undefined) throw new TypeError('the room has a create event');
    const powerLevels: PowerLevels = {
      content: room.stateEvent('m.room.power_levels')?.content,
      creators: roomCreators(create, room.rules.auth),
      rules: room.rules.auth,
    };
    const displayNameOf: RoomFacts['displayNameOf'] = (userId) =>
      ownString(room.stateEvent('m.room.member', userId)?.content ?? {}, 'displayname');
    return {
      roomId: room.roomId,
      rules: room.rules,
      membership: this.membership,
      namesUs: this.namesUs,
      acl: compileServerAcl(room.stateEvent('m.room.server_acl')?.content),
      powerLevels,
      membershipOf: (userId) =>
        ownString(room.stateEvent('m.room.member', userId)?.content ?? {}, 'membership') ?? 'leave',
      displayNameOf,
      members: this.#members,
      moderators: () => moderatorsOf(powerLevels).map((userId) => ({ userId, displayName: displayNameOf(userId) })),
    };
  }

  #deps(): SignEventDeps {
    return {
      serverName: POLICY_SERVER,
      botUserId: BOT,
      policyKey: this.policyKey,
      verdicts: this.#store(),
      rooms: this.#rooms(),
      verifier: {
        verify: async () => {
          this.steps.push('signatures');
          await this.gate;
          return this.signatures;
        },
      },
      policyOf: () => this.rules,
      sources: this.sources,
      answers: this.answers,
      precedentFor: (subject) => this.precedents.find(subject),
      onVerdict: (_subject, verdict) => void this.told.push(verdict),
      clock: this.clock,
      onFailure: (error) => void this.failures.push(error),
    };
  }

  #store(): SignEventDeps['verdicts'] {
    const { verdicts } = this;
    return {
      latest: async (eventId) => {
        this.steps.push('find');
        if (this.storeFails === 'find') throw new Error('the disk is broken');
        return await verdicts.latest(eventId);
      },
      find: (eventId) => verdicts.find(eventId),
      add: async (verdict, event) => {
        this.steps.push('add');
        if (this.storeFails === 'add') throw new Error('the disk is full');
        return await verdicts.add(verdict, event);
      },
      findByReference: (reference) => verdicts.findByReference(reference),
      history: (eventId) => verdicts.history(eventId),
    };
  }

  #rooms(): RoomDirectory {
    const factsOf: RoomDirectory['factsOf'] = (roomId) =>
      Promise.resolve(this.knowsRoom && roomId === this.#room.roomId ? this.facts() : undefined);
    return {
      factsOf,
      whenJoined: async (roomId) => {
        this.steps.push('whenJoined');
        await this.onWhenJoined?.();
        return await factsOf(roomId);
      },
      isHistory: async (pdu) => {
        this.steps.push('isHistory');
        return this.history.has(pdu.eventId);
      },
      catchUp: async () => {
        this.steps.push('catchUp');
        this.onCatchUp?.();
        return this.onCatchUp !== undefined;
      },
    };
  }
}

/** The members of a room that tells nobody of its changes: they are noticed when somebody looks. */
class MembersOfBuilt implements RoomMembers {
  readonly #room: RoomBuilder;
  readonly #watchers = new Set<Parameters<RoomMembers['watchNames']>[0]>();
  #names: ReadonlyMap<string, string> = new Map();

  constructor(room: RoomBuilder) {
    this.#room = room;
    this.look();
  }

  look(): void {
    const before = this.#names;
    this.#names = namesIn(this.#room);
    for (const userId of new Set([...before.keys(), ...this.#names.keys()])) {
      for (const tell of this.#watchers) tell(before.get(userId), this.#names.get(userId));
    }
  }

  joinedNames(): readonly string[] {
    return [...this.#names.values()];
  }

  joinedName(userId: string): string | undefined {
    return this.#names.get(userId);
  }

  watchNames(onChange: Parameters<RoomMembers['watchNames']>[0]): () => void {
    this.#watchers.add(onChange);
    return () => void this.#watchers.delete(onChange);
  }
}

function namesIn(room: RoomBuilder): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const pdu of room.state.values()) {
    if (pdu.type !== 'm.room.member' || ownString(pdu.content, 'membership') !== 'join') continue;
    const name = ownString(pdu.content, 'displayname');
    if (name !== undefined) names.set(pdu.stateKey ?? '', name);
  }
  return names;
}
