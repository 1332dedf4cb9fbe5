/** A room's past for other servers in it: `backfill`, `get_missing_events`, `event`, `timestamp_to_event`. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { KnownEvent } from '../graph/graph-events.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import { residentIn, isIn, sharedWith, type ResidentDeps, type RoomQuestion } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { redactedText, servedText } from './served-events.ts';
import { ServerVisibility } from './visibility.ts';

export interface BackfillInput extends RoomQuestion {
  readonly from: readonly EventId[];
  readonly limit: number;
}

export interface MissingEventsInput extends RoomQuestion {
  readonly latest: readonly EventId[];
  readonly earliest: readonly EventId[];
  readonly minDepth: number;
  readonly limit: number;
}

const MAX_BACKFILL = 100;
const MAX_MISSING = 50;
const MAX_STARTS = 20;
const MAX_ROOMS_OF_EVENT = 10;
/** Rejected events are walked through and not counted, so steps are. */
const MAX_STEPS = 500;

/** The events given and those before them, newest first, as JSON text. */
export async function backfill(deps: Pick<ResidentDeps, 'registry'>, ask: BackfillInput): Promise<Outcome<string[]>> {
  const shared = await sharedWith(deps, ask);
  if (!shared.ok) return shared;
  const limit = Math.min(ask.limit, MAX_BACKFILL);
  const { found, isWhole } = await walkBack(shared.value, ask.from.slice(0, MAX_STARTS), { limit, isEnd: () => false });
  // Servers take whatever they get for all there is, and we have nothing from before our join: others may have more.
  if (!isWhole && hasOthers(shared.value, ask.origin)) return refused({ type: 'unknownEvent' });
  return granted(await asSeenBy(shared.value, ask.origin, found));
}

function hasOthers({ room }: RoomGraph, asker: ServerName): boolean {
  const ours = room.serverName;
  return [...room.joinedServers().keys()].some((serverName) => serverName !== ours && serverName !== asker);
}

/** What lies between `earliest` and `latest`, neither included, oldest first, as JSON text. */
export async function missingEvents(
  deps: Pick<ResidentDeps, 'registry'>,
  ask: MissingEventsInput,
): Promise<Outcome<string[]>> {
  const shared = await sharedWith(deps, ask);
  if (!shared.ok) return shared;
  const { events } = shared.value;
  const latest = await events.many(ask.latest.slice(0, MAX_STARTS));
  const ends = new Set([...ask.earliest, ...ask.latest]);
  const starts = [...latest.values()].flatMap((known) => known.pdu.prevEvents);
  const { found } = await walkBack(shared.value, starts, {
    limit: Math.min(ask.limit, MAX_MISSING),
    isEnd: ({ pdu }) => ends.has(pdu.eventId) || pdu.depth < ask.minDepth,
  });
  return granted(await asSeenBy(shared.value, ask.origin, found.reverse()));
}

/**
 * Back along `prev_events`, the deepest known first. It is not whole where it ends because something is not known, or is
 * known without its state, which who takes these events will ask for. Rejected events are left out, soft-failed ones are found only where
 * others cite them.
 */
async function walkBack(
  { events }: RoomGraph,
  starts: readonly EventId[],
  bounds: { readonly limit: number; readonly isEnd: (known: KnownEvent) => boolean },
): Promise<{ found: KnownEvent[]; isWhole: boolean }> {
  const found: KnownEvent[] = [];
  const met = new Set<EventId>(starts);
  const open = await openable(events, starts, bounds.isEnd);
  let isWhole = open.length === starts.length;
  for (let step = 0; open.length > 0 && found.length < bounds.limit && step < MAX_STEPS; step += 1) {
    open.sort((a, b) => a.pdu.depth - b.pdu.depth);
    const known = open.pop();
    if (known === undefined) break;
    if (!known.record.isRejected && known.record.status !== 'outlier') found.push(known);
    const earlier = known.pdu.prevEvents.filter((eventId) => !met.has(eventId));
    for (const eventId of earlier) met.add(eventId);
    const next = await openable(events, earlier, bounds.isEnd);
    isWhole &&= next.length === earlier.length && known.record.stateBefore !== undefined;
    open.push(...next);
  }
  return { found, isWhole };
}

async function openable(
  events: RoomGraph['events'],
  eventIds: readonly EventId[],
  isEnd: (known: KnownEvent) => boolean,
): Promise<KnownEvent[]> {
  return [...(await events.many(eventIds)).values()].filter((known) => !isEnd(known));
}

/** @NOTE as in Synapse, what the server may not see is redacted rather than left out, so that the graph has no holes. */
async function asSeenBy(graph: RoomGraph, origin: ServerName, found: readonly KnownEvent[]): Promise<string[]> {
  const visibility = new ServerVisibility(graph, origin);
  const texts: string[] = [];
  for (const known of found) texts.push((await visibility.sees(known)) ? servedText(known) : redactedText(known));
  return texts;
}

/** One event as JSON text; the rooms that have it are found out from its id. The ACL is not asked: the text does not list this endpoint. */
export async function eventById(
  deps: Pick<ResidentDeps, 'registry' | 'graph'>,
  ask: { readonly origin: ServerName; readonly eventId: EventId },
): Promise<Outcome<string>> {
  const answers: Outcome<string>[] = [];
  // In room versions 1 and 2 another room may have an event with the same id.
  for (const roomId of await deps.graph.roomsOf(ask.eventId, MAX_ROOMS_OF_EVENT)) {
    const answer = await eventIn(await residentIn(deps, roomId), ask);
    if (answer.ok) return answer;
    answers.push(answer);
  }
  return answers[0] ?? refused({ type: 'unknownEvent' });
}

async function eventIn(
  graph: RoomGraph | undefined,
  ask: { readonly origin: ServerName; readonly eventId: EventId },
): Promise<Outcome<string>> {
  const known = await graph?.events.get(ask.eventId);
  if (graph === undefined || known === undefined || known.record.isRejected) return refused({ type: 'unknownEvent' });
  if (!isIn(graph, ask.origin)) return refused({ type: 'hostNotInRoom' });
  if (await new ServerVisibility(graph, ask.origin).sees(known)) return granted(servedText(known));
  // State authorises what the server may see, and does so redacted too.
  return known.pdu.stateKey === undefined ? refused({ type: 'unknownEvent' }) : granted(redactedText(known));
}

/** The event nearest to a time; none where that is one that the server may not see. */
export async function eventNear(
  deps: Pick<ResidentDeps, 'registry' | 'graph'>,
  ask: RoomQuestion & { readonly timestamp: number; readonly direction: 'f' | 'b' },
): Promise<Outcome<{ eventId: EventId; originServerTs: number }>> {
  const shared = await sharedWith(deps, ask);
  if (!shared.ok) return shared;
  const nearest = await deps.graph.eventNear(ask.roomId, ask.timestamp, ask.direction);
  const known = nearest === undefined ? undefined : await shared.value.events.get(nearest.eventId);
  if (known === undefined || !(await new ServerVisibility(shared.value, ask.origin).sees(known))) {
    return refused({ type: 'unknownEvent' });
  }
  return granted({ eventId: known.pdu.eventId, originServerTs: known.pdu.originServerTs });
}
