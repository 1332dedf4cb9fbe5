/**
 * Events on their way to other servers (server-server API, "Transactions"): per destination one transaction at a time, in
 * order, each repeated until it is answered with 200. Nothing is held in memory but what is being sent.
 */
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';
import { exponentialPause } from './back-off.ts';
import type { FederationClient } from './federation-client.ts';
import type { Outbox, WaitingEvent } from './outbox.ts';
import type { FederationLog } from './ports.ts';
import { isSameBatch, logRefusals, retryAfterMs, transactionOf, type Transaction } from './transaction.ts';

export interface SendQueueDeps {
  readonly serverName: ServerName;
  readonly outbox: Outbox;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: FederationLog;
  readonly random?: () => number;
  /** Destinations that are sent to at once. */
  readonly maxAtOnce?: number;
}

/** What is known of a destination while something may wait for it. */
interface Destination {
  failures: number;
  /** Since when it has not taken anything; `undefined` while it does. */
  downSince: number | undefined;
  lastFailure: number;
  /** The transaction that was not taken yet: it is repeated as it was. */
  unfinished: Transaction | undefined;
  /** It refused a transaction for what is in it: so many events go one by one, to find the bad one. */
  oneByOne: number;
  refusals: number;
  hasMore: boolean;
}

/** Most events in a transaction ("Transactions": 50 PDUs). */
const MAX_PDUS = 50;
const MAX_AT_ONCE = 32;
const REQUEST = { timeoutMs: 60_000, maxResponseBytes: 1024 * 1024, ignoreBackOff: true } as const;
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60 * 60 * 1000;
/** A destination that talks to us but does not answer is not asked more often than this. */
const ALIVE_PAUSE_MS = 10_000;
/** After an outage of this length, or with so much waiting, only the newest event of each room is sent. */
const LONG_OUTAGE_MS = 60 * 60 * 1000;
const LONG_BACKLOG = 1_000;
/** How often a single event is refused as malformed before it is left out. */
const MAX_REFUSALS = 3;
const STOP_GRACE_MS = 5_000;

export class SendQueue {
  readonly #deps: SendQueueDeps;
  readonly #maxAtOnce: number;
  readonly #known = new Map<ServerName, Destination>();
  /** In order of their turn. */
  readonly #ready = new Set<ServerName>();
  readonly #active = new Map<ServerName, Promise<void>>();
  /** Backed off, until when. */
  readonly #delayed = new Map<ServerName, number>();
  readonly #stopping = new AbortController();
  #alarm: { at: number; controller: AbortController } | undefined;
  #isStopping = false;

  constructor(deps: SendQueueDeps) {
    this.#deps = deps;
    this.#maxAtOnce = deps.maxAtOnce ?? MAX_AT_ONCE;
  }

  /** Goes on with what a restart has interrupted. */
  async start(): Promise<void> {
    this.wake(await this.#deps.outbox.destinations());
  }

  /** Something was put into the outbox for these. */
  wake(destinations: Iterable<ServerName>): void {
    for (const name of destinations) {
      if (name === this.#deps.serverName) continue;
      this.#destination(name).hasMore = true;
      if (!this.#delayed.has(name) && !this.#active.has(name)) this.#ready.add(name);
    }
    this.#pump();
  }

  /** The server has contacted us: what waits for it is tried soon. */
  markAlive(name: ServerName): void {
    const due = this.#delayed.get(name);
    if (due === undefined) return;
    const earliest = this.#destination(name).lastFailure + ALIVE_PAUSE_MS;
    this.#delay(name, Math.min(due, Math.max(earliest, this.#deps.clock.now())));
  }

  /** Resolves when nothing can be sent now: what is left waits for its destination. */
  async settled(): Promise<void> {
    while (this.#active.size > 0) await Promise.allSettled([...this.#active.values()]);
  }

  /** Begins nothing new and waits for what is in flight; what takes too long is given up and sent again at next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#alarm?.controller.abort();
    this.#ready.clear();
    const timer = new AbortController();
    this.#deps.clock.sleep(STOP_GRACE_MS, timer.signal).then(
      () => this.#stopping.abort(new Error('the server stops')),
      () => undefined,
    );
    await this.settled();
    timer.abort();
  }

  #destination(name: ServerName): Destination {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = {
        failures: 0,
        downSince: undefined,
        lastFailure: 0,
        unfinished: undefined,
        oneByOne: 0,
        refusals: 0,
        hasMore: false,
      };
      this.#known.set(name, known);
    }
    return known;
  }

  #pump(): void {
    for (const name of this.#ready) {
      if (this.#isStopping || this.#active.size >= this.#maxAtOnce) return;
      this.#ready.delete(name);
      const destination = this.#destination(name);
      const turn = this.#takeTurn(name, destination).then((next) => {
        this.#active.delete(name);
        this.#endTurn(name, destination, next);
        this.#pump();
      });
      this.#active.set(name, turn);
    }
  }

  #endTurn(name: ServerName, destination: Destination, next: 'again' | 'idle' | { until: number }): void {
    if (this.#isStopping) return;
    if (typeof next === 'object') this.#delay(name, next.until);
    else if (next === 'again' || destination.hasMore) this.#ready.add(name);
    else this.#known.delete(name);
  }

  /** One transaction; then it is the next destination's turn. */
  async #takeTurn(name: ServerName, destination: Destination): Promise<'again' | 'idle' | { until: number }> {
    destination.hasMore = false;
    try {
      const batch = await this.#nextBatch(name, destination);
      if (batch.length === 0) return 'idle';
      await this.#send(name, destination, batch);
      return destination.failures > 0 ? { until: this.#pauseAfter(destination) } : 'again';
    } catch (error) {
      // Not the destination's fault: storage is in trouble.
      if (!this.#isStopping) {
        this.#deps.log.warn({ err: error, destination: name }, 'events could not be read or removed from the outbox');
      }
      return { until: this.#deps.clock.now() + FIRST_PAUSE_MS };
    }
  }

  async #nextBatch(name: ServerName, destination: Destination): Promise<readonly WaitingEvent[]> {
    const { outbox, clock, log } = this.#deps;
    if (destination.downSince !== undefined) {
      const isLong = clock.now() - destination.downSince >= LONG_OUTAGE_MS;
      if (isLong || (await outbox.waiting(name)) >= LONG_BACKLOG) {
        const leftOut = await outbox.thinOut(name);
        if (leftOut > 0) log.debug({ destination: name, left_out: leftOut }, 'only the newest events are sent');
      }
    }
    const { unfinished } = destination;
    const limit = destination.oneByOne > 0 ? 1 : (unfinished?.size ?? MAX_PDUS);
    const batch = await outbox.next(name, limit);
    if (unfinished !== undefined && !isSameBatch(unfinished, batch)) destination.unfinished = undefined;
    return batch;
  }

  async #send(name: ServerName, destination: Destination, batch: readonly WaitingEvent[]): Promise<void> {
    const { client, clock, log, serverName } = this.#deps;
    const transaction = destination.unfinished ?? transactionOf(batch, clock.now());
    destination.unfinished = transaction;
    const uri = `/_matrix/federation/v1/send/${encodeURIComponent(transaction.id)}`;
    const body = {
      origin: serverName,
      origin_server_ts: transaction.startedAt,
      pdus: batch.map(({ event }) => event.raw),
      edus: [],
    };
    let answer;
    try {
      const signal = this.#stopping.signal;
      answer = await client.request({ destination: name, method: 'PUT', uri, body, ...REQUEST, signal });
    } catch (error) {
      if (this.#isStopping) throw error;
      this.#noteFailure(name, destination, error instanceof Error ? error.message : String(error));
      return;
    }
    if (answer.status === 200) {
      logRefusals(log, name, answer.body);
      await this.#finish(name, destination, batch);
    } else if (answer.status === 400 || answer.status === 413) {
      await this.#noteRefusal(name, destination, batch);
    } else {
      this.#noteFailure(name, destination, `answered ${String(answer.status)}`, retryAfterMs(answer));
    }
  }

  async #finish(name: ServerName, destination: Destination, batch: readonly WaitingEvent[]): Promise<void> {
    const last = batch.at(-1);
    if (last !== undefined) await this.#deps.outbox.done(name, last.sequence);
    if (destination.downSince !== undefined) {
      this.#deps.log.debug({ destination: name }, 'the server takes events again');
    }
    Object.assign(destination, {
      failures: 0,
      downSince: undefined,
      unfinished: undefined,
      oneByOne: Math.max(0, destination.oneByOne - 1),
      refusals: 0,
    } satisfies Partial<Destination>);
  }

  /** @NOTE the text says to repeat until 200; one event that a server cannot read must not hold up all others for ever. */
  async #noteRefusal(name: ServerName, destination: Destination, batch: readonly WaitingEvent[]): Promise<void> {
    const [first] = batch;
    if (batch.length > 1) {
      destination.oneByOne = batch.length;
      destination.unfinished = undefined;
    } else if (first !== undefined && (destination.refusals += 1) >= MAX_REFUSALS) {
      const fields = { destination: name, event_id: first.event.eventId };
      this.#deps.log.warn(fields, 'an event is not sent: the server refuses it as malformed');
      await this.#finish(name, destination, batch);
      return;
    }
    this.#noteFailure(name, destination, 'refuses the transaction as malformed');
  }

  #noteFailure(name: ServerName, destination: Destination, reason: string, retryAfter = 0): void {
    const now = this.#deps.clock.now();
    if (destination.failures === 0) this.#deps.log.debug({ destination: name, reason }, 'events could not be sent');
    destination.failures += 1;
    destination.downSince ??= now;
    destination.lastFailure = now + Math.max(0, retryAfter - FIRST_PAUSE_MS);
  }

  #pauseAfter({ failures, lastFailure }: Destination): number {
    const random = this.#deps.random ?? Math.random;
    return lastFailure + exponentialPause(failures, FIRST_PAUSE_MS, MAX_PAUSE_MS, random);
  }

  #delay(name: ServerName, until: number): void {
    this.#delayed.set(name, until);
    if (this.#alarm === undefined || until < this.#alarm.at) this.#setAlarm(until);
  }

  #setAlarm(at: number): void {
    this.#alarm?.controller.abort();
    const controller = new AbortController();
    this.#alarm = { at, controller };
    const { clock } = this.#deps;
    clock.sleep(Math.max(0, at - clock.now()), controller.signal).then(
      () => this.#wakeDelayed(),
      () => undefined,
    );
  }

  #wakeDelayed(): void {
    this.#alarm = undefined;
    const now = this.#deps.clock.now();
    let next = Infinity;
    for (const [name, until] of this.#delayed) {
      if (until > now) {
        next = Math.min(next, until);
        continue;
      }
      this.#delayed.delete(name);
      this.#ready.add(name);
    }
    if (next < Infinity && !this.#isStopping) this.#setAlarm(next);
    this.#pump();
  }
}
