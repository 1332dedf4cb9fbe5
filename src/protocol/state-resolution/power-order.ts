/** Reverse topological power ordering (room version 2, "Definitions"). */
import { compareCodePoints } from '../canonical-json.ts';
import type { Pdu } from '../events.ts';
import type { EventId } from '../ids/event-id.ts';
import { ownString } from '../json.ts';
import { roomCreators, userLevel } from '../power-levels.ts';
import { authEventIdsOf, type EventLookup } from './auth-chains.ts';
import { Heap } from './heap.ts';
import { exactInteger } from './resolution.ts';

/**
 * Whether the event might remove someone's ability to do something in the room.
 * @NOTE power levels and join rules count with an empty state key only, and create events count too, as in Synapse.
 */
export function isPowerEvent(pdu: Pdu): boolean {
  switch (pdu.type) {
    case 'm.room.power_levels':
    case 'm.room.join_rules':
    case 'm.room.create':
      return pdu.stateKey === '';
    case 'm.room.member': {
      const membership = ownString(pdu.content, 'membership');
      return (membership === 'leave' || membership === 'ban') && pdu.sender !== pdu.stateKey;
    }
    default:
      return false;
  }
}

interface Node {
  readonly pdu: Pdu;
  readonly level: number;
  readonly timestamp: number | bigint;
  readonly citedBy: Node[];
  /** Auth events among the nodes that are not sorted yet. */
  waitingFor: number;
}

/**
 * The power events among those given, and what of their auth chains is among them too, sorted with Kahn's algorithm:
 * auth events first, then the greater level of the sender, the earlier timestamp, the smaller id. Events that cite one
 * another in a circle are left out.
 */
export function sortPowerEvents(conflicted: ReadonlyMap<EventId, Pdu>, events: EventLookup): Pdu[] {
  const nodes = graphOf(conflicted, events);
  const ready = new Heap<Node>(compareNodes);
  for (const node of nodes) if (node.waitingFor === 0) ready.push(node);
  const sorted: Pdu[] = [];
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    sorted.push(node.pdu);
    for (const citing of node.citedBy) {
      citing.waitingFor -= 1;
      if (citing.waitingFor === 0) ready.push(citing);
    }
  }
  return sorted;
}

function graphOf(conflicted: ReadonlyMap<EventId, Pdu>, events: EventLookup): Iterable<Node> {
  const nodes = new Map<EventId, Node>();
  const added: Node[] = [];
  const add = (pdu: Pdu): Node => {
    let node = nodes.get(pdu.eventId);
    if (node === undefined) {
      const timestamp = exactInteger(pdu, 'origin_server_ts');
      node = { pdu, level: senderLevel(pdu, events), timestamp, citedBy: [], waitingFor: 0 };
      nodes.set(pdu.eventId, node);
      added.push(node);
    }
    return node;
  };
  for (const pdu of conflicted.values()) if (isPowerEvent(pdu)) add(pdu);
  for (let node = added.pop(); node !== undefined; node = added.pop()) {
    for (const authId of new Set(authEventIdsOf(node.pdu))) {
      const auth = conflicted.get(authId);
      if (auth === undefined) continue;
      add(auth).citedBy.push(node);
      node.waitingFor += 1;
    }
  }
  return nodes.values();
}

/** The level of the sender when looking at the event's own auth events. */
function senderLevel(pdu: Pdu, events: EventLookup): number {
  let content: Pdu['content'] | undefined;
  let create: Pdu | undefined;
  for (const authId of authEventIdsOf(pdu)) {
    const auth = events(authId);
    if (auth?.stateKey !== '') continue;
    if (auth.type === 'm.room.power_levels') content = auth.content;
    if (auth.type === 'm.room.create') create = auth;
  }
  const rules = pdu.rules.auth;
  const creators = create === undefined ? new Set<string>() : roomCreators(create, rules);
  const level = userLevel({ content, creators, rules }, pdu.sender);
  return Number.isNaN(level) ? 0 : level;
}

function compareNodes(a: Node, b: Node): number {
  if (a.level !== b.level) return a.level > b.level ? -1 : 1;
  if (a.timestamp < b.timestamp) return -1;
  if (a.timestamp > b.timestamp) return 1;
  return compareCodePoints(a.pdu.eventId, b.pdu.eventId);
}
