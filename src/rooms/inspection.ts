/** What is stored of a room's graph and of single events, as commands show it. */
import { verifyText } from '../protocol/ed25519.ts';
import { isState, signableText, type Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { POLICY_KEY_ID } from '../protocol/ids/key-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { POLICY_EVENT_TYPE } from '../protocol/room-policy.ts';
import { signaturesBy } from '../protocol/signing.ts';
import type { KnownEvent } from './graph/graph-events.ts';
import type { EventStatus, GraphStore, NewEvent } from './graph/ports.ts';
import type { RoomGraph } from './graph/room-graph.ts';
import type { Room } from './room.ts';
import type { RoomRegistry } from './room-registry.ts';

export interface UnacceptedEvent {
  readonly eventId: EventId;
  readonly type: string;
  readonly sender: string;
  readonly status: EventStatus;
  readonly reason: string | undefined;
  readonly receivedFrom: ServerName;
  readonly receivedAt: number;
  /**
   * Soft-failed, and by its depth of the time before the bot joined: somebody has sent it again. Of honest servers such
   * events are history that no longer fits the room, an invite of somebody who is in it by now. Depths can be forged.
   */
  readonly isFromBefore: boolean;
}

export interface GraphOverview {
  /** How many forward extremities there are. */
  readonly extremities: number;
  readonly events: Readonly<Partial<Record<EventStatus, number>>>;
  /** The latest that were rejected or soft-failed, newest first. */
  readonly unaccepted: readonly UnacceptedEvent[];
}

/** `notNamed`: the room names no policy server; `notNeeded`: no policy server is asked about such an event. */
export type PolicySignature = 'valid' | 'wrong' | 'missing' | 'notNamed' | 'notNeeded';

export interface EventDetails {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly originServerTs: number;
  readonly depth: number;
  readonly status: EventStatus;
  readonly isRejected: boolean;
  readonly reason: string | undefined;
  readonly stateBefore: string | undefined;
  readonly stateAfter: string | undefined;
  readonly prevEvents: readonly EventId[];
  readonly authEvents: readonly EventId[];
  readonly redactedBy: EventId | undefined;
  /** By the policy server that the room names now. */
  readonly policySignature: PolicySignature;
  readonly receivedFrom: ServerName;
  readonly receivedAt: number;
}

export interface InspectionDeps {
  readonly registry: RoomRegistry;
  readonly graph: GraphStore;
}

const LATEST_UNACCEPTED = 10;
const MAX_ROOMS_OF_EVENT = 10;

/** `undefined` where the room is not known. */
export async function overviewOf(deps: InspectionDeps, roomId: RoomId): Promise<GraphOverview | undefined> {
  const graph = await deps.registry.graphOf(roomId);
  if (graph === undefined) return undefined;
  const { counts, unaccepted } = await deps.graph.overview(roomId, LATEST_UNACCEPTED);
  const [latest] = graph.room.record.joins ?? [];
  const join = latest === undefined ? undefined : (await graph.events.get(latest))?.record;
  return {
    extremities: graph.extremities.length,
    events: counts,
    unaccepted: unaccepted.map((event) => {
      const { eventId, type, sender, status, reason, receivedFrom, receivedAt } = event;
      const isFromBefore = join !== undefined && isFromBeforeJoin(event, join);
      return { eventId, type, sender, status, reason, receivedFrom, receivedAt, isFromBefore };
    }),
  };
}

/** What had come during an earlier stay of the bot is not meant. */
function isFromBeforeJoin({ status, depth, receivedAt }: NewEvent, join: NewEvent): boolean {
  return status === 'softFailed' && depth < join.depth && receivedAt >= join.receivedAt;
}

/** `undefined` where the event is not known. */
export async function eventDetails(deps: InspectionDeps, eventId: EventId): Promise<EventDetails | undefined> {
  const found: EventDetails[] = [];
  for (const roomId of await deps.graph.roomsOf(eventId, MAX_ROOMS_OF_EVENT)) {
    const graph = await deps.registry.graphOf(roomId);
    const known = await graph?.events.get(eventId);
    if (graph !== undefined && known !== undefined) found.push(detailsOf(graph, known));
  }
  // Where several rooms have the id, which happens in room versions 1 and 2, what was refused is least of interest.
  return found.find(({ status }) => status === 'accepted') ?? found[0];
}

function detailsOf(graph: RoomGraph, { pdu, record }: KnownEvent): EventDetails {
  const { eventId } = pdu;
  const { type, stateKey, sender, originServerTs, depth, prevEvents, authEvents } = pdu;
  const { status, isRejected, reason, stateBefore, stateAfter, redactedBy, receivedFrom, receivedAt } = record;
  return {
    ...{ eventId, roomId: graph.room.roomId, type, stateKey, sender, originServerTs, depth },
    ...{ status, isRejected, reason, stateBefore, stateAfter, prevEvents, authEvents, redactedBy },
    ...{ policySignature: policySignature(graph.room, pdu), receivedFrom, receivedAt },
  };
}

function policySignature(room: Room, pdu: Pdu): PolicySignature {
  if (isState(pdu, POLICY_EVENT_TYPE, '')) return 'notNeeded';
  const policy = room.policy();
  if (policy === undefined) return 'notNamed';
  const signature = signaturesBy(pdu.raw, policy.via).get(POLICY_KEY_ID);
  if (signature === undefined) return 'missing';
  return verifyText(policy.publicKey, signableText(pdu), signature) ? 'valid' : 'wrong';
}
