/** Auth chains as other servers ask for them: everything that events rest on, bounded. */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { authEventIdsOf } from '../../protocol/state-resolution/auth-chains.ts';
import type { GraphEvents, KnownEvent } from '../graph/graph-events.ts';

/** More than any honest room has: the chain of a hostile one is cut here. */
const MAX_CHAIN = 100_000;

/** Oldest last; the events themselves are part of it only where others of them cite them. Rejected events authorise nothing. */
export async function authChainOf(events: GraphEvents, of: Iterable<Pdu>): Promise<ReadonlyMap<EventId, KnownEvent>> {
  const chain = new Map<EventId, KnownEvent>();
  const asked = new Set<EventId>();
  let next = citedBy(of, asked);
  while (next.length > 0 && asked.size <= MAX_CHAIN) {
    for (const eventId of next) asked.add(eventId);
    const found = await events.many(next);
    for (const [eventId, known] of found) if (!known.record.isRejected) chain.set(eventId, known);
    next = citedBy(
      [...found.values()].map((known) => known.pdu),
      asked,
    );
  }
  return chain;
}

function citedBy(pdus: Iterable<Pdu>, asked: ReadonlySet<EventId>): readonly EventId[] {
  const cited = new Set<EventId>();
  for (const pdu of pdus) for (const eventId of authEventIdsOf(pdu)) if (!asked.has(eventId)) cited.add(eventId);
  return [...cited];
}
