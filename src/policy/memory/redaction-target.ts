/** Whose event a redaction is about. */
import type { Pdu } from '../../protocol/events.ts';
import { parseEventId, type EventId } from '../../protocol/ids/event-id.ts';
import { ownString } from '../../protocol/json.ts';
import type { EventSenders } from '../ports.ts';
import type { Source } from '../questions.ts';

/** Null where the event is no redaction, names no event, or one that is not known here. */
export function redactionTargets(events: EventSenders): Source<'redactionTarget'> {
  return async (_question, { event: { pdu } }) => {
    const target = redactedEvent(pdu);
    const sender = target === undefined ? undefined : await events.senderOf(pdu.roomId, target);
    return { state: 'known', value: sender ?? null };
  };
}

/** The event that a redaction redacts, where its room version says that it stands (rooms/v11, "Redactions"). */
export function redactedEvent(pdu: Pdu): EventId | undefined {
  if (pdu.type !== 'm.room.redaction') return undefined;
  const text = ownString(pdu.rules.redactsIn === 'content' ? pdu.content : pdu.raw, 'redacts');
  return text === undefined ? undefined : parseEventId(text);
}
