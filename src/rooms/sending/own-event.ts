/** Events of ours inside a change of a room: tried out before anyone is asked, or added one after another. */
import { checkAuthAgainstState } from '../../protocol/auth-rules/check-auth.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { receive, type ReceiptInput, type ReceivedEvent } from '../graph/receipt.ts';
import type { RoomGraph, SubmitResult } from '../graph/room-graph.ts';
import type { Identity } from '../identity.ts';
import { draftEvent, signDraft, type EventDraft } from './build-event.ts';

export interface OwnEventInput {
  readonly identity: Identity;
  readonly room: { readonly roomId: string; readonly rules: RoomVersionRules };
  readonly draft: EventDraft;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Signed by us and by the room's policy server, allowed as the room is now; or why not. Nothing is stored. */
export async function tryOwnEvent(
  graph: RoomGraph,
  { identity, room, draft, now }: OwnEventInput,
): Promise<{ ok: true; pdu: Pdu } | { ok: false; reason: string }> {
  return await graph.change(async (input) => {
    const pdu = signDraft(identity, room.rules, await draftEvent(input, room, draft, now));
    const state = input.heads.currentState;
    const verdict = checkAuthAgainstState(pdu, await input.states.authStateFor(state, pdu));
    if (!verdict.allowed) return { ok: false, reason: notAllowed(verdict) };
    return await input.policyCheck(pdu, state);
  });
}

/** Adds an event on top of what the change has added before; one that is not accepted is taken back. */
export async function addOwnEvent(
  input: ReceiptInput,
  { identity, room, draft, now }: OwnEventInput,
): Promise<ReceivedEvent> {
  const pdu = signDraft(identity, room.rules, await draftEvent(input, room, draft, now));
  const received = await receive(input, pdu, identity.serverName);
  if (received.outcome !== 'accepted') input.events.drop(pdu.eventId);
  return received;
}

/** Why an event of ours was refused; a policy server's own words where it was that. */
export function refusalOf(result: Extract<SubmitResult, { ok: false }>): string {
  return result.policyReason ?? result.reason;
}

function notAllowed({ rule, reason }: { readonly rule: string; readonly reason: string }): string {
  return `the room does not allow it: ${reason} (rule ${rule})`;
}
