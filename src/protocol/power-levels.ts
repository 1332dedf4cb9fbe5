/** Power levels as the auth rules and the policy read them (content/rooms, "Authorisation rules"; `m.room.power_levels`). */
import type { UserId } from './ids/user-id.ts';
import { isJsonArray, NumberToken, own, ownObject, ownString, type JsonObject, type JsonValue } from './json.ts';
import type { AuthRules } from './room-versions.ts';

/** What the levels of a room follow from: the content of its power levels event, if there is one, and its creators. */
export interface PowerLevels {
  readonly content: JsonObject | undefined;
  readonly creators: ReadonlySet<string>;
  readonly rules: AuthRules;
}

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
  if (value instanceof NumberToken) return Math.trunc(Number(value.text));
  return typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : undefined;
}

export function namedLevel(levels: PowerLevels, name: NamedLevel): number {
  if (levels.content === undefined) return DEFAULTS[name];
  return readLevel(own(levels.content, name), levels.rules) ?? DEFAULTS[name];
}

/** Creators are at infinity from version 12 on; before, the creator has 100 while there is no power levels event. */
export function userLevel(levels: PowerLevels, userId: UserId): number {
  if (levels.rules.privilegedCreators && levels.creators.has(userId)) return Infinity;
  if (levels.content === undefined) return levels.creators.has(userId) ? 100 : 0;
  const users = ownObject(levels.content, 'users');
  const level = users === undefined ? undefined : readLevel(own(users, userId), levels.rules);
  return level ?? namedLevel(levels, 'users_default');
}

/** The level that sending an event of this type takes. */
export function levelToSend(levels: PowerLevels, type: string, isStateEvent: boolean): number {
  const events = levels.content === undefined ? undefined : ownObject(levels.content, 'events');
  const level = events === undefined ? undefined : readLevel(own(events, type), levels.rules);
  return level ?? namedLevel(levels, isStateEvent ? 'state_default' : 'events_default');
}

/** The creators of a room by its create event: `creator` (1–10), the sender (11), and `additional_creators` too (12). */
export function roomCreators(create: { sender: string; content: JsonObject }, rules: AuthRules): ReadonlySet<string> {
  if (rules.creator === 'content') return new Set([ownString(create.content, 'creator') ?? create.sender]);
  const creators = new Set<string>([create.sender]);
  const additional = own(create.content, 'additional_creators');
  if (rules.privilegedCreators && isJsonArray(additional)) {
    for (const userId of additional) if (typeof userId === 'string') creators.add(userId);
  }
  return creators;
}
