/** Scenes for tests of whole sets of rules: who sends what, what is known of it, and which rule decides. */
import type { Answers, PersonAnswer } from '../../src/policy/answers.ts';
import type { Facts, PlainFacts } from '../../src/policy/facts.ts';
import { decide, type Decision } from '../../src/policy/pipeline.ts';
import type { CountQuestion, Questions, SimilarQuestion } from '../../src/policy/questions.ts';
import { EventReading } from '../../src/policy/reading/event-reading.ts';
import type { CompiledPolicy } from '../../src/policy/rules/compiled-policy.ts';
import { compileEffective, mergeLayers } from '../../src/policy/settings/effective-settings.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { eventOf, factsWith } from './policy-events.ts';
import { userIdOf, type Draft } from './room-builder.ts';

/** When everything happens: afternoon of a summer day. */
export const NOW = Date.UTC(2026, 5, 15, 14);
const MINUTE = 60_000;
const DAY = 86_400_000;

export type Role = 'stranger' | 'newcomer' | 'sleeper' | 'unknown_member' | 'regular' | 'moderator';

/** Who people are, by the part that they play. */
export const PEOPLE: Readonly<Record<Role, PersonAnswer>> = {
  /** Not in the room, never seen. */
  stranger: person(null, null, 0),
  newcomer: person(NOW - 10 * MINUTE, NOW - 10 * MINUTE, 1),
  /** Joined three days ago and has been silent since. */
  sleeper: person(NOW - 3 * DAY, NOW - 3 * DAY, 0),
  /** In the room for long, and nobody has counted what they said. */
  unknown_member: person(NOW - 400 * DAY, NOW - 400 * DAY, 0),
  regular: person(NOW - 90 * DAY, NOW - 90 * DAY, 250),
  moderator: person(NOW - 900 * DAY, NOW - 900 * DAY, 4_000),
};

function person(firstSeenAt: number | null, joinedAt: number | null, messages: number): PersonAnswer {
  return {
    ...{ firstSeenAt, firstSeenInCommunityAt: firstSeenAt, joinedAt },
    ...{ wasInvited: false, messagesHere: messages, messagesInCommunity: messages },
  };
}

export interface Scene {
  readonly as?: Role;
  readonly event: Draft;
  /** How often such things happened before; 0 where it does not say. */
  readonly counts?: (question: CountQuestion) => number;
  readonly similar?: (question: SimilarQuestion) => Answers['similar'];
  readonly answers?: Partial<Answers>;
  readonly facts?: Partial<PlainFacts>;
}

export function say(body: string, more: JsonObject = {}): Draft {
  return { type: 'm.room.message', content: { msgtype: 'm.text', body, ...more } };
}

export function joinOf(localpart: string, more: JsonObject = {}): Draft {
  const user = userIdOf(`@${localpart}:home.test`);
  return { type: 'm.room.member', stateKey: user, sender: user, content: { membership: 'join', ...more } };
}

/** What a set of rules decides about a scene. */
export function decideScene(policy: CompiledPolicy, scene: Scene): Decision {
  const { event, as = 'regular' } = scene;
  const pdu = eventOf({ sender: userIdOf('@alice:home.test'), originServerTs: NOW - 300, ...event });
  return decide(new EventReading(pdu), factsOf(scene, as), policy.rules);
}

/** The rule that decides, or `none`. */
export function decidedBy(policy: CompiledPolicy, scene: Scene): string {
  const decision = decideScene(policy, scene);
  return decision.outcome === 'pending' ? 'pending' : decision.decidedBy;
}

function factsOf({ counts, similar, answers = {}, facts: more = {} }: Scene, as: Role): Facts {
  const isIn = as !== 'stranger';
  const facts = factsWith(
    {
      ...{ person: PEOPLE[as], count: 0, similar: { events: 0, senders: 0, rooms: 0 } },
      ...{ lookalike: null, list: null, redactionTarget: null },
      ...answers,
    },
    {
      now: NOW,
      senderMembership: isIn ? 'join' : 'leave',
      senderIsModerator: as === 'moderator',
      senderPowerLevel: as === 'moderator' ? 50 : 0,
      ...more,
    },
  );
  const ask: Facts['ask'] = (type, question) => {
    const known = facts.ask(type, question);
    if (known.state !== 'known') return known;
    const value = override(type, question, { counts, similar });
    return value === undefined ? known : { state: 'known', value };
  };
  return { ...facts, ask };
}

interface Overrides {
  readonly counts: Scene['counts'] | undefined;
  readonly similar: Scene['similar'] | undefined;
}

function override<T extends keyof Answers>(
  type: T,
  question: Questions[T],
  { counts, similar }: Overrides,
): Answers[T] | undefined {
  const by: { readonly [K in keyof Answers]?: (question: Questions[K]) => Answers[K] } = {
    ...(counts === undefined ? {} : { count: counts }),
    ...(similar === undefined ? {} : { similar }),
  };
  return by[type]?.(question);
}

/** The rules of a preset, as they are in force where a community chooses it and says nothing else. */
export function policyOfPreset(preset: string): CompiledPolicy {
  const { document } = mergeLayers([{ origin: 'instance', document: { preset } }]);
  const compiled = compileEffective(document, preset);
  if (!compiled.ok) throw new TypeError(JSON.stringify(compiled.errors));
  return compiled.policy;
}
