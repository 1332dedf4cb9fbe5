/** Power levels as the auth rules and the policy read them (content/rooms, "Authorisation rules"; `m.room.power_levels`). */
import { parseUserId, type UserId } from './ids/user-id.ts';
import { isJsonArray, isJsonObject, NumberToken, own, ownString, type JsonObject, type JsonValue } from './json.ts';
import type { AuthRules } from './room-versions.ts';

/** What the levels of a room follow from: the content of its power levels event, if there is one, and its creators. */
export interface PowerLevels {
  readonly content: JsonObject | undefined;
  readonly creators: ReadonlySet<string>;
  readonly rules: AuthRules;
}

/** The levels that stand in the event under their own name. */
export type NamedLevel = 'ban' | 'kick' | 'redact' | 'invite' | 'state_default' | 'events_default' | 'users_default';

/** Levels where the event does not say otherwise. */
const DEFAULTS: Readonly<Record<NamedLevel, number>> = {
  ban: 50,
  kick: 50,
  redact: 50,
  invite: 0,
  state_default: 50,
  events_default: 0,
  users_default: 0,
};

const INTEGER_TEXT = /^\s*[+-]?\d+\s*$/;

/**
 * A level as an integer; `undefined` where it is none in this room version.
 * @NOTE versions 1–9 take strings that hold integers (spaces, signs and leading zeros included) and, up to 5, floats,
 * which are cut to integers, as every implementation does.
 */
export function readLevel(value: JsonValue | undefined, rules: AuthRules): number | undefined {
  if (typeof value === 'number') return value;
  if (rules.integerPowerLevels) return undefined;
  const level = value instanceof NumberToken ? Math.trunc(Number(value.text)) : integerOfText(value);
  return Number.isFinite(level) ? level : undefined;
}

function integerOfText(value: JsonValue | undefined): number {
  return typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : NaN;
}

/**
 * A level that may be left out. What stands there but is no level is NaN, with which no comparison is true: whoever
 * asks whether a level suffices gets no for an answer, as in Synapse, where reading such a level fails.
 */
function levelOr(value: JsonValue | undefined, otherwise: number, rules: AuthRules): number {
  return value === undefined || value === null ? otherwise : (readLevel(value, rules) ?? NaN);
}

/** The entry of a map of levels: `undefined` where map or entry are missing, NaN where one is of the wrong type. */
function entry(content: JsonObject, map: 'users' | 'events', key: string, rules: AuthRules): number | undefined {
  const entries = own(content, map);
  if (entries === undefined) return undefined;
  if (!isJsonObject(entries)) return NaN;
  const value = own(entries, key);
  return value === undefined || value === null ? undefined : (readLevel(value, rules) ?? NaN);
}

/** The level of that name, or the specification's default; NaN where the event holds something that is no level. */
export function namedLevel(levels: PowerLevels, name: NamedLevel): number {
  if (levels.content === undefined) return DEFAULTS[name];
  return levelOr(own(levels.content, name), DEFAULTS[name], levels.rules);
}

/** Creators are at infinity from version 12 on; before, the creator has 100 while there is no power levels event. */
export function userLevel(levels: PowerLevels, userId: UserId): number {
  if (levels.rules.privilegedCreators && levels.creators.has(userId)) return Infinity;
  if (levels.content === undefined) return levels.creators.has(userId) ? 100 : 0;
  return entry(levels.content, 'users', userId, levels.rules) ?? namedLevel(levels, 'users_default');
}

/** Whether the user may kick, ban and redact, and has a level of their own rather than everybody's. */
export function isModerator(levels: PowerLevels, userId: UserId): boolean {
  const level = userLevel(levels, userId);
  const needed = Math.max(...(['kick', 'ban', 'redact'] as const).map((name) => namedLevel(levels, name)));
  return level >= needed && level > namedLevel(levels, 'users_default');
}

/** All who moderate by a level of their own, creators included; the order says nothing. */
export function moderatorsOf(levels: PowerLevels): readonly UserId[] {
  const listed = levels.content === undefined ? undefined : own(levels.content, 'users');
  const candidates = new Set([...levels.creators, ...(isJsonObject(listed) ? Object.keys(listed) : [])]);
  return [...candidates].flatMap((text) => {
    const userId = parseUserId(text);
    return userId !== undefined && isModerator(levels, userId) ? [userId] : [];
  });
}

/** The level that sending an event of this type takes. */
export function levelToSend(levels: PowerLevels, type: string, isStateEvent: boolean): number {
  const level = levels.content === undefined ? undefined : entry(levels.content, 'events', type, levels.rules);
  return level ?? namedLevel(levels, isStateEvent ? 'state_default' : 'events_default');
}

/** The creators of a room by its create event: `creator` (1–10), the sender (11), and `additional_creators` too (12). */
export function roomCreators(create: { sender: string; content: JsonObject }, rules: AuthRules): ReadonlySet<string> {
  if (rules.creator === 'content') {
    const creator = ownString(create.content, 'creator');
    return new Set(creator === undefined ? [] : [creator]);
  }
  const creators = new Set<string>([create.sender]);
  const additional = own(create.content, 'additional_creators');
  if (rules.privilegedCreators && isJsonArray(additional)) {
    for (const userId of additional) if (typeof userId === 'string') creators.add(userId);
  }
  return creators;
}
