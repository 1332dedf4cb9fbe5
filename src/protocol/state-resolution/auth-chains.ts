/**
 * Auth chains (room version 2, "Definitions"), indexed: every event gets an ordinal after those of its auth events, and
 * the set of all ordinals that it reaches. An auth difference is then a comparison of sets, whatever the chains' length.
 */
import type { Pdu } from '../events.ts';
import type { EventId } from '../ids/event-id.ts';
import { createEventIdOf } from '../ids/room-id.ts';
import { BitSetBuilder, bitsOf, differingBits, hasBit, type BitSet } from './bit-set.ts';

/** How an algorithm gets at events: those given, or those of a room. `undefined` where an event is not known. */
export type EventLookup = (eventId: EventId) => Pdu | undefined;

/**
 * The ids that an event's auth chain goes on with.
 * @NOTE from version 12 on the create event counts although events do not cite it, as in Synapse.
 */
export function authEventIdsOf(pdu: Pdu): readonly EventId[] {
  if (!pdu.rules.auth.roomIdIsCreateHash || pdu.type === 'm.room.create') return pdu.authEvents;
  let authIds = withCreateEvent.get(pdu);
  if (authIds === undefined) {
    authIds = [...pdu.authEvents, createEventIdOf(pdu.roomId)];
    withCreateEvent.set(pdu, authIds);
  }
  return authIds;
}

const withCreateEvent = new WeakMap<Pdu, readonly EventId[]>();

/** Recent sets by the ordinals they were made from: the members of a room mostly cite the same events. */
const REMEMBERED_SETS = 1024;

interface Visit {
  readonly pdu: Pdu;
  readonly authIds: readonly EventId[];
  next: number;
}

/**
 * The index of one room, which grows with the events it is asked about and can be kept from one resolution to the next.
 * Auth events that are not known when an event is first met count as missing from then on. Where events of versions 1
 * and 2 claim to authorise each other in a circle, the citation that closes it is ignored.
 */
export class AuthChains {
  readonly #events: EventLookup;
  readonly #ordinals = new Map<EventId, number>();
  readonly #ids: EventId[] = [];
  readonly #authOrdinals: (readonly number[])[] = [];
  /** By ordinal: the auth chain, without the event itself. */
  readonly #chains: BitSet[] = [];
  readonly #remembered: { cited: readonly number[]; chain: BitSet }[] = [];

  constructor(events: EventLookup) {
    this.#events = events;
  }

  /** Events in the index. */
  get size(): number {
    return this.#ids.length;
  }

  /**
   * The auth difference of states that are `shared` and one of `rests` each, without repetitions.
   * @NOTE a state's events count as members of its full auth chain themselves, as in Synapse; the text counts only
   * what they cite. About one room in a hundred with conflicts ends differently.
   */
  difference(shared: readonly EventId[], rests: readonly (readonly EventId[])[]): readonly EventId[] {
    if (this.#mayCircle(shared) || rests.some((eventIds) => this.#mayCircle(eventIds))) {
      this.#include([...shared, ...rests.flat()]);
    }
    const base = this.#fullChain(shared);
    const chains = rests.map((eventIds) => this.#fullChain(eventIds, base));
    return this.#idsOf(differingBits(chains));
  }

  /** Those of the events that are among others or in their auth chains. */
  within(eventIds: readonly EventId[], others: readonly EventId[]): readonly EventId[] {
    const chain = this.#fullChain(others);
    return eventIds.filter((eventId) => {
      const ordinal = this.#ordinals.get(eventId);
      return ordinal !== undefined && hasBit(chain, ordinal);
    });
  }

  /**
   * The conflicted state subgraph (room version 12): what lies on a path along auth events from one of the given events
   * to another, the ends included.
   */
  subgraph(eventIds: readonly EventId[]): readonly EventId[] {
    const ends = new BitSetBuilder();
    const within = this.#fullChain(eventIds);
    for (const eventId of eventIds) {
      const ordinal = this.#ordinals.get(eventId);
      if (ordinal !== undefined) ends.add(ordinal);
    }
    // Ascending ordinals: whether an event leads to an end is known before those that cite it are looked at.
    const leading = new Set<number>();
    for (const ordinal of bitsOf(within)) {
      const cited = this.#authOrdinals[ordinal] ?? [];
      if (hasBit(ends, ordinal) || cited.some((auth) => leading.has(auth))) leading.add(ordinal);
    }
    return this.#idsOf(leading);
  }

  #idsOf(ordinals: Iterable<number>): EventId[] {
    const eventIds: EventId[] = [];
    for (const ordinal of ordinals) {
      const eventId = this.#ids[ordinal];
      if (eventId !== undefined) eventIds.push(eventId);
    }
    return eventIds;
  }

  /** The events given and their auth chains; unknown events are left out. */
  #fullChain(eventIds: readonly EventId[], base?: BitSet): BitSet {
    const chain = new BitSetBuilder();
    const added = new Set<BitSet>();
    if (base !== undefined) chain.addAll(base);
    for (const ordinal of this.#include(eventIds)) {
      const reached = this.#chains[ordinal];
      chain.add(ordinal);
      if (reached === undefined || added.has(reached)) continue;
      added.add(reached);
      chain.addAll(reached);
    }
    return chain.done();
  }

  /** The ordinals of the events, in any order; events that are new are taken into the index first. */
  #include(eventIds: readonly EventId[]): readonly number[] {
    const ordinals: number[] = [];
    const added: EventId[] = [];
    for (const eventId of eventIds) {
      const ordinal = this.#ordinals.get(eventId);
      if (ordinal === undefined) added.push(eventId);
      else ordinals.push(ordinal);
    }
    // In order of ids, so that a circle is cut at the same place whatever order the events come in.
    if (this.#mayCircle(added)) added.sort();
    for (const eventId of added) this.#includeChain(eventId);
    for (const eventId of added) {
      const ordinal = this.#ordinals.get(eventId);
      if (ordinal !== undefined) ordinals.push(ordinal);
    }
    return ordinals;
  }

  /** Only ids that servers choose can close a circle. */
  #mayCircle(eventIds: readonly EventId[]): boolean {
    for (const eventId of eventIds) {
      const pdu = this.#events(eventId);
      if (pdu !== undefined) return pdu.rules.eventIdFormat === 'opaque';
    }
    return false;
  }

  /** Depth first, without recursion: a chain may be as long as the room is old. */
  #includeChain(start: EventId): void {
    const path: Visit[] = [];
    const onPath = new Set<EventId>();
    const enter = (eventId: EventId) => {
      if (this.#ordinals.has(eventId) || onPath.has(eventId)) return;
      const pdu = this.#events(eventId);
      if (pdu === undefined) return;
      const authIds = authEventIdsOf(pdu);
      if (authIds.every((authId) => this.#ordinals.has(authId))) {
        this.#add(pdu, authIds);
        return;
      }
      path.push({ pdu, authIds, next: 0 });
      onPath.add(eventId);
    };
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const authId = visit.authIds[visit.next];
      visit.next += 1;
      if (authId !== undefined) {
        enter(authId);
        continue;
      }
      path.pop();
      onPath.delete(visit.pdu.eventId);
      this.#add(visit.pdu, visit.authIds);
    }
  }

  #add(pdu: Pdu, authIds: readonly EventId[]): void {
    const cited: number[] = [];
    for (const authId of authIds) {
      const ordinal = this.#ordinals.get(authId);
      if (ordinal !== undefined) insertDescending(cited, ordinal);
    }
    this.#ordinals.set(pdu.eventId, this.#ids.length);
    this.#ids.push(pdu.eventId);
    this.#authOrdinals.push(cited);
    this.#chains.push(this.#chainOf(cited));
  }

  #chainOf(cited: readonly number[]): BitSet {
    let sum = 0;
    for (const ordinal of cited) sum = (Math.imul(sum, 31) + ordinal) | 0;
    const slot = sum & (REMEMBERED_SETS - 1);
    const remembered = this.#remembered[slot];
    if (remembered !== undefined && isEqual(remembered.cited, cited)) return remembered.chain;
    const chain = new BitSetBuilder();
    for (const ordinal of cited) {
      const reached = this.#chains[ordinal];
      if (reached !== undefined) chain.addAll(reached);
    }
    for (const ordinal of cited) chain.add(ordinal);
    const done = chain.done();
    this.#remembered[slot] = { cited, chain: done };
    return done;
  }
}

/** The latest first: it mostly reaches all the others do. */
function insertDescending(ordinals: number[], ordinal: number): void {
  let at = ordinals.length;
  for (; at > 0 && (ordinals[at - 1] ?? 0) < ordinal; at -= 1) ordinals[at] = ordinals[at - 1] ?? 0;
  ordinals[at] = ordinal;
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
