/** Power levels of new rooms (`m.room.power_levels`; client-server API, "createRoom"; MSC4289). */
import type { UserId } from '../../protocol/ids/user-id.ts';
import { isJsonObject, own, withKeys, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import { readLevel } from '../../protocol/power-levels.ts';
import type { AuthRules, RoomVersionRules } from '../../protocol/room-versions.ts';

const CREATOR_LEVEL = 100;
/** Version 12: above what any user but a creator is likely to have, so that only creators can replace the room. */
const TOMBSTONE_LEVEL = 150;

/** Levels of a room that begins empty, with the bot in charge. */
export function firstPowerLevels(botUserId: UserId, rules: RoomVersionRules, isPublic: boolean): JsonObject {
  const { privilegedCreators } = rules.auth;
  return {
    // Creators are above all levels from version 12 on, and may not be listed.
    users: privilegedCreators ? {} : { [botUserId]: CREATOR_LEVEL },
    users_default: 0,
    events: {
      'm.room.name': 50,
      'm.room.avatar': 50,
      'm.room.canonical_alias': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.encryption': 100,
      'm.room.server_acl': 100,
      'm.room.policy': 100,
      'm.room.tombstone': privilegedCreators ? TOMBSTONE_LEVEL : 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: isPublic ? 50 : 0,
  };
}

const NAMED = ['users_default', 'events_default', 'state_default', 'ban', 'kick', 'redact', 'invite'];
const MAPS = ['users', 'events', 'notifications'];

/** Levels of an older room as its replacement can have them: integers, and no creators among the users. */
export function copiedPowerLevels(
  content: JsonObject,
  from: AuthRules,
  to: AuthRules,
  creators: ReadonlySet<string>,
): JsonObject {
  const changes = new Map<string, JsonValue | undefined>();
  for (const name of NAMED) {
    const value = own(content, name);
    if (value !== undefined) changes.set(name, integerOr(value, from));
  }
  for (const name of MAPS) {
    const map = own(content, name);
    if (map !== undefined) changes.set(name, isJsonObject(map) ? integers(map, from) : {});
  }
  const levels = withKeys(content, changes);
  return to.privilegedCreators ? forCreators(levels, to, creators) : levels;
}

function forCreators(levels: JsonObject, rules: AuthRules, creators: ReadonlySet<string>): JsonObject {
  const users = own(levels, 'users');
  const events = own(levels, 'events');
  const others = isJsonObject(users)
    ? withKeys(users, new Map([...creators].map((userId) => [userId, undefined])))
    : {};
  const byType = isJsonObject(events) ? events : {};
  const tombstone = Math.max(TOMBSTONE_LEVEL, readLevel(own(byType, 'm.room.tombstone'), rules) ?? 0);
  return withKeys(
    levels,
    new Map<string, JsonValue>([
      ['users', others],
      ['events', withKeys(byType, new Map([['m.room.tombstone', tombstone]]))],
    ]),
  );
}

function integerOr(value: JsonValue, rules: AuthRules): JsonValue | undefined {
  const level = readLevel(value, rules);
  return level !== undefined && Number.isSafeInteger(level) ? level : undefined;
}

function integers(map: JsonObject, rules: AuthRules): JsonObject {
  const changes = new Map(Object.entries(map).map(([key, value]) => [key, integerOr(value, rules)]));
  return withKeys(map, changes);
}
