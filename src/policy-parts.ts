/** The policy: what is in force, what is remembered and decided, and who answers `/sign`. Rooms must be loaded before. */
import type { Config } from './config/schema.ts';
import { openLists, type Lists } from './list-parts.ts';
import { startMemory, type Memory } from './memory-parts.ts';
import { openModeration, type Moderation } from './moderation-parts.ts';
import { lookalikes } from './policy/memory/lookalikes.ts';
import { MemberNames } from './policy/names/member-names.ts';
import { redactionTargets } from './policy/memory/redaction-target.ts';
import type { EventSenders } from './policy/ports.ts';
import type { QuestionType } from './policy/answers.ts';
import { unansweredSources, type Source, type Sources } from './policy/questions.ts';
import type { ReplayJobs } from './policy/replay/replay-jobs.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import { createEventSigner, type EventSigner } from './policy/sign-event.ts';
import { parseUserId } from './protocol/ids/user-id.ts';
import { buildRegistrationProbe, buildRemoteChecks } from './remote-parts.ts';
import { buildReplays } from './replay-parts.ts';
import { startRetention } from './retention-parts.ts';
import type { Federation, Parts, Rooms } from './server-parts.ts';
import { openSettings } from './settings-parts.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Verdict } from './policy/verdict.ts';
import type { Storage } from './storage/storage.ts';

export interface Policy extends AsyncDisposable {
  readonly settings: SettingsDirectory;
  readonly moderation: Moderation;
  readonly memory: Memory;
  readonly lists: Lists;
  readonly signEvent: EventSigner;
  readonly replays: ReplayJobs;
  /** Resolves when nothing goes on in the background any more. */
  settled(): Promise<void>;
}

export type PolicyParts = Parts & {
  readonly federation: Federation;
  readonly rooms: Rooms;
  readonly metrics: Metrics;
};

export async function openPolicy(config: Config, parts: PolicyParts): Promise<Policy> {
  const { clock, log, storage, rooms } = parts;
  await using undo = new AsyncDisposableStack();
  const moderation = undo.use(await openModeration(config, parts));
  const settings = await openSettings(config, { clock, log, storage, rooms, moderation });
  undo.defer(() => settings.settled());
  const memory = undo.use(startMemory(config, { clock, log, storage, settings }));
  const lists = await openLists(config, { clock, log, storage, rooms, settings, memory });
  undo.defer(() => lists.policyLists.settled());
  const sources = measured(parts.metrics, {
    ...unansweredSources,
    ...memory.policyMemory.sources,
    list: lists.policyLists.source,
    lookalike: lookalikes,
    names: new MemberNames().source,
    redactionTarget: redactionTargets(eventSenders(storage)),
    remote: buildRemoteChecks(config, parts),
    registration: buildRegistrationProbe(parts),
  });
  const signEvent = buildSigner(config, parts, { settings, moderation, memory, sources });
  const replays = undo.use(buildReplays({ clock, log, storage, rooms, settings }));
  undo.use(startRetention(config, parts));
  const stack = undo.move();
  return {
    ...{ settings, moderation, memory, lists, signEvent, replays },
    settled: async () => {
      await memory.reader.settled();
      await settings.settled();
      await lists.settled();
      await moderation.queueFeeder.settled();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function buildSigner(
  config: Config,
  { clock, log, keys, storage, federation, rooms, metrics }: PolicyParts,
  { settings, moderation, memory, sources }: Pick<Policy, 'settings' | 'moderation' | 'memory'> & { sources: Sources },
): EventSigner {
  return createEventSigner({
    serverName: config.server_name,
    botUserId: rooms.identity.botUserId,
    policyKey: keys.policyKey,
    verdicts: storage.verdicts,
    rooms: rooms.registry,
    verifier: federation.verifier,
    policyOf: (roomId) => settings.policyOf(roomId),
    sources,
    answers: moderation.answers,
    precedentFor: (subject) => moderation.precedents.find(subject),
    onVerdict: (subject, verdict) => {
      memory.policyMemory.onVerdict(subject, verdict);
      moderation.queueFeeder.onVerdict(verdict);
      measureVerdict(metrics, verdict);
    },
    onFailedCheck: ({ check, meaning }) => {
      metrics.failedCheck(check, meaning);
    },
    clock,
    onFailure: (error) => {
      log.error({ err: error }, 'an event could not be judged');
    },
  });
}

function measureVerdict(metrics: Metrics, { decision, decidedBy, flags, shadow }: Verdict): void {
  metrics.decided(decision.outcome, decidedBy);
  for (const { rule } of flags) metrics.flagged(rule);
  for (const { rule, action } of shadow) metrics.shadowed(rule, action);
}

/** What is answered at once is not worth a clock. */
function measured(metrics: Metrics, sources: Sources): Sources {
  const watch = <T extends QuestionType>(type: T, source: Source<T>): Source<T> => {
    return (question, subject) => {
      const answer = source(question, subject);
      if (!(answer instanceof Promise)) {
        if (answer.state === 'failed') metrics.failedQuestion(type);
        return answer;
      }
      const begun = performance.now();
      return answer.then(
        (asked) => {
          metrics.answeredQuestion(type, (performance.now() - begun) / 1000);
          if (asked.state === 'failed') metrics.failedQuestion(type);
          return asked;
        },
        (error: unknown) => {
          metrics.failedQuestion(type);
          throw error;
        },
      );
    };
  };
  return {
    person: watch('person', sources.person),
    count: watch('count', sources.count),
    similar: watch('similar', sources.similar),
    list: watch('list', sources.list),
    lookalike: watch('lookalike', sources.lookalike),
    names: watch('names', sources.names),
    redactionTarget: watch('redactionTarget', sources.redactionTarget),
    remote: watch('remote', sources.remote),
    registration: watch('registration', sources.registration),
  };
}

/** What the room has, and what was judged and is on its way into the room still. */
function eventSenders({ graph, verdicts }: Storage): EventSenders {
  return {
    senderOf: async (roomId, eventId) => {
      const record = (await graph.events(roomId, [eventId])).get(eventId);
      if (record !== undefined) return parseUserId(record.sender);
      const verdict = await verdicts.latest(eventId);
      return verdict?.roomId === roomId ? verdict.sender : undefined;
    },
  };
}
