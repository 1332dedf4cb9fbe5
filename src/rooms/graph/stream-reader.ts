/**
 * Follows the one stream of all stored events: in order, without gaps, from where it stopped, after a restart too. What
 * was handled and not yet noted when the process was killed is given again.
 */
import type { EventRecord, GraphStore, ReaderStore } from './ports.ts';

export interface StreamReaderOptions {
  /** Under which its position is kept. */
  readonly name: string;
  readonly graph: Pick<GraphStore, 'stream'>;
  readonly readers: ReaderStore;
  /** Gets the events in batches, one after another. Where it rejects, the batch is given again at the next wake. */
  readonly handle: (events: readonly EventRecord[]) => Promise<void> | void;
  readonly onFailure: (error: unknown) => void;
}

const BATCH = 200;

export class StreamReader {
  readonly #options: StreamReaderOptions;
  #position: number | undefined;
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
    const { name, graph, readers, handle, onFailure } = this.#options;
    try {
      this.#position ??= await readers.position(name);
      for (;;) {
        const events = await graph.stream(this.#position, BATCH);
        const last = events.at(-1);
        if (last === undefined || this.#isStopped) return;
        await handle(events);
        await readers.setPosition(name, last.position);
        this.#position = last.position;
      }
    } catch (error) {
      onFailure(error);
    }
  }
}
