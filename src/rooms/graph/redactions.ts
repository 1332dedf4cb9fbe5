/** Which event a redaction redacts, if it may (content/rooms/v3.md, "Handling redactions"; rule 11 of versions 1 and 2). */
import type { Pdu } from '../../protocol/events.ts';
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import { serverNameOf } from '../../protocol/ids/user-id.ts';
import { ownString } from '../../protocol/json.ts';
import { namedLevel, roomCreators, userLevel } from '../../protocol/power-levels.ts';
import type { AuthState } from '../../protocol/auth-rules/auth-state.ts';
import type { KnownEvent } from './graph-events.ts';

/**
 * `undefined` for what is no redaction, and for one whose sender may neither redact everything nor is of the target's
 * server. A target that is not known yet counts only for those who may redact everything.
 */
export async function redactionTarget(
  pdu: Pdu,
  state: AuthState,
  find: (eventId: EventId) => Promise<KnownEvent | undefined>,
): Promise<EventId | undefined> {
  if (pdu.type !== 'm.room.redaction' || pdu.stateKey !== undefined) return undefined;
  const text = ownString(pdu.rules.redactsIn === 'content' ? pdu.content : pdu.raw, 'redacts');
  const target = text === undefined ? undefined : parseEventId(text);
  if (target === undefined || !pdu.rules.redactionsCheckedOnApplying || mayRedactAll(pdu, state)) return target;
  const known = await find(target);
  return known !== undefined && serverNameOf(known.pdu.sender) === serverNameOf(pdu.sender) ? target : undefined;
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
