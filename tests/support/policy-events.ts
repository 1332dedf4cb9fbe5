/** Events and facts for tests of the policy alone. */
import type { Facts } from '../../src/policy/facts.ts';
import type { Check, FilterResult } from '../../src/policy/filters/filter.ts';
import type { Pdu } from '../../src/protocol/events.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { serverNamed, testKey } from './federation-fakes.ts';
import { RoomBuilder, type Draft, type Signer } from './room-builder.ts';

export const SIGNER: Signer = { serverName: serverNamed('home.test'), key: testKey() };

const room = new RoomBuilder('11', SIGNER);

/** An event of version 11 in a room of its own. */
export function eventOf(draft: Draft): Pdu {
  return room.parse(room.make(draft));
}

export function messageOf(content: JsonObject): Pdu {
  return eventOf({ type: 'm.room.message', content: { msgtype: 'm.text', ...content } });
}

export const ORDINARY_FACTS: Facts = {
  senderPowerLevel: 0,
  senderIsModerator: false,
  senderMembership: 'join',
  concernsBot: false,
};

/** What a filter says about an event; fails where its settings switch it off. */
export function judge(check: Check | undefined, pdu: Pdu): FilterResult {
  if (check === undefined) throw new TypeError('the filter is switched off');
  return check(pdu, ORDINARY_FACTS);
}
