/** Stored events as people read them. */
import type { EventAnswer } from './owner-answers.ts';
import { statusInWords } from './room-text.ts';
import { fields } from './table.ts';

const POLICY_SIGNATURES: Readonly<Record<EventAnswer['policy_signature'], string>> = {
  valid: 'present',
  wrong: 'present, but wrong',
  missing: 'missing',
  notNamed: 'none needed: the room names no policy server',
  notNeeded: 'none needed: no policy server is asked about this event',
};

export function describeEvent(event: EventAnswer): string {
  const status = statusInWords(event.status);
  return fields([
    ['event', event.event_id],
    ['room', event.room_id],
    ['type', event.type],
    ['state key', event.state_key === '' ? '""' : event.state_key],
    ['sender', event.sender],
    ['sent', timeInWords(event.origin_server_ts)],
    ['status', event.is_rejected && event.status !== 'rejected' ? `${status}, rejected` : status],
    ['reason', event.reason],
    ['depth', String(event.depth)],
    ['after', listInWords(event.prev_events)],
    ['authorised by', listInWords(event.auth_events)],
    ['state before', event.state_before],
    ['state after', event.state_after],
    ['redacted by', event.redacted_by],
    ['policy signature', POLICY_SIGNATURES[event.policy_signature]],
    ['received', `${timeInWords(event.received_at)} from ${event.received_from}`],
  ]);
}

function listInWords(eventIds: readonly string[]): string {
  return eventIds.length === 0 ? 'nothing' : eventIds.join(' ');
}

/** Events may claim any time, also such as no calendar has. */
function timeInWords(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}
