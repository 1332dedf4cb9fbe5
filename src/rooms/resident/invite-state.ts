/** What comes with an invite to tell what room it is to (data/api/server-server/invites-v2.yaml, `invite_room_state`). */
import { isState } from '../../protocol/events.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { checkEvents } from '../checked-events.ts';
import type { EventVerifier } from '../ports.ts';

const MAX_EVENTS = 100;

/**
 * A sentence about what is wrong; `undefined` where nothing is. Since v1.16 the events come whole, and servers should
 * insist on it where the room's id is that of its create event.
 * @NOTE older versions are left alone, as the text allows: their servers may still send stripped state.
 */
export async function checkInviteState(
  input: { readonly roomId: RoomId; readonly rules: RoomVersionRules; readonly roomState: readonly JsonValue[] },
  verifier: EventVerifier,
  options: { readonly timeoutMs: number },
): Promise<string | undefined> {
  const { roomId, rules, roomState } = input;
  // @NOTE an empty list is let through: nothing rests on it, since all of the room's state is checked on joining.
  if (!rules.auth.roomIdIsCreateHash || roomState.length === 0) return undefined;
  if (roomState.length > MAX_EVENTS) return `invite_room_state has more than ${String(MAX_EVENTS)} events`;
  const checked = await checkEvents(roomState, rules, verifier, options);
  for (const event of checked) {
    // Where keys cannot be had nothing is known against the event.
    if (!event.ok && event.type !== 'keysUnavailable') {
      return `invite_room_state holds what is no event: ${event.detail}`;
    }
    if (event.pdu !== undefined && event.pdu.roomId !== roomId) {
      return 'invite_room_state holds an event of another room';
    }
  }
  const hasCreate = checked.some(({ pdu }) => pdu !== undefined && isState(pdu, 'm.room.create', ''));
  return hasCreate ? undefined : 'invite_room_state holds no m.room.create event';
}
