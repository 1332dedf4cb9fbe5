/** The rule for `m.room.power_levels`: rule 10 of versions 1–5 and 12, rule 9 of versions 6–11. */
import type { Pdu } from '../events.ts';
import { parseUserId, type UserId } from '../ids/user-id.ts';
import { isJsonObject, own, ownObject, type JsonObject, type JsonValue } from '../json.ts';
import { readLevel, userLevel, type NamedLevel } from '../power-levels.ts';
import type { AuthRules } from '../room-versions.ts';
import type { AuthScene } from './auth-state.ts';
import type { RuleNumbers } from './rule-numbers.ts';
import { ALLOWED, reject, type AuthRejection, type AuthVerdict } from './verdict.ts';

const NAMED_LEVELS = [
  'users_default',
  'events_default',
  'state_default',
  'ban',
  'redact',
  'kick',
  'invite',
] as const satisfies readonly NamedLevel[];

/** The whole rule; it allows or rejects every power levels event. */
export function checkPowerLevels(scene: AuthScene): AuthVerdict {
  const { pdu } = scene;
  const malformed = checkShape(pdu, scene.numbers) ?? checkCreators(scene);
  if (malformed !== undefined) return malformed;
  // If there is no previous m.room.power_levels event in the room, allow.
  // @NOTE one with another state_key is no power levels event of the room, and has no previous one, as in Synapse.
  if ((pdu.stateKey ?? '') !== '' || scene.levels.content === undefined) return ALLOWED;
  const before = scene.levels.content;
  return (
    checkNamedChanges(scene, before) ??
    checkEntryChanges(scene, before, 'events') ??
    // Since v6: notifications too.
    (pdu.rules.auth.checksNotificationLevels ? checkEntryChanges(scene, before, 'notifications') : undefined) ??
    checkUserChanges(scene, before) ??
    ALLOWED
  );
}

const shapes = new WeakMap<Pdu, { rejection: AuthRejection | undefined }>();

/** The steps that look at the event alone; remembered, as state resolution asks again and again. */
function checkShape(pdu: Pdu, numbers: RuleNumbers): AuthRejection | undefined {
  const known = shapes.get(pdu) ?? { rejection: shapeRejection(pdu, numbers) };
  shapes.set(pdu, known);
  return known.rejection;
}

function shapeRejection(pdu: Pdu, numbers: RuleNumbers): AuthRejection | undefined {
  const rules = pdu.rules.auth;
  if (rules.integerPowerLevels) {
    // 1. (since v10) If any of the named levels are present and not an integer, reject.
    const wrong = NAMED_LEVELS.find((name) => !isLevelOrMissing(own(pdu.content, name), rules));
    if (wrong !== undefined) return reject(numbers.powerLevels.named, `${wrong} is no integer`);
    // 2. (since v10) If events or notifications are present and not an object with values that are integers, reject.
    for (const map of ['events', 'notifications']) {
      if (!isLevelMapOrMissing(own(pdu.content, map), rules)) {
        return reject(numbers.powerLevels.entries, `${map} holds something that is no integer`);
      }
    }
  }
  // If users is not an object with keys that are valid user ids with values that are integers (until v9: or strings
  // that are integers), reject.
  // @NOTE nobody rejects an event without users, though the text can be read so.
  const users = own(pdu.content, 'users');
  const userIds = isJsonObject(users) ? Object.keys(users) : [];
  if (!isLevelMapOrMissing(users, rules) || !userIds.every((userId) => parseUserId(userId) !== undefined)) {
    return reject(numbers.powerLevels.users, 'users does not give levels to user ids');
  }
  return undefined;
}

/** 4. (since v12) If users contains a creator, reject. */
function checkCreators({ pdu, levels, numbers }: AuthScene): AuthRejection | undefined {
  const users = ownObject(pdu.content, 'users');
  if (!pdu.rules.auth.privilegedCreators || users === undefined) return undefined;
  for (const creator of levels.creators) {
    if (Object.hasOwn(users, creator)) return reject(numbers.powerLevels.creators, 'users contains a creator');
  }
  return undefined;
}

function isLevelOrMissing(value: JsonValue | undefined, rules: AuthRules): boolean {
  return value === undefined || readLevel(value, rules) !== undefined;
}

function isLevelMapOrMissing(value: JsonValue | undefined, rules: AuthRules): boolean {
  if (value === undefined) return true;
  return isJsonObject(value) && Object.values(value).every((level) => readLevel(level, rules) !== undefined);
}

interface LevelChange {
  readonly key: string;
  /** NaN where something stands that is no level. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/**
 * The entries that were added, changed or removed.
 * @NOTE levels that mean the same, such as 50 and "50" in versions 1–9, are no change, as in Synapse.
 */
function* changesOf(
  before: JsonObject,
  after: JsonObject,
  keys: Iterable<string>,
  rules: AuthRules,
): Generator<LevelChange> {
  for (const key of keys) {
    const from = levelIfPresent(own(before, key), rules);
    const to = levelIfPresent(own(after, key), rules);
    if (from !== to) yield { key, from, to };
  }
}

function levelIfPresent(value: JsonValue | undefined, rules: AuthRules): number | undefined {
  return value === undefined ? undefined : (readLevel(value, rules) ?? NaN);
}

/** For each named level that was added, changed or removed. */
function checkNamedChanges(scene: AuthScene, before: JsonObject): AuthRejection | undefined {
  const rule = scene.numbers.powerLevels.namedChanges;
  const level = userLevel(scene.levels, scene.pdu.sender);
  for (const { key, from, to } of changesOf(before, scene.pdu.content, NAMED_LEVELS, scene.pdu.rules.auth)) {
    // 1. If the current value is higher than the sender's current power level, reject.
    if (isAbove(from, level)) return reject(`${rule}.1`, `the current ${key} is above the sender's level`);
    // 2. If the new value is higher than the sender's current power level, reject.
    if (isAbove(to, level)) return reject(`${rule}.2`, `the new ${key} is above the sender's level`);
  }
  return undefined;
}

/** Whether a level is present and not known to be at most `most`. */
function isAbove(level: number | undefined, most: number): boolean {
  return level !== undefined && !(level <= most);
}

/** For each entry of `events` or `notifications` that was added, changed or removed. */
function checkEntryChanges(
  scene: AuthScene,
  before: JsonObject,
  map: 'events' | 'notifications',
): AuthRejection | undefined {
  const numbers = scene.numbers.powerLevels;
  const level = userLevel(scene.levels, scene.pdu.sender);
  const [old, now] = [own(before, map) ?? {}, own(scene.pdu.content, map) ?? {}];
  // @NOTE until v9 nothing demands that these be objects; Synapse fails on those that are not.
  if (!isJsonObject(old)) return reject(`${numbers.entriesRemoved}.1`, `the current ${map} is no object`);
  if (!isJsonObject(now)) return reject(`${numbers.entriesAdded}.1`, `the new ${map} is no object`);
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  for (const { key, from, to } of changesOf(old, now, keys, scene.pdu.rules.auth)) {
    // For each entry being changed or removed: if the current value is greater than the sender's level, reject.
    if (isAbove(from, level)) {
      return reject(`${numbers.entriesRemoved}.1`, `the current level of ${key} is above the sender's`);
    }
    // For each entry being added or changed: if the new value is greater than the sender's level, reject.
    if (isAbove(to, level)) {
      return reject(`${numbers.entriesAdded}.1`, `the new level of ${key} is above the sender's`);
    }
  }
  return undefined;
}

/** For each entry of `users` that was added, changed or removed. */
function checkUserChanges(scene: AuthScene, before: JsonObject): AuthRejection | undefined {
  const numbers = scene.numbers.powerLevels;
  const { sender } = scene.pdu;
  const level = userLevel(scene.levels, sender);
  const [old, now] = [own(before, 'users') ?? {}, own(scene.pdu.content, 'users') ?? {}];
  if (!isJsonObject(old) || !isJsonObject(now)) return reject(`${numbers.usersRemoved}.1`, 'users is no object');
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  for (const { key, from, to } of changesOf(old, now, keys, scene.pdu.rules.auth)) {
    // For each entry being changed or removed, other than the sender's own: if the current value is greater than or
    // equal to the sender's level, reject.
    if (from !== undefined && !mayChange(key, from, sender, level)) {
      return reject(`${numbers.usersRemoved}.1`, `the current level of ${key} is not below the sender's`);
    }
    // For each entry being added or changed: if the new value is greater than the sender's level, reject.
    if (isAbove(to, level)) {
      return reject(`${numbers.usersAdded}.1`, `the new level of ${key} is above the sender's`);
    }
  }
  return undefined;
}

function mayChange(userId: string, current: number, sender: UserId, level: number): boolean {
  return userId === sender ? current <= level : current < level;
}
