import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StorageError, type StorageErrorType } from '../storage-error.ts';
import { toStorageError } from './sqlite-errors.ts';

export interface GroupCommitStatistics {
  /** Transactions committed. */
  readonly commits: number;
  /** Writes that those transactions made durable. */
  readonly writes: number;
  /** Writes that failed. */
  readonly failures: number;
  /** Writes that wait for their commit now. */
  readonly waiting: number;
}

export interface GroupCommitOptions {
  /** How many writes may wait; one more is refused as `overloaded`. */
  readonly maxWaiting: number;
  /** Makes durable what has been committed; left out where a commit is durable by itself. */
  readonly sync?: () => Promise<void>;
  /** Told of each transaction how long it took from its first write until it was durable. */
  readonly onCommit?: ((seconds: number) => void) | undefined;
}

interface Write {
  readonly isDurable: boolean;
  hasFailed: boolean;
  execute(): void;
  resolve(): void;
  reject(error: unknown): void;
}

const BY_DISK: ReadonlySet<StorageErrorType> = new Set(['diskFull', 'io']);

/** Bounds how long one group keeps the event loop to itself. */
const MAX_GROUP = 512;

/**
 * Lets writes share a durable commit: whatever is waiting when the event loop has handled what the sockets brought is
 * committed together. A lone write waits for no timer, and while a commit is on its way to the disk the next group gathers.
 */
export class GroupCommit {
  readonly #connection: DatabaseSync;
  readonly #maxWaiting: number;
  readonly #sync: (() => Promise<void>) | undefined;
  readonly #onCommit: ((seconds: number) => void) | undefined;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiting: Write[] = [];
  #isScheduled = false;
  #isClosed = false;
  /** Commits that are on their way to the disk; several only while closing. */
  readonly #syncing = new Set<Promise<void>>();
  /** Set for good when the disk fails: what it has lost nobody can tell. */
  #broken: StorageError | undefined;
  #commits = 0;
  #writes = 0;
  #failures = 0;
  #refusedByDiskAt = -Infinity;

  constructor(connection: DatabaseSync, { maxWaiting, sync, onCommit }: GroupCommitOptions) {
    this.#connection = connection;
    this.#maxWaiting = maxWaiting;
    this.#sync = sync;
    this.#onCommit = onCommit;
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
  }

  /**
   * Runs a synchronous write inside the next transaction; resolves with what it returned once that is durable. It may be
   * run twice, so it changes nothing but the database. Where it throws, whatever it did is undone and only it fails.
   * What is written `ahead` of something else becomes durable with that, and does not wait for the disk.
   */
  async run<T>(write: () => T, when: 'durable' | 'ahead' = 'durable'): Promise<T> {
    if (this.#isClosed) throw new StorageError('closed', 'The database is closed.');
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new StorageError('overloaded', `More than ${this.#maxWaiting} writes wait for the disk.`);
    }
    return await new Promise<T>((resolve, reject) => {
      let result: T;
      this.#waiting.push({
        execute: () => void (result = write()),
        resolve: () => resolve(result),
        reject,
        isDurable: when === 'durable',
        hasFailed: false,
      });
      this.#schedule();
    });
  }

  get statistics(): GroupCommitStatistics {
    return {
      commits: this.#commits,
      writes: this.#writes,
      failures: this.#failures,
      waiting: this.#waiting.length,
    };
  }

  /** When the disk last refused a write, by the clock of `performance.now()`; long ago where it never has. */
  get refusedByDiskAt(): number {
    return this.#refusedByDiskAt;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when all that can be read now would survive a power cut. */
  async durable(): Promise<void> {
    if (this.#syncing.size > 0) await Promise.all(this.#syncing);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Commits what waits, which is durable when `durable` says so; later writes are refused. */
  close(): void {
    this.#isClosed = true;
    while (this.#waiting.length > 0) this.#commitNextGroup();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#syncing.size > 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commitNextGroup();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitNextGroup(): void {
    const group = this.#waiting.slice(0, MAX_GROUP);
    if (group.length === 0) return;
    this.#waiting = this.#waiting.slice(MAX_GROUP);
    const begun = performance.now();
    try {
      this.#begin.run();
      const survivors = this.#executeTogether(group) ? group : this.#executeOneByOne(group);
      this.#commit.run();
      this.#commits += 1;
      this.#finish(survivors, begun);
    } catch (error) {
      this.#rollBack();
      for (const write of group) this.#fail(write, error);
    }
  }

  /** Nobody is told before their write is durable; then the next group has its turn. */
  #finish(committed: readonly Write[], begun: number): void {
    const succeed = (): void => {
      this.#writes += committed.length;
      this.#onCommit?.((performance.now() - begun) / 1000);
      for (const write of committed) write.resolve();
    };
    // What is written ahead alone becomes durable with what follows: both are in the same log, in their order.
    if (this.#sync === undefined || !committed.some((write) => write.isDurable)) {
      succeed();
      return;
    }
    const syncing = this.#sync().then(succeed, (error: unknown) => {
      this.#broken ??= new StorageError('io', 'The disk failed to keep what was written.', error);
      for (const write of committed) this.#fail(write, this.#broken);
    });
    this.#syncing.add(syncing);
    void syncing.then(() => {
      this.#syncing.delete(syncing);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** The usual case, without the cost of savepoints. Returns false, with everything undone, where a write failed. */
  #executeTogether(group: readonly Write[]): boolean {
    try {
      for (const write of group) write.execute();
      return true;
    } catch {
      this.#rollBack();
      return false;
    }
  }

  #executeOneByOne(group: readonly Write[]): readonly Write[] {
    this.#begin.run();
    return group.filter((write) => {
      this.#connection.exec('SAVEPOINT one_write');
      try {
        write.execute();
        this.#connection.exec('RELEASE one_write');
        return true;
      } catch (error) {
        // A full disk, for one, ends the transaction of all.
        if (!this.#connection.isTransaction) throw error;
        this.#connection.exec('ROLLBACK TO one_write; RELEASE one_write');
        this.#fail(write, error);
        return false;
      }
    });
  }

  #fail(write: Write, error: unknown): void {
    if (write.hasFailed) return;
    write.hasFailed = true;
    this.#failures += 1;
    const failure = toStorageError(error);
    if (failure instanceof StorageError && BY_DISK.has(failure.type)) this.#refusedByDiskAt = performance.now();
    write.reject(failure);
  }

  #rollBack(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
  }
}
