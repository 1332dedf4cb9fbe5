import { StorageError, type StorageErrorType } from '../storage-error.ts';

interface Meaning {
  readonly type: StorageErrorType;
  readonly sentence: string;
}

/** By primary result code (https://www.sqlite.org/rescode.html); texts of messages change between versions. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [3, { type: 'readOnly', sentence: 'The database may not be accessed with the rights this process has.' }],
  [5, { type: 'busy', sentence: 'Another program keeps the database locked.' }],
  [6, { type: 'busy', sentence: 'Another program keeps the database locked.' }],
  [8, { type: 'readOnly', sentence: 'The database cannot be written: the file or its folder is read-only.' }],
  [10, { type: 'io', sentence: 'The disk reported an error while the database was read or written.' }],
  [11, { type: 'corrupt', sentence: 'The database file is damaged; restore it from a backup.' }],
  [13, { type: 'diskFull', sentence: 'The disk that holds the database is full.' }],
  [14, { type: 'io', sentence: 'The database file cannot be opened.' }],
  [26, { type: 'notADatabase', sentence: 'The database file is no SQLite database.' }],
]);

const FILE_SYSTEM_ERRORS: ReadonlyMap<unknown, StorageErrorType> = new Map<unknown, StorageErrorType>([
  ['ENOSPC', 'diskFull'],
  ['EDQUOT', 'diskFull'],
  ['EROFS', 'readOnly'],
  ['EACCES', 'readOnly'],
  ['EPERM', 'readOnly'],
]);

/** What an error thrown by `node:sqlite` or `node:fs` means. Errors of other kinds come back as they are. */
export function toStorageError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StorageError || !('code' in error)) return error;
  if (error.code === 'ERR_SQLITE_ERROR') return fromSqlite(error);
  // Statements of a closed database end up here.
  if (error.code === 'ERR_INVALID_STATE') return new StorageError('closed', 'The database is closed.', error);
  if (!('syscall' in error)) return error;
  const type = FILE_SYSTEM_ERRORS.get(error.code) ?? 'io';
  return new StorageError(type, `The database's files cannot be used: ${error.message}.`, error);
}

function fromSqlite(error: Error): StorageError {
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 1;
  const meaning = MEANINGS.get(code);
  if (meaning === undefined) return new StorageError('failed', `The database failed: ${error.message}.`, error);
  return new StorageError(meaning.type, `${meaning.sentence} (SQLite: ${error.message})`, error);
}
