/** The events of a room as one change sees them: its own first, which readers see once they are stored. */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { EventSource, GraphEvents, KnownEvent } from './graph-events.ts';
import type { EventAhead, RedactionAhead } from './ports.ts';
import { redactionFor } from './redactions.ts';

export class ChangeEvents implements EventSource {
  readonly #stored: GraphEvents;
  readonly #added = new Map<EventId, KnownEvent>();
  readonly #redactions = new Map<EventId, EventId>();
  readonly #citedAhead = new Set<EventId>();
  readonly #redactionsAhead: RedactionAhead[] = [];
  /** What storage has said of events that may not have come yet. */
  readonly #ahead = new Map<EventId, EventAhead | undefined>();

  constructor(stored: GraphEvents) {
    this.#stored = stored;
  }

  async get(eventId: EventId): Promise<KnownEvent | undefined> {
    const known = this.#added.get(eventId) ?? (await this.#stored.get(eventId));
    return known === undefined ? undefined : this.#redacted(known);
  }

  async many(eventIds: Iterable<EventId>): Promise<ReadonlyMap<EventId, KnownEvent>> {
    const wanted = new Set(eventIds);
    const stored = await this.#stored.many([...wanted].filter((eventId) => !this.#added.has(eventId)));
    if (this.#added.size === 0 && this.#redactions.size === 0) return stored;
    const found = new Map<EventId, KnownEvent>();
    for (const eventId of wanted) {
      const known = this.#added.get(eventId) ?? stored.get(eventId);
      if (known !== undefined) found.set(eventId, this.#redacted(known));
    }
    return found;
  }

  #redacted(known: KnownEvent): KnownEvent {
    const redactedBy = this.#redactions.get(known.pdu.eventId);
    if (redactedBy === undefined || known.record.redactedBy === redactedBy) return known;
    return { pdu: known.pdu, record: { ...known.record, redactedBy } };
  }

  /**
   * Counts as known from now on, before it is stored. `prior` is what was known of it: a redaction of it, and one that
   * came before it, stay in force.
   */
  async add(known: KnownEvent, prior: KnownEvent | undefined): Promise<void> {
    const { eventId } = known.pdu;
    const redactedBy = prior?.record.redactedBy ?? (await this.#redactionAhead(known.pdu));
    if (redactedBy !== undefined && prior?.record.redactedBy === undefined) this.#redactions.set(eventId, redactedBy);
    const record = redactedBy === undefined ? known.record : { ...known.record, redactedBy };
    this.#added.set(eventId, { pdu: known.pdu, record });
  }

  async #redactionAhead(pdu: Pdu): Promise<EventId | undefined> {
    const stored = (await this.#aheadOf(pdu.eventId))?.redactions ?? [];
    const own = this.#redactionsAhead.filter(({ target }) => target === pdu.eventId);
    return redactionFor(pdu, [...stored, ...own]);
  }

  /** Whether an accepted event cites it as previous event that came before it was accepted itself. */
  async isCitedAhead(eventId: EventId): Promise<boolean> {
    return this.#citedAhead.has(eventId) || (await this.#aheadOf(eventId))?.isCited === true;
  }

  /** Asks about many at once, so that they are not asked about one by one. */
  async lookAhead(eventIds: readonly EventId[]): Promise<void> {
    const unasked = eventIds.filter((eventId) => !this.#ahead.has(eventId));
    const found = await this.#stored.ahead(unasked);
    for (const eventId of unasked) this.#ahead.set(eventId, found.get(eventId));
  }

  async #aheadOf(eventId: EventId): Promise<EventAhead | undefined> {
    await this.lookAhead([eventId]);
    return this.#ahead.get(eventId);
  }

  /** Accepted events cite these, which have not been accepted themselves. */
  citeAhead(eventIds: Iterable<EventId>): void {
    for (const eventId of eventIds) this.#citedAhead.add(eventId);
  }

  /** A known event is redacted. */
  redact(target: EventId, redaction: EventId): void {
    this.#redactions.set(target, redaction);
  }

  /** The target is not known yet. */
  redactAhead(redaction: RedactionAhead): void {
    this.#redactionsAhead.push(redaction);
  }

  /** Takes back what was added. */
  drop(eventId: EventId): void {
    this.#added.delete(eventId);
    this.#redactions.delete(eventId);
  }

  /** In the order in which they were added. */
  added(): readonly KnownEvent[] {
    return [...this.#added.values()].map((known) => this.#redacted(known));
  }

  /** Target → redaction, of this change. */
  get redactions(): ReadonlyMap<EventId, EventId> {
    return this.#redactions;
  }

  get citedAhead(): ReadonlySet<EventId> {
    return this.#citedAhead;
  }

  get redactionsAhead(): readonly RedactionAhead[] {
    return this.#redactionsAhead;
  }
}
