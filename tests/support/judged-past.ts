/** Rooms whose events were judged by real rules and memories, with a time that a test sets: something to replay. */
import { PolicyMemory } from '../../src/policy/memory/policy-memory.ts';
import { MemberNames } from '../../src/policy/names/member-names.ts';
import { Precedents } from '../../src/policy/moderation/precedents.ts';
import type { RoomDirectory, RoomFacts } from '../../src/policy/ports.ts';
import { unansweredSources, type Sources } from '../../src/policy/questions.ts';
import { RememberedAnswers } from '../../src/policy/remembered-answers.ts';
import { REGULARS } from '../../src/policy/regulars.ts';
import type { ReplayOrder } from '../../src/policy/replay/order.ts';
import { filterSettings } from '../../src/policy/filters/configured.ts';
import { fixedSettings, type DeclaredSettings } from '../../src/policy/settings/declared.ts';
import type { Draft } from '../../src/policy/settings/draft.ts';
import { SettingsDirectory } from '../../src/policy/settings/settings-directory.ts';
import { createEventSigner, type EventSigner } from '../../src/policy/sign-event.ts';
import type { SignOutcome } from '../../src/policy/sign-outcome.ts';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import { POLICY_KEY_ID } from '../../src/protocol/ids/key-id.ts';
import type { RoomId } from '../../src/protocol/ids/room-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { FakeClock } from './fake-clock.ts';
import { ASKER, BOT, POLICY_SERVER, PolicyStage } from './policy-fakes.ts';
import type { RoomBuilder } from './room-builder.ts';
import { FakeSpaces } from './settings-fakes.ts';

export class JudgedPast implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly storage: Storage;
  readonly settings: SettingsDirectory;
  readonly memory: PolicyMemory;
  readonly precedents: Precedents;
  /** Events from before protection began. */
  readonly history = new Set<EventId>();
  readonly failures: unknown[] = [];
  /** In the place of the real ones. */
  readonly sources: Partial<Sources> = {};
  readonly #facts = new Map<RoomId, () => RoomFacts>();
  readonly #sign: EventSigner;

  private constructor(storage: Storage, settings: SettingsDirectory, clock: FakeClock, rooms: readonly RoomBuilder[]) {
    this.storage = storage;
    this.settings = settings;
    this.clock = clock;
    this.precedents = new Precedents(storage.precedents);
    for (const room of rooms) {
      const stage = new PolicyStage(room);
      this.#facts.set(room.roomId, () => stage.facts());
    }
    this.memory = new PolicyMemory({
      ...{ serverName: POLICY_SERVER, log: storage.verdicts, people: storage.people, clock },
      communityOf: (roomId) => settings.communityOf({ kind: 'room', roomId }),
      roomsRead: async () => undefined,
      onFailure: (error) => void this.failures.push(error),
    });
    this.#sign = this.#createSigner();
  }

  static async open(
    storage: Storage,
    rooms: readonly RoomBuilder[],
    declared: Partial<DeclaredSettings> = {},
  ): Promise<JudgedPast> {
    const clock = new FakeClock();
    const failures: unknown[] = [];
    const settings = await SettingsDirectory.open({
      ...{ store: storage.settings, spaces: new FakeSpaces(), clock },
      fixed: fixedSettings({ filters: filterSettings.parse({}), policy: {}, communities: {}, ...declared }),
      onProblem: (errors) => void failures.push(...errors),
      onFailure: (error) => void failures.push(error),
    });
    const past = new JudgedPast(storage, settings, clock, rooms);
    await past.memory.start();
    return past;
  }

  async judge(event: JsonObject): Promise<SignOutcome> {
    return await this.#sign({ origin: ASKER, body: event });
  }

  /** Resolves when all that was judged can be read. */
  async settled(): Promise<void> {
    await this.settings.settled();
    await this.memory.people.write();
  }

  order(draft?: Draft, since = 0): ReplayOrder {
    const rooms = [...this.#facts.keys()];
    const drafted = draft === undefined ? undefined : this.settings.draft(draft, rooms);
    if (drafted?.ok === false) throw new TypeError(JSON.stringify(drafted.errors));
    const communities = rooms.flatMap((roomId): [RoomId, string][] => {
      const community = this.settings.communityOf({ kind: 'room', roomId });
      return community === undefined ? [] : [[roomId, community]];
    });
    return {
      ...{ since, rooms: undefined, draft: drafted?.settings, regulars: REGULARS, remoteChecks: undefined },
      communities: new Map(communities),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.memory.stop();
  }

  #createSigner(): EventSigner {
    const sources: Sources = {
      ...unansweredSources,
      ...this.memory.sources,
      names: new MemberNames().source,
    };
    return createEventSigner({
      serverName: POLICY_SERVER,
      botUserId: BOT,
      policyKey: signingKeyFromSeed(POLICY_KEY_ID, Buffer.alloc(32, 9)),
      verdicts: this.storage.verdicts,
      verifier: { verify: async () => ({ ok: true }) },
      rooms: this.#rooms(),
      policyOf: (roomId) => this.settings.policyOf(roomId),
      sources: {
        ...sources,
        remote: (question, subject) => (this.sources.remote ?? sources.remote)(question, subject),
        redactionTarget: (question, subject) =>
          (this.sources.redactionTarget ?? sources.redactionTarget)(question, subject),
      },
      answers: new RememberedAnswers(),
      precedentFor: (subject) => this.precedents.find(subject),
      onVerdict: (subject, verdict) => {
        this.memory.onVerdict(subject, verdict);
      },
      clock: this.clock,
      onFailure: (error) => void this.failures.push(error),
    });
  }

  #rooms(): RoomDirectory {
    const factsOf: RoomDirectory['factsOf'] = async (roomId) => this.#facts.get(roomId)?.();
    return {
      factsOf,
      whenJoined: factsOf,
      isHistory: async ({ eventId }) => this.history.has(eventId),
      catchUp: async () => false,
    };
  }
}
