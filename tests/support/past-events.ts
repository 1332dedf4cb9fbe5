/** Verdicts and stored events as the policy's memory is told of them. */
import type { StreamedEvent } from '../../src/policy/memory/ports.ts';
import type { Measure } from '../../src/policy/memory/measured.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../../src/protocol/ids/room-id.ts';
import { sampleEventId, sampleVerdict } from '../contract/support/samples.ts';
import { serverNamed } from './federation-fakes.ts';

export function roomIdOf(text: string): RoomId {
  const roomId = parseRoomId(text);
  if (roomId === undefined) throw new TypeError(`${text} is no room id`);
  return roomId;
}

let verdicts = 0;

/** About an event of its own. */
export function verdictOn(
  draft: Pick<Verdict, 'sender' | 'roomId' | 'decidedAt'> & { readonly measure: Measure; readonly isRefused?: boolean },
): Verdict {
  verdicts += 1;
  const { measure, isRefused = false, ...given } = draft;
  const eventId: EventId = sampleEventId(`past ${String(verdicts)}`);
  const { decision } = sampleVerdict(isRefused ? 0 : 1);
  return { ...sampleVerdict(verdicts), ...given, eventId, revision: 1, decision, facts: { measure } };
}

export interface StreamedDraft extends Partial<StreamedEvent> {
  readonly position: number;
  readonly roomId: RoomId;
  readonly sender: string;
}

/** A message that nobody judged. */
export function streamed(draft: StreamedDraft): StreamedEvent {
  const at = draft.receivedAt ?? 0;
  return {
    ...{ raw: { content: {}, signatures: {} }, type: 'm.room.message', stateKey: undefined, originServerTs: at },
    ...{ status: 'accepted', isRejected: false, receivedFrom: serverNamed('home.test'), receivedAt: at },
    ...draft,
  };
}

/** Their own membership, or one that another gives them. */
export function member(membership: string, draft: StreamedDraft): StreamedEvent {
  const raw = { content: { membership }, signatures: {} };
  return streamed({ type: 'm.room.member', stateKey: draft.sender, raw, ...draft });
}
