import * as z from 'zod';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { Pdu } from '../../protocol/events.ts';
import { ownObject, ownString, type JsonObject } from '../../protocol/json.ts';
import { defineFilter, excerpt, matchWhere, NO_MATCH } from './filter.ts';
import { byteSize } from './quantities.ts';

/** Namespaces of proposals and of common clients and bridges. */
const USUAL_PREFIXES = [
  'm.',
  'org.matrix.',
  'io.element.',
  'im.vector.',
  'com.beeper.',
  'fi.mau.',
  'im.fluffychat.',
  'in.cinny.',
  'chat.schildi.',
];

const settings = z.strictObject({
  more_than: z.int().min(0).max(1000).default(0).describe('How many unknown fields an event may have.'),
  bytes_more_than: byteSize.prefault(0).describe('How large they may be together, as canonical JSON.'),
  allowed_prefixes: z
    .array(z.string().min(1).max(255))
    .max(200)
    .default(USUAL_PREFIXES)
    .describe('Fields whose names begin so are no unknown ones. A list of your own takes the place of these.'),
});

export const unknownFields = defineFilter({
  name: 'unknown_fields',
  summary:
    'Events of known types with fields in their content that the specification does not know; more fields and more bytes than allowed.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: 'hello', payload: 'AAAA' } },
    ignores: { content: { msgtype: 'm.text', body: 'hello', 'org.matrix.msc0000.new': true } },
  },
  compile: ({ more_than: limit, bytes_more_than: byteLimit, allowed_prefixes: prefixes }) => {
    return ({ pdu }) => {
      const found = contentsOf(pdu).map(({ path, content, known }) => {
        const isKnown = (key: string): boolean => known.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
        return { path, content, unknown: Object.keys(content).filter((key) => !isKnown(key)) };
      });
      const count = found.reduce((sum, { unknown }) => sum + unknown.length, 0);
      if (count <= limit) return NO_MATCH;
      const bytes = found.reduce((sum, { content, unknown }) => sum + bytesOf(content, unknown), 0);
      if (bytes <= byteLimit) return NO_MATCH;
      const note = `one of ${String(count)} unknown fields of ${String(bytes)} bytes`;
      const fields = found.flatMap(({ path, unknown }) => unknown.map((key) => ({ path, key })));
      return matchWhere(
        fields
          .slice(0, MAX_EVIDENCE)
          .map(({ path, key }) => ({ path: fieldPath(path, key), matched: excerpt(key), note })),
      );
    };
  },
});

const MAX_EVIDENCE = 10;

/** Of the fields alone, each with its name. */
function bytesOf(content: JsonObject, fields: readonly string[]): number {
  if (fields.length === 0) return 0;
  const wanted = new Set(fields);
  const text = canonicalText(content, new Set(Object.keys(content).filter((key) => !wanted.has(key))));
  return Buffer.byteLength(text) - '{}'.length;
}

function fieldPath(path: string, key: string): string {
  return `${path}.${excerpt(key).replace(/[\\.]/g, '\\$&')}`;
}

interface JudgedContent {
  readonly path: string;
  readonly content: JsonObject;
  readonly known: ReadonlySet<string>;
}

/** What an edit brings is judged as if it were sent by itself. */
function contentsOf(pdu: Pdu): readonly JudgedContent[] {
  const contents: JudgedContent[] = [];
  const edited = ownObject(pdu.content, 'm.new_content');
  for (const [path, content] of [
    ['content', pdu.content],
    ['content.m\\.new_content', edited],
  ] as const) {
    if (content === undefined) continue;
    const known = knownFields(pdu.type, content);
    if (known !== undefined) contents.push({ path, content, known });
  }
  return contents;
}

/** `undefined` for types of which the specification says nothing. */
function knownFields(type: string, content: JsonObject): ReadonlySet<string> | undefined {
  return type === 'm.room.message' ? BY_MSGTYPE.get(ownString(content, 'msgtype') ?? '') : BY_TYPE.get(type);
}

/** Relations and mentions may stand in any message; `external_url` was once in the specification, and bridges send it. */
const ANY_MESSAGE = ['m.relates_to', 'm.new_content', 'm.mentions', 'external_url'];
const TEXT = ['msgtype', 'body', 'format', 'formatted_body', ...ANY_MESSAGE];
const FILE = [...TEXT, 'filename', 'info', 'url', 'file'];

function table(fields: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(fields).map(([name, known]) => [name, new Set(known)]));
}

/** Client-server API, "m.room.message msgtypes" (v1.19). */
const BY_MSGTYPE = table({
  'm.text': TEXT,
  'm.notice': TEXT,
  'm.emote': TEXT,
  'm.image': FILE,
  'm.file': FILE,
  'm.audio': FILE,
  'm.video': FILE,
  'm.location': [...TEXT, 'geo_uri', 'info'],
  'm.key.verification.request': [...TEXT, 'from_device', 'methods', 'to', 'timestamp'],
  'm.server_notice': [...TEXT, 'server_notice_type', 'admin_contact', 'limit_type'],
});

const CALL = ['call_id', 'party_id', 'version', 'sdp_stream_metadata'];
const POLICY_RULE = ['entity', 'reason', 'recommendation'];

/** data/event-schemas (v1.19). */
const BY_TYPE = table({
  'm.reaction': ['m.relates_to'],
  'm.sticker': ['body', 'info', 'url', 'file', ...ANY_MESSAGE],
  'm.room.redaction': ['reason', 'redacts'],
  'm.room.member': [
    'membership',
    'displayname',
    'avatar_url',
    'reason',
    'is_direct',
    'join_authorised_via_users_server',
    'third_party_invite',
    'redact_events',
  ],
  'm.room.name': ['name'],
  'm.room.topic': ['topic', 'm.topic'],
  'm.room.avatar': ['url', 'info'],
  'm.room.canonical_alias': ['alias', 'alt_aliases'],
  'm.room.create': ['additional_creators', 'creator', 'm.federate', 'predecessor', 'room_version', 'type'],
  'm.room.encryption': ['algorithm', 'rotation_period_ms', 'rotation_period_msgs'],
  'm.room.guest_access': ['guest_access'],
  'm.room.history_visibility': ['history_visibility'],
  'm.room.join_rules': ['join_rule', 'allow'],
  'm.room.pinned_events': ['pinned'],
  'm.room.policy': ['via', 'public_keys', 'public_key'],
  'm.room.power_levels': [
    ...['ban', 'kick', 'redact', 'invite', 'events', 'events_default', 'state_default', 'users', 'users_default'],
    'notifications',
  ],
  'm.room.server_acl': ['allow', 'deny', 'allow_ip_literals'],
  'm.room.third_party_invite': ['display_name', 'key_validity_url', 'public_key', 'public_keys'],
  'm.room.tombstone': ['body', 'replacement_room'],
  'm.space.child': ['via', 'order', 'suggested'],
  'm.space.parent': ['via', 'canonical'],
  'm.policy.rule.user': POLICY_RULE,
  'm.policy.rule.server': POLICY_RULE,
  'm.policy.rule.room': POLICY_RULE,
  'm.call.invite': [...CALL, 'invitee', 'lifetime', 'offer'],
  'm.call.answer': [...CALL, 'answer'],
  'm.call.candidates': [...CALL, 'candidates'],
  'm.call.hangup': [...CALL, 'reason'],
  'm.call.negotiate': [...CALL, 'description', 'lifetime'],
  'm.call.reject': [...CALL, 'reason'],
  'm.call.select_answer': [...CALL, 'selected_party_id'],
  'm.call.sdp_stream_metadata_changed': CALL,
});
