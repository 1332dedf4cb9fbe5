/** Messages of the bot. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { NewRoomDeps } from './new-room.ts';
import { refusalOf } from './own-event.ts';

export type SendOutcome =
  | { type: 'sent'; roomId: RoomId; eventId: EventId }
  | { type: 'notJoined' }
  /** In the words of the room's policy server where it refuses. */
  | { type: 'refused'; reason: string };

/** Leaves room in an event of 65,536 bytes for everything but its text. */
const MAX_TEXT_BYTES = 56_000;

export async function sendMessage(deps: NewRoomDeps, roomId: RoomId, text: string): Promise<SendOutcome> {
  const graph = await deps.registry.graphOf(roomId);
  if (graph?.room.record.membership !== 'joined') return { type: 'notJoined' };
  if (Buffer.byteLength(JSON.stringify(text)) > MAX_TEXT_BYTES) {
    return { type: 'refused', reason: 'the text is too long for one message' };
  }
  const content = { msgtype: 'm.text', body: text };
  const sender = deps.identity.botUserId;
  const sent = await graph.send({ type: 'm.room.message', stateKey: undefined, sender, content });
  if (sent.ok) return { type: 'sent', roomId, eventId: sent.known.pdu.eventId };
  return { type: 'refused', reason: refusalOf(sent) };
}
