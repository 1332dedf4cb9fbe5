/**
 * Follows the one stream of all stored events: in order, without gaps, from where it stopped, after a restart too. What
 * was handled and not yet noted when the process was killed is given again.
 */
import type { EventRecord, EventStatus, GraphStore, ReaderStore } from './ports.ts';

export interface StreamReaderOptions {
  /** Under which its position is kept. */
  readonly name: string;
  readonly graph: Pick<GraphStore, 'stream' | 'latestPosition'>;
  readonly readers: ReaderStore;
  /** Which events are wanted; all, where left out. */
  readonly statuses?: readonly EventStatus[];
  /** Gets the events in batches, one after another. Where it rejects, the batch is given again at the next wake. */
  readonly handle: (events: readonly EventRecord[]) => Promise<void> | void;
  readonly onFailure: (error: unknown) => void;
}

const BATCH = 200;
/** After so many events that were not wanted the position is noted all the same. */
const NOTED_EVERY = 1_000;

export class StreamReader {
  readonly #options: StreamReaderOptions;
  #position: number | undefined;
  /** What storage knows of the position. */
  #noted = 0;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** There may be new events: they are read now, or after those that are being read. */
  wake(): void {
    this.#isWoken = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isWoken && !this.#isStopped) this.wake();
    });
  }

  /** Resolves when everything stored until now is handled, or a failure has ended the reading. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends after the batch at hand. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.settled();
  }

  async #run(): Promise<void> {
    this.#isWoken = false;
    try {
      this.#position ??= this.#noted = await this.#options.readers.position(this.#options.name);
      while (!this.#isStopped && (await this.#readBatch(this.#position)));
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  /** False when the end is reached. */
  async #readBatch(after: number): Promise<boolean> {
    const { name, graph, readers, handle, statuses } = this.#options;
    // Asked first: what is stored meanwhile is not passed over.
    const latest = await graph.latestPosition();
    const events = await graph.stream(after, BATCH, statuses);
    if (this.#isStopped) return false;
    if (events.length > 0) await handle(events);
    const last = events.at(-1)?.position ?? after;
    const position = events.length < BATCH ? Math.max(latest, last) : last;
    if (events.length > 0 || position - this.#noted >= NOTED_EVERY) {
      await readers.setPosition(name, position);
      this.#noted = position;
    }
    this.#position = position;
    return events.length === BATCH;
  }
}
