/**
 * Room versions 1–12 as data (content/rooms/v1.md … v12.md): one field per difference that the specification makes,
 * each version the one before it plus its differences. Algorithms take these rules and never look at the version's name.
 */
import type { RoomIdFormat } from './ids/room-id.ts';

/** Everything that depends on the version of a room. */
export interface RoomVersionRules {
  /** As it stands in `m.room.create`'s `room_version`. */
  readonly version: string;
  readonly stable: boolean;
  /** 1–2: opaque with a domain, in the event; 3: reference hash in base64; 4+: in URL-safe base64. */
  readonly eventIdFormat: 'opaque' | 'hash-base64' | 'hash-base64url';
  /** `prev_events` and `auth_events`: pairs of id and hashes (1–2), or ids alone. */
  readonly eventReferences: 'pairs' | 'ids';
  readonly roomIdFormat: RoomIdFormat;
  /** Largest `depth`: 2^63−1 up to version 5 (a `bigint` for that), 2^53−1 from 6 on. */
  readonly maxDepth: bigint;
  /** 6+: events that are no canonical JSON (floats, integers out of range) are refused. */
  readonly strictCanonicalJson: boolean;
  /** 5+: a key counts only while valid at the event's `origin_server_ts` (v5, "Signing key validity period"). */
  readonly enforceKeyValidity: boolean;
  /** Where `m.room.redaction` names its target: top level, or `content` from 11 on. */
  readonly redactsIn: 'top-level' | 'content';
  /** 3+: a redaction is applied only once its sender is known to be allowed ("Handling redactions"). */
  readonly redactionsCheckedOnApplying: boolean;
  readonly redaction: RedactionRules;
  readonly auth: AuthRules;
  readonly stateResolution: 'v1' | 'v2' | 'v2.1';
}

/** What survives redaction besides the keys common to all versions. */
export interface RedactionRules {
  /** `origin`, `membership` and `prev_state` at the top level (1–10). */
  readonly keepsLegacyTopLevel: boolean;
  /** `aliases` of `m.room.aliases` (1–5). */
  readonly keepsAliases: boolean;
  /** `allow` of `m.room.join_rules` (8+). */
  readonly keepsJoinRuleAllow: boolean;
  /** `join_authorised_via_users_server` of `m.room.member` (9+). */
  readonly keepsJoinAuthorisedVia: boolean;
  /** `third_party_invite.signed` of `m.room.member` (11+). */
  readonly keepsThirdPartyInviteSigned: boolean;
  /** The whole content of `m.room.create`, not `creator` alone (11+). */
  readonly keepsCreateContent: boolean;
  /** `invite` of `m.room.power_levels` (11+). */
  readonly keepsInviteLevel: boolean;
  /** `redacts` of `m.room.redaction`'s content (11+). */
  readonly keepsRedacts: boolean;
}

/** Differences of the authorisation rules ("Authorisation rules" of each version). */
export interface AuthRules {
  /** Rule 4 of versions 1–5: `m.room.aliases` only by its own server. */
  readonly aliasesRule: boolean;
  /** Rule 11 of versions 1–2: redactions by level or by the domain of the event id. */
  readonly redactionRule: boolean;
  /** 6+: changes of `notifications` levels are checked as those of `events` are. */
  readonly checksNotificationLevels: boolean;
  /** 7+: membership and join rule `knock`. */
  readonly knock: boolean;
  /** 8+: join rule `restricted`, `join_authorised_via_users_server`. */
  readonly restrictedJoins: boolean;
  /** 10+: join rule `knock_restricted`. */
  readonly knockRestricted: boolean;
  /** 10+: power levels must be integers; before, strings that hold integers count too. */
  readonly integerPowerLevels: boolean;
  /** Up to 10 the creator is `content.creator` and must be there; from 11 on it is the create event's sender. */
  readonly creator: 'content' | 'sender';
  /** 12+: creators have infinite power and may not stand in `users`; `additional_creators` (MSC4289). */
  readonly privilegedCreators: boolean;
  /** 12+: the room id is the create event's hash; the create event is not among `auth_events` (MSC4291). */
  readonly roomIdIsCreateHash: boolean;
}

const V1: RoomVersionRules = {
  version: '1',
  stable: true,
  eventIdFormat: 'opaque',
  eventReferences: 'pairs',
  roomIdFormat: 'with-domain',
  maxDepth: 2n ** 63n - 1n,
  strictCanonicalJson: false,
  enforceKeyValidity: false,
  redactsIn: 'top-level',
  redactionsCheckedOnApplying: false,
  redaction: {
    keepsLegacyTopLevel: true,
    keepsAliases: true,
    keepsJoinRuleAllow: false,
    keepsJoinAuthorisedVia: false,
    keepsThirdPartyInviteSigned: false,
    keepsCreateContent: false,
    keepsInviteLevel: false,
    keepsRedacts: false,
  },
  auth: {
    aliasesRule: true,
    redactionRule: true,
    checksNotificationLevels: false,
    knock: false,
    restrictedJoins: false,
    knockRestricted: false,
    integerPowerLevels: false,
    creator: 'content',
    privilegedCreators: false,
    roomIdIsCreateHash: false,
  },
  stateResolution: 'v1',
};

const V2: RoomVersionRules = { ...V1, version: '2', stateResolution: 'v2' };
const V3: RoomVersionRules = {
  ...V2,
  version: '3',
  eventIdFormat: 'hash-base64',
  eventReferences: 'ids',
  redactionsCheckedOnApplying: true,
  auth: { ...V2.auth, redactionRule: false },
};
const V4: RoomVersionRules = { ...V3, version: '4', eventIdFormat: 'hash-base64url' };
const V5: RoomVersionRules = { ...V4, version: '5', enforceKeyValidity: true };
const V6: RoomVersionRules = {
  ...V5,
  version: '6',
  maxDepth: 2n ** 53n - 1n,
  strictCanonicalJson: true,
  redaction: { ...V5.redaction, keepsAliases: false },
  auth: { ...V5.auth, aliasesRule: false, checksNotificationLevels: true },
};
const V7: RoomVersionRules = { ...V6, version: '7', auth: { ...V6.auth, knock: true } };
const V8: RoomVersionRules = {
  ...V7,
  version: '8',
  redaction: { ...V7.redaction, keepsJoinRuleAllow: true },
  auth: { ...V7.auth, restrictedJoins: true },
};
const V9: RoomVersionRules = { ...V8, version: '9', redaction: { ...V8.redaction, keepsJoinAuthorisedVia: true } };
const V10: RoomVersionRules = {
  ...V9,
  version: '10',
  auth: { ...V9.auth, knockRestricted: true, integerPowerLevels: true },
};
const V11: RoomVersionRules = {
  ...V10,
  version: '11',
  redactsIn: 'content',
  redaction: {
    ...V10.redaction,
    keepsLegacyTopLevel: false,
    keepsThirdPartyInviteSigned: true,
    keepsCreateContent: true,
    keepsInviteLevel: true,
    keepsRedacts: true,
  },
  auth: { ...V10.auth, creator: 'sender' },
};
const V12: RoomVersionRules = {
  ...V11,
  version: '12',
  roomIdFormat: 'create-event-hash',
  auth: { ...V11.auth, privilegedCreators: true, roomIdIsCreateHash: true },
  stateResolution: 'v2.1',
};

const ROOM_VERSIONS: ReadonlyMap<string, RoomVersionRules> = new Map(
  [V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12].map((rules) => [rules.version, rules]),
);

/** `undefined` for a version that Gatehouse does not know: nothing may be done with such a room's events. */
export function roomVersionRules(version: string): RoomVersionRules | undefined {
  return ROOM_VERSIONS.get(version);
}

/** All known versions, oldest first: what `make_join` offers as `ver`. */
export function knownRoomVersions(): readonly string[] {
  return [...ROOM_VERSIONS.keys()];
}
