/** Membership events that other servers hand in: checked, countersigned where one of our users vouches, sent to the room. */
import { parsePdu, type Pdu } from '../../protocol/events.ts';
import { checkContentHash } from '../../protocol/hashes.ts';
import { parseUserId, serverNameOf } from '../../protocol/ids/user-id.ts';
import { ownString, type JsonObject } from '../../protocol/json.ts';
import { signEvent } from '../../protocol/signing.ts';
import type { KnownEvent } from '../graph/graph-events.ts';
import type { StateId } from '../graph/ports.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import { openedTo, type ResidentDeps, type RoomQuestion } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { authoriserFor } from './restricted-join.ts';

export interface SendMembershipInput extends RoomQuestion {
  /** From the path. */
  readonly eventId: string;
  readonly event: JsonObject;
}

export interface TakenMembership {
  readonly graph: RoomGraph;
  readonly known: KnownEvent;
  readonly stateBefore: StateId;
}

export type SendDeps = Pick<ResidentDeps, 'registry' | 'identity' | 'verifier'>;

const VERIFY_TIMEOUT_MS = 10_000;

export async function takeMembership(
  deps: SendDeps,
  input: SendMembershipInput,
  membership: 'join' | 'leave' | 'knock',
): Promise<Outcome<TakenMembership>> {
  const opened = await openedTo(deps, input);
  if (!opened.ok) return opened;
  const graph = opened.value;
  const parsed = parsePdu(input.event, graph.room.rules);
  if (!parsed.ok) return refused({ type: 'malformed', detail: parsed.reason.detail });
  const wrong = whatIsWrong(parsed.pdu, input, membership);
  if (wrong !== undefined) return refused({ type: 'invalid', detail: wrong });
  const countersigned = membership === 'join' ? await countersign(deps, graph, parsed.pdu) : granted(parsed.pdu);
  if (!countersigned.ok) return countersigned;
  const pdu = countersigned.value;
  const [signatures] = await deps.verifier.verifyAll([pdu], { timeoutMs: VERIFY_TIMEOUT_MS });
  if (signatures?.ok === false) {
    const { type, detail } = signatures.reason;
    return refused(type === 'signature' ? { type: 'invalid', detail } : { type, detail });
  }
  const submitted = await graph.submit(pdu, input.origin);
  if (submitted.ok) return granted({ graph, known: submitted.known, stateBefore: submitted.stateBefore });
  const { outcome, reason, policyReason } = submitted;
  const isUnplaced = outcome === 'dropped' || outcome === 'missingAuth' || outcome === 'missingState';
  // "Policy Servers": what the policy server says is passed on as it is.
  const detail = policyReason ?? `The event is refused: ${reason}.`;
  return refused({ type: isUnplaced ? 'invalid' : 'forbidden', detail });
}

/** The checks that the text asks of the receiving server; a sentence about the first that fails. */
function whatIsWrong(pdu: Pdu, input: SendMembershipInput, membership: string): string | undefined {
  if (pdu.roomId !== input.roomId) return 'The event belongs to another room than the path says.';
  if (pdu.eventId !== input.eventId) return 'The event has another id than the path says.';
  if (pdu.type !== 'm.room.member') return 'The event is no m.room.member event.';
  if (ownString(pdu.content, 'membership') !== membership) return `The membership is not ${membership}.`;
  if (serverNameOf(pdu.sender) !== input.origin) return 'The sender is no user of the server that sends the event.';
  if (pdu.stateKey !== pdu.sender) return 'The state_key is not the sender.';
  if (checkContentHash(pdu.raw) !== 'match') return 'The content hash does not match.';
  return undefined;
}

/**
 * Where one of our users vouches for a join, our signature says that the conditions are met, so they are checked now and
 * not only when the template was made.
 */
async function countersign(deps: SendDeps, graph: RoomGraph, pdu: Pdu): Promise<Outcome<Pdu>> {
  const { serverName, serverKey } = deps.identity;
  const { rules } = graph.room;
  if (!rules.auth.restrictedJoins) return granted(pdu);
  const named = parseUserId(ownString(pdu.content, 'join_authorised_via_users_server') ?? '');
  if (named === undefined || serverNameOf(named) !== serverName) return granted(pdu);
  const authoriser = await authoriserFor(deps, graph, pdu.sender);
  if (!authoriser.ok) return authoriser;
  const signed = parsePdu(signEvent(pdu.raw, rules, serverName, serverKey()), rules);
  return signed.ok ? granted(signed.pdu) : refused({ type: 'malformed', detail: signed.reason.detail });
}
