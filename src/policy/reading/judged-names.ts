/** Display names that an event brings, or that its sender goes by. */
import type { Pdu } from '../../protocol/events.ts';
import { ownString } from '../../protocol/json.ts';

export interface JudgedName {
  /** Where in the event it stands; `sender` where it is the sender's in the room. */
  readonly path: string;
  readonly name: string;
}

/** Which names are looked at: those that member events bring, the sender's in the room, or both. */
export const NAMES_OF = ['new_names', 'sender', 'both'] as const;
export type NamesOf = (typeof NAMES_OF)[number];

export function judgedNames(pdu: Pdu, senderDisplayName: string | undefined, of: NamesOf): readonly JudgedName[] {
  const names: JudgedName[] = [];
  const brought = of === 'sender' ? undefined : broughtName(pdu);
  if (brought !== undefined) names.push({ path: 'content.displayname', name: brought });
  // Who changes their name goes by the new one from then on.
  if (of !== 'new_names' && pdu.type !== 'm.room.member' && senderDisplayName !== undefined) {
    names.push({ path: 'sender', name: senderDisplayName });
  }
  return names;
}

/** The name that a join, a knock, an invite or a change of profile gives somebody. */
function broughtName(pdu: Pdu): string | undefined {
  if (pdu.type !== 'm.room.member') return undefined;
  const name = ownString(pdu.content, 'displayname');
  return name === '' ? undefined : name;
}

/** Who gets the name. */
export function namedUser(pdu: Pdu): string {
  return pdu.type === 'm.room.member' ? (pdu.stateKey ?? pdu.sender) : pdu.sender;
}
