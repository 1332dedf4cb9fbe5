/**
 * Hands every verdict to somebody exactly once, in the order of the log: those that were stored before the start, then
 * each at the moment that it is told of. Verdicts that nobody tells of are read from the log when the next one comes.
 */
import type { Verdict } from '../verdict.ts';
import type { LoggedVerdict, VerdictLog } from './ports.ts';

export interface VerdictFollowerOptions {
  readonly log: VerdictLog;
  /** The position to start behind. Asked once. */
  readonly startAfter: () => Promise<number>;
  /** Synchronous, and must not throw. */
  readonly take: (logged: LoggedVerdict) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Verdicts read before the event loop has its turn. */
const CHUNK = 200;

export class VerdictFollower {
  readonly #options: VerdictFollowerOptions;
  /** Everything up to here was handed on; `undefined` before the start. */
  #position: number | undefined;
  /** Told of, and to be handed on after others before them. */
  #waiting: LoggedVerdict[] = [];
  #reading: Promise<void> | undefined;
  #isReading = false;
  #isStopped = false;

  constructor(options: VerdictFollowerOptions) {
    this.#options = options;
  }

  get position(): number | undefined {
    return this.#position;
  }

  /** Hands on what is stored. Resolves when it has, or a failure was told. */
  start(): Promise<void> {
    return this.#read();
  }

  /** Resolves when what is being read is handed on; `undefined` where nothing is, and the start is over. */
  whenCaughtUp(): Promise<void> | undefined {
    if (this.#isReading) return this.#reading;
    return this.#position === undefined ? this.#read() : undefined;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#reading;
  }

  /** A verdict was stored by this process. */
  tell(verdict: Verdict): void {
    const position = this.#options.log.positionOf(verdict);
    if (position === undefined) return;
    if (!this.#isReading && this.#position !== undefined && position === this.#position + 1) {
      this.#hand({ position, verdict });
      return;
    }
    this.#waiting.push({ position, verdict });
    void this.#read();
  }

  #read(): Promise<void> {
    if (!this.#isReading || this.#reading === undefined) {
      this.#isReading = true;
      this.#reading = this.#readAll();
    }
    return this.#reading;
  }

  /** Says that it has ended in the same turn as it hands on the last: what is told of then has its turn at once. */
  async #readAll(): Promise<void> {
    const { log, startAfter, onFailure } = this.#options;
    try {
      this.#position ??= await startAfter();
      while (!this.#isStopped) {
        const verdicts = await log.log(this.#position, CHUNK);
        for (const logged of verdicts) this.#hand(logged);
        // What was told of meanwhile may follow at once, or after something that has yet to be read.
        if (verdicts.length < CHUNK && this.#handWaiting(verdicts.length === 0)) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      onFailure(error);
    }
    this.#isReading = false;
  }

  /** Returns whether nothing is left. */
  #handWaiting(isLogEmpty: boolean): boolean {
    const waiting = this.#waiting.sort((a, b) => a.position - b.position);
    this.#waiting = [];
    for (const [at, logged] of waiting.entries()) {
      const { position } = logged;
      const done = this.#position ?? 0;
      if (position <= done) continue;
      if (position > done + 1 && !isLogEmpty) {
        this.#waiting = waiting.slice(at);
        return false;
      }
      this.#hand(logged);
    }
    return true;
  }

  #hand(logged: LoggedVerdict): void {
    this.#position = logged.position;
    this.#options.take(logged);
  }
}
