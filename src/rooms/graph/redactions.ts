/** Which event a redaction redacts, if it may (content/rooms/v3.md, "Handling redactions"; rule 11 of versions 1 and 2). */
import { parsePdu, type Pdu } from '../../protocol/events.ts';
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import { serverNameOf } from '../../protocol/ids/user-id.ts';
import { ownString } from '../../protocol/json.ts';
import { namedLevel, roomCreators, userLevel } from '../../protocol/power-levels.ts';
import { redact } from '../../protocol/redaction.ts';
import type { AuthState } from '../../protocol/auth-rules/auth-state.ts';
import type { KnownEvent } from './graph-events.ts';
import type { RedactionAhead } from './ports.ts';

/** @NOTE as in Synapse; until version 10 a redacted create event would lack the room's version, and nobody could join. */
const NEVER_REDACTED: ReadonlySet<string> = new Set(['m.room.create', 'm.room.redaction']);

/**
 * What an accepted redaction is about; `undefined` for what is no redaction. `of`: it counts only for events of users of
 * that server, as its sender may not redact what others have sent.
 */
export function readRedaction(pdu: Pdu, state: AuthState): RedactionAhead | undefined {
  if (pdu.type !== 'm.room.redaction' || pdu.stateKey !== undefined) return undefined;
  const text = ownString(pdu.rules.redactsIn === 'content' ? pdu.content : pdu.raw, 'redacts');
  const target = text === undefined ? undefined : parseEventId(text);
  if (target === undefined) return undefined;
  const mayRedactAny = !pdu.rules.redactionsCheckedOnApplying || mayRedactAll(pdu, state);
  return { target, redaction: pdu.eventId, of: mayRedactAny ? undefined : serverNameOf(pdu.sender) };
}

/** The redaction among these that applies to an event. */
export function redactionFor(
  pdu: Pdu,
  redactions: readonly Pick<RedactionAhead, 'redaction' | 'of'>[],
): EventId | undefined {
  if (redactions.length === 0 || NEVER_REDACTED.has(pdu.type)) return undefined;
  const server = serverNameOf(pdu.sender);
  return redactions.find(({ of }) => of === undefined || of === server)?.redaction;
}

function mayRedactAll(pdu: Pdu, state: AuthState): boolean {
  const create = state.get('m.room.create', '');
  const levels = {
    content: state.get('m.room.power_levels', '')?.content,
    creators: create === undefined ? new Set<string>() : roomCreators(create, pdu.rules.auth),
    rules: pdu.rules.auth,
  };
  return userLevel(levels, pdu.sender) >= namedLevel(levels, 'redact');
}

/**
 * What is left of the event once it is redacted: a topic or a policy server has no effect any more. @NOTE as in Synapse,
 * the auth rules and state resolution go on with the event as it was.
 */
export function withoutRedacted({ pdu, record }: KnownEvent): Pdu {
  if (record.redactedBy === undefined) return pdu;
  const redacted = parsePdu(redact(pdu.raw, pdu.rules.redaction), pdu.rules, pdu.eventId);
  if (!redacted.ok) throw new Error(`the event ${pdu.eventId} is none once it is redacted: ${redacted.reason.detail}`);
  return redacted.pdu;
}
