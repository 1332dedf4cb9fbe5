/** Redaction: what is left of an event in each room version (content/rooms, "Redactions"). Pure and idempotent. */
import { isJsonObject, own, ownObject, type JsonObject, type JsonValue } from './json.ts';
import type { RedactionRules } from './room-versions.ts';

const TOP_LEVEL = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
];
const LEGACY_TOP_LEVEL = ['prev_state', 'origin', 'membership'];
const POWER_LEVELS = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'];

/** The redacted event, without `unsigned`. `content` becomes `{}` where it was no object. */
export function redact(event: JsonObject, rules: RedactionRules): JsonObject {
  const kept = pick(event, TOP_LEVEL);
  if (rules.keepsLegacyTopLevel) for (const [key, value] of pick(event, LEGACY_TOP_LEVEL)) kept.set(key, value);
  kept.set('content', redactContent(own(event, 'type'), ownObject(event, 'content') ?? {}, rules));
  return Object.fromEntries(kept);
}

function redactContent(type: JsonValue | undefined, content: JsonObject, rules: RedactionRules): JsonObject {
  switch (type) {
    case 'm.room.member':
      return redactMember(content, rules);
    case 'm.room.create':
      return rules.keepsCreateContent ? content : Object.fromEntries(pick(content, ['creator']));
    case 'm.room.join_rules':
      return Object.fromEntries(pick(content, rules.keepsJoinRuleAllow ? ['join_rule', 'allow'] : ['join_rule']));
    case 'm.room.power_levels':
      return Object.fromEntries(pick(content, rules.keepsInviteLevel ? [...POWER_LEVELS, 'invite'] : POWER_LEVELS));
    case 'm.room.history_visibility':
      return Object.fromEntries(pick(content, ['history_visibility']));
    case 'm.room.aliases':
      return rules.keepsAliases ? Object.fromEntries(pick(content, ['aliases'])) : {};
    case 'm.room.redaction':
      return rules.keepsRedacts ? Object.fromEntries(pick(content, ['redacts'])) : {};
    default:
      return {};
  }
}

function redactMember(content: JsonObject, rules: RedactionRules): JsonObject {
  const kept = pick(content, ['membership']);
  if (rules.keepsJoinAuthorisedVia) {
    for (const [key, value] of pick(content, ['join_authorised_via_users_server'])) kept.set(key, value);
  }
  const invite = own(content, 'third_party_invite');
  // @NOTE as in Synapse, a `third_party_invite` without `signed` is left as an empty object (version 11 on).
  if (rules.keepsThirdPartyInviteSigned && isJsonObject(invite)) {
    kept.set('third_party_invite', Object.fromEntries(pick(invite, ['signed'])));
  }
  return Object.fromEntries(kept);
}

function pick(object: JsonObject, keys: readonly string[]): Map<string, JsonValue> {
  const kept = new Map<string, JsonValue>();
  for (const key of keys) {
    const value = own(object, key);
    if (value !== undefined) kept.set(key, value);
  }
  return kept;
}
