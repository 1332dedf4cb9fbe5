/** Policy lists as the admin API shows them, and how requests name them. */
import * as z from 'zod';
import type { ListOverrides } from '../../policy/lists/list-overrides.ts';
import type { ListRule } from '../../policy/lists/list-rule.ts';
import { MAX_RULES } from '../../policy/lists/matcher.ts';
import type { MatchedPerson } from '../../policy/lists/people.ts';
import type {
  EntityMatch,
  ListOverview,
  PolicyLists,
  RulePreview,
  WaitingRule,
  WaitingRules,
} from '../../policy/lists/policy-lists.ts';
import type { RuleDecision } from '../../policy/lists/ports.ts';
import { MAX_CROWDED } from '../../policy/lists/rule-index.ts';
import type { ListFailure, ListSubscribing, ListTarget, Preview } from '../../policy/lists/subscribing.ts';
import { parseScope, type Scope } from '../../policy/settings/scope.ts';
import { parseRoomAlias } from '../../protocol/ids/room-alias.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { parseServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { matrixError } from '../errors.ts';
import { invalid } from './admin-endpoint.ts';

export interface ListDeps {
  readonly policyLists: PolicyLists;
  readonly listSubscribing: ListSubscribing;
  readonly listOverrides: ListOverrides;
}

export const ruleAnswer = z.strictObject({
  kind: z.enum(['user', 'server', 'room']),
  entity: z.string(),
  recommendation: z.enum(['ban', 'takedown', 'unban']),
  reason: z.string().nullable(),
  event_id: z.string(),
});

export function ruleOf({ kind, entity, recommendation, reason, eventId }: ListRule): z.output<typeof ruleAnswer> {
  return { kind, entity, recommendation, reason: reason ?? null, event_id: eventId };
}

const personAnswer = z.strictObject({
  user_id: z.string(),
  display_name: z.string().nullable(),
  rooms: z.array(z.string()),
  moderates: z.array(z.string()),
  messages: z.int().nullable().describe('Signed ones in the community; null where nobody looked.'),
  is_regular: z.boolean().nullable().describe('Known for a week, or has written 20 messages.'),
});

function personOf(
  { userId, displayName, rooms, moderates }: MatchedPerson,
  histories: Preview['histories'],
): z.output<typeof personAnswer> {
  const { messages = null, isRegular = null } = histories.get(userId) ?? {};
  return {
    ...{ user_id: userId, display_name: displayName ?? null, rooms: [...rooms], moderates: [...moderates] },
    ...{ messages, is_regular: isRegular },
  };
}

const previewedRule = z.strictObject({
  rule: ruleAnswer,
  waits: z.boolean(),
  people: z.int(),
  moderators: z.int(),
  listed: z.array(personAnswer),
});

function previewedOf(
  { rule, people, moderators, listed, waits }: RulePreview,
  histories: Preview['histories'],
): z.output<typeof previewedRule> {
  return { rule: ruleOf(rule), waits, people, moderators, listed: listed.map((person) => personOf(person, histories)) };
}

/** What a list is too large for, in sentences for moderators. */
const warnings = z.array(z.string()).describe('Where the list is too large for something: sentences for people.');

export const previewAnswer = z.strictObject({
  list: z.string(),
  rooms_looked_at: z.int(),
  people: z.int(),
  moderators: z.int(),
  matching_rules: z.int().describe('Rules that are about anybody.'),
  waiting_rules: z.int(),
  rules: z.array(previewedRule).describe('Those about most people: 500 at most.'),
  warnings,
});

export function previewOf(preview: Preview): z.output<typeof previewAnswer> {
  const { list, rooms, rules, histories, matching } = preview;
  const shown = `It is about people by ${String(matching)} rules: shown are the ${String(rules.length)} about most of them.`;
  return {
    list,
    rooms_looked_at: rooms,
    people: preview.people,
    moderators: preview.moderators,
    matching_rules: matching,
    waiting_rules: preview.waiting,
    rules: rules.map((rule) => previewedOf(rule, histories)),
    warnings: [...leftOutWarnings(preview.leftOut), ...(matching > rules.length ? [shown] : [])],
  };
}

function leftOutWarnings(rules: number): readonly string[] {
  if (rules === 0) return [];
  const limits = `${String(MAX_RULES)} rules in all, and ${String(MAX_CROWDED)} of each kind whose wildcards fit almost any name`;
  return [`The list is too large: ${String(rules)} of its rules mean nothing. Of one list there count ${limits}.`];
}

export const overviewAnswer = z.strictObject({
  list: z.string(),
  bot: z.enum(['joined', 'joining', 'left', 'absent']),
  rules: z.strictObject({ user: z.int(), server: z.int(), room: z.int() }),
  warnings,
  subscribers: z.array(
    z.strictObject({
      scope: z.string(),
      rooms: z.int(),
      trust: z.enum(['enforce', 'flag', 'notify']),
      limit: z.int(),
      name: z.string().nullable(),
    }),
  ),
});

export function overviewOf({ list, bot, rules, leftOut, subscribers }: ListOverview): z.output<typeof overviewAnswer> {
  const named = subscribers.map((one) => ({ ...one, name: one.name ?? null }));
  return { list, bot, rules, warnings: [...leftOutWarnings(leftOut)], subscribers: named };
}

export const decisionAnswer = z.strictObject({
  scope: z.string(),
  list: z.string(),
  rule: z.string(),
  standing: z.enum(['passed', 'waiting', 'approved', 'rejected']),
  people: z.int(),
  moderators: z.int(),
  since: z.int(),
  by: z.string().nullable(),
});

export function decisionOf(decision: RuleDecision): z.output<typeof decisionAnswer> {
  const { scope, list, rule, standing, people, moderators, since, by } = decision;
  return { scope, list, rule, standing, people, moderators, since, by };
}

export const waitingAnswer = decisionAnswer.extend({ rule: ruleAnswer });

export const waitingAnswers = z.strictObject({
  waiting: z.array(waitingAnswer).describe('Those that came first: 1,000 at most.'),
  total: z.int(),
  warnings,
});

export function waitingAnswersOf({ rules, total, full }: WaitingRules): z.output<typeof waitingAnswers> {
  const shown = `Of ${String(total)} rules that wait those ${String(rules.length)} that came first are shown.`;
  const tooMany = full.map(
    ({ scope, list }) =>
      `Too many rules of ${list} are about people of ${scope}: new ones are not even looked at, and not enforced, until ` +
      'there are fewer. Decide about some, raise the limit of the subscription, or end it.',
  );
  return { waiting: rules.map(waitingOf), total, warnings: [...tooMany, ...(total > rules.length ? [shown] : [])] };
}

function waitingOf({ decision, rule }: WaitingRule): z.output<typeof waitingAnswer> {
  return { ...decisionOf(decision), rule: ruleOf(rule) };
}

export const matchAnswer = z.strictObject({
  list: z.string(),
  rule: ruleAnswer,
  subscribers: z.array(
    z.strictObject({
      scope: z.string(),
      rooms: z
        .array(z.string())
        .nullable()
        .describe('Rooms where it is otherwise than in most rooms of the community; null: what it is in all others.'),
      trust: z.string(),
      effect: z
        .string()
        .describe(
          '`passed` and `approved`: in force; `waiting`; `rejected`; `open`: has met nobody yet; `chosen`: in force by an ' +
            'override; `ignored`: by an override; `reported`: only written to the log; `exempt`; `taken_back` by another rule; ' +
            '`off`: the list is not subscribed to in these rooms.',
        ),
      override: z.enum(['ignore', 'enforce', 'flag']).nullable(),
      people: z.int().nullable().describe('Whom it was about when it was looked at, moderators included.'),
      moderators: z.int().nullable(),
      by: z.string().nullable().describe('Who approved or rejected it.'),
    }),
  ),
});

export function matchOf({ list, rule, standings }: EntityMatch): z.output<typeof matchAnswer> {
  const subscribers = standings.map(({ scope, rooms, trust, effect, override, reach, by }) => ({
    ...{
      scope,
      rooms: rooms === undefined ? null : [...rooms],
      trust,
      effect,
      override: override ?? null,
      by: by ?? null,
    },
    ...{ people: reach?.people ?? null, moderators: reach?.moderators ?? null },
  }));
  return { list, rule: ruleOf(rule), subscribers };
}

export const scopeText = z
  .string()
  .refine((text) => parseScope(text) !== undefined, {
    error: 'expected "instance", "community/<id>", "space/<room id>" or "room/<room id>"',
  })
  .describe('`instance`, `community/<id>`, `space/<room id>` or `room/<room id>`.');

export function scopeOf(text: string): Scope {
  const scope = parseScope(text);
  if (scope === undefined) throw invalid('body', [{ path: 'scope', message: 'no such scope' }]);
  return scope;
}

export const targetFields = {
  target: z
    .string()
    .refine((text) => parseRoomId(text) !== undefined || parseRoomAlias(text) !== undefined, {
      error: 'expected a room id or an alias',
    })
    .describe('Room id or alias of the list.'),
  via: z
    .array(z.string().refine((text) => parseServerName(text) !== undefined, { error: 'expected a server name' }))
    .max(10)
    .default([])
    .describe('Servers to join the room of the list through.'),
};

export function targetOf(
  { target, via }: { target: string; via: readonly string[] },
  { community }: { readonly community: string | undefined },
): ListTarget {
  const found = parseRoomId(target) ?? parseRoomAlias(target);
  if (found === undefined) throw invalid('body', [{ path: 'target', message: 'expected a room id or an alias' }]);
  const servers: readonly ServerName[] = via.map((name) => parseServerName(name)).filter((name) => name !== undefined);
  return { target: found, via: servers, community };
}

export const roomIdText = z
  .string()
  .refine((text) => parseRoomId(text) !== undefined, { error: 'expected a room id such as "!abc:example.org"' });

export function listOf(text: string): RoomId {
  const list = parseRoomId(text);
  if (list === undefined) throw matrixError('M_INVALID_PARAM', 400, 'That is no room id.');
  return list;
}

/** What a change of settings came to. */
export const changeAnswer = {
  revision: z.int(),
  changes: z.array(z.strictObject({ path: z.string(), old: z.unknown().optional(), new: z.unknown().optional() })),
};

export const noteField = {
  note: z.string().max(1_000).default('').describe('Why, for those who look later.'),
  dry_run: z.boolean().default(false).describe('Only tells what would come of it.'),
};

export function listFailure(reason: ListFailure): Error {
  switch (reason.type) {
    case 'notJoined': {
      const attempts = reason.attempts.map(({ server, reason: because }): JsonValue => ({ server, reason: because }));
      const text = reason.attempts.map(({ server, reason: because }) => `${server}: ${because}`).join('; ');
      const because = text === '' ? 'no server is known to ask, name one' : text;
      return matrixError('M_NOT_FOUND', 404, `The bot cannot join the room of the list: ${because}`, { attempts });
    }
    case 'tooManyLists': {
      const text = `The community has the bot in the rooms of ${String(reason.max)} policy lists already, and may have no more`;
      return matrixError('M_FORBIDDEN', 403, `${text}: end a subscription, or ask the owner of this server for more.`);
    }
    case 'invalid':
      return invalid('settings', reason.errors);
    case 'conflict':
      return matrixError('M_INVALID_PARAM', 400, `Somebody else changed the settings: now ${String(reason.revision)}.`);
    case 'readOnly':
      return matrixError(
        'M_FORBIDDEN',
        403,
        `The community "${reason.community}" is declared in the configuration file: change it there and restart.`,
      );
    case 'claim':
    case 'exists':
    case 'unknown':
      return matrixError('M_NOT_FOUND', 404, 'There is no such community.');
  }
}
