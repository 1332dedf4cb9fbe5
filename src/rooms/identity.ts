/** Who we are towards other servers, and how our own membership events are made. */
import type { SigningKey } from '../protocol/ed25519.ts';
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import { own, withKeys, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { hashAndSignEvent, signEvent } from '../protocol/signing.ts';

export interface Identity {
  readonly serverName: ServerName;
  readonly botUserId: UserId;
  readonly botDisplayName: string;
  /** The published key; may be rotated while the server runs. */
  readonly serverKey: () => SigningKey;
  readonly policyKey: SigningKey;
}

/** Fields of a template that an event of ours takes over; anything else that a server puts there is left out. */
const FROM_TEMPLATE = ['prev_events', 'auth_events', 'depth', 'room_id'];

/**
 * Our membership event from the template of `make_join` or `make_leave`, signed with both keys: as a homeserver's event
 * it needs the published one, as an event in a room that we protect the policy key's too (server-server API,
 * "Policy Servers").
 */
export function makeOwnMembership(
  identity: Identity,
  rules: RoomVersionRules,
  template: JsonObject,
  membership: { content: JsonObject; originServerTs: number; eventId: string },
): { ok: true; pdu: Pdu } | { ok: false; detail: string } {
  const draft = new Map<string, JsonValue | undefined>(FROM_TEMPLATE.map((key) => [key, own(template, key)]));
  draft.set('type', 'm.room.member');
  draft.set('sender', identity.botUserId);
  draft.set('state_key', identity.botUserId);
  draft.set('content', membership.content);
  draft.set('origin', identity.serverName);
  draft.set('origin_server_ts', membership.originServerTs);
  if (rules.eventIdFormat === 'opaque') draft.set('event_id', membership.eventId);
  const signed = hashAndSignEvent(withKeys({}, draft), rules, identity.serverName, identity.serverKey());
  const parsed = parsePdu(signEvent(signed, rules, identity.serverName, identity.policyKey), rules);
  return parsed.ok ? parsed : { ok: false, detail: parsed.reason.detail };
}
