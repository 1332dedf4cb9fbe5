/**
 * What went wrong with storage. `locked`: another process owns the database; `busy`: somebody else held a lock for too
 * long; `overloaded`: too many writes wait; `closed`: storage was closed before; `failed`: everything else.
 */
export type StorageErrorType =
  | 'diskFull'
  | 'readOnly'
  | 'busy'
  | 'locked'
  | 'corrupt'
  | 'notADatabase'
  | 'newerVersion'
  | 'overloaded'
  | 'closed'
  | 'io'
  | 'failed';

/** A failure of the machine, never a verdict about what was stored. The message is a sentence for the operator. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly type: StorageErrorType;

  constructor(type: StorageErrorType, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.type = type;
  }
}
