/** Orders for batches of events. What an event cites decides, never the depth that it claims. */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { authEventIdsOf } from '../../protocol/state-resolution/auth-chains.ts';

/** Each event after those of its previous events that are in the batch, the shallower branches first. */
export function previousFirst(pdus: readonly Pdu[]): readonly Pdu[] {
  const byDepth = [...pdus].sort((a, b) => a.depth - b.depth);
  return citedFirst(byDepth, (pdu) => pdu.prevEvents);
}

/** Each event after those of its auth events that are in the batch; the create event counts where it is not cited. */
export function authEventsFirst(pdus: readonly Pdu[]): readonly Pdu[] {
  return citedFirst(pdus, authEventIdsOf);
}

/** Goes down with a stack of its own, for chains may be long; a cycle, which versions 1 and 2 can claim, is cut somewhere. */
function citedFirst(pdus: readonly Pdu[], citedBy: (pdu: Pdu) => readonly EventId[]): readonly Pdu[] {
  const byId = new Map(pdus.map((pdu) => [pdu.eventId, pdu]));
  const entered = new Set<EventId>();
  const ordered: Pdu[] = [];
  for (const root of byId.values()) {
    if (entered.has(root.eventId)) continue;
    entered.add(root.eventId);
    const stack = [{ pdu: root, cited: citedBy(root), next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const eventId = top.cited[top.next];
      top.next += 1;
      const cited = eventId === undefined || entered.has(eventId) ? undefined : byId.get(eventId);
      if (cited !== undefined) {
        entered.add(cited.eventId);
        stack.push({ pdu: cited, cited: citedBy(cited), next: 0 });
      } else if (eventId === undefined) {
        ordered.push(top.pdu);
        stack.pop();
      }
    }
  }
  return ordered;
}
