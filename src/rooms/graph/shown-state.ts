/** What readers see of a room's state, and how a change alters it: found out before it is stored, shown right after. */
import type { Pdu } from '../../protocol/events.ts';
import type { Room } from '../room.ts';
import type { EventSource } from './graph-events.ts';
import type { StateId } from './ports.ts';
import type { ReceiptInput } from './receipt.ts';
import { withoutRedacted } from './redactions.ts';
import type { RoomStates } from './room-states.ts';

/** One key of the state: the event that is there now, if there is one. */
export interface ShownChange {
  readonly type: string;
  readonly stateKey: string;
  readonly pdu: Pdu | undefined;
}

interface StateInSight {
  readonly currentState: StateId;
  readonly states: RoomStates;
  readonly events: EventSource;
}

/** From one state to the current one: only what differs is looked at. */
export async function stateChanges(now: StateInSight, before: StateId): Promise<readonly ShownChange[]> {
  const changes = await now.states.difference(before, now.currentState);
  const events = await now.events.many(changes.flatMap(({ after }) => after ?? []));
  return changes.map(({ type, stateKey, after }) => {
    const known = after === undefined ? undefined : events.get(after);
    return { type, stateKey, pdu: known === undefined ? undefined : withoutRedacted(known) };
  });
}

/** Of state that a change has redacted readers see what is left of it. */
export async function shownChanges(input: ReceiptInput, before: StateId): Promise<readonly ShownChange[]> {
  const { states, events, heads } = input;
  const changes = await stateChanges({ currentState: heads.currentState, states, events }, before);
  const redacted: ShownChange[] = [];
  for (const known of (await events.many(events.redactions.keys())).values()) {
    const { type, stateKey, eventId } = known.pdu;
    if (stateKey === undefined) continue;
    const current = await states.event(heads.currentState, type, stateKey);
    if (current?.pdu.eventId === eventId) redacted.push({ type, stateKey, pdu: withoutRedacted(known) });
  }
  return [...changes, ...redacted];
}

export function show(room: Room, { type, stateKey, pdu }: ShownChange): void {
  if (pdu === undefined) room.removeState(type, stateKey);
  else room.putState(pdu, stateKey);
}
