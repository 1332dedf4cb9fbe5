import { dirname } from 'node:path';
import type { KeyDocumentStore, KeyStore } from '../federation/ports.ts';
import type { RuleDecisionStore } from '../policy/lists/ports.ts';
import type { PeopleStore, VerdictLog } from '../policy/memory/ports.ts';
import type { JudgedEvents, VerdictStore } from '../policy/ports.ts';
import type { ReplayLog } from '../policy/replay/ports.ts';
import type { ContentStore } from '../policy/retention/ports.ts';
import type {
  ActionLogStore,
  AdminTokenStore,
  LockdownStore,
  OverrideStore,
  PrecedentStore,
  QueueStore,
  VerdictSearch,
} from '../policy/moderation/ports.ts';
import type { DirectoryStore, ErasableEvents, GraphStore, OutboxStore, ReaderStore } from '../rooms/graph/ports.ts';
import type { SettingsStore } from '../policy/settings/ports.ts';
import type { RoomStore } from '../rooms/ports.ts';
import { MemoryActionLogStore } from './memory/action-log.ts';
import { MemoryAdminTokenStore } from './memory/admin-tokens.ts';
import { MemoryContentStore } from './memory/content.ts';
import { MemoryDirectoryStore } from './memory/directory.ts';
import { MemoryGraphStore } from './memory/graph.ts';
import { MemoryKeyDocumentStore } from './memory/key-documents.ts';
import { MemoryKeyStore } from './memory/keys.ts';
import { MemoryLockdownStore } from './memory/lockdowns.ts';
import { MemoryOutboxStore } from './memory/outbox.ts';
import { MemoryOverrideStore } from './memory/overrides.ts';
import { MemoryPeopleStore } from './memory/people.ts';
import { MemoryPrecedentStore } from './memory/precedents.ts';
import { MemoryQueueStore } from './memory/queue.ts';
import { MemoryReaderStore } from './memory/readers.ts';
import { MemoryReplayLog } from './memory/replay-log.ts';
import { MemoryRoomStore } from './memory/rooms.ts';
import { MemoryRuleDecisionStore } from './memory/rule-decisions.ts';
import { MemorySettingsStore } from './memory/settings.ts';
import { MemoryVerdictSearch } from './memory/verdict-search.ts';
import { MemoryVerdictStore } from './memory/verdicts.ts';
import { migrations } from './migrations/migrations.ts';
import { SqliteActionLogStore } from './sqlite/action-log.ts';
import { SqliteAdminTokenStore } from './sqlite/admin-tokens.ts';
import { SqliteContentStore } from './sqlite/content.ts';
import { openDatabase, type OpenDatabase } from './sqlite/database.ts';
import { SqliteDirectoryStore } from './sqlite/directory.ts';
import { SqliteErasableEvents } from './sqlite/erasable-events.ts';
import { SqliteGraphStore } from './sqlite/graph.ts';
import { GroupCommit, type GroupCommitStatistics } from './sqlite/group-commit.ts';
import { SqliteKeyDocumentStore } from './sqlite/key-documents.ts';
import { SqliteKeyStore } from './sqlite/keys.ts';
import { SqliteLockdownStore } from './sqlite/lockdowns.ts';
import { SqliteOutboxStore } from './sqlite/outbox.ts';
import { SqliteOverrideStore } from './sqlite/overrides.ts';
import { createWriteProbe } from './sqlite/probe.ts';
import { SqlitePeopleStore } from './sqlite/people.ts';
import { SqlitePrecedentStore } from './sqlite/precedents.ts';
import { SqliteQueueStore } from './sqlite/queue.ts';
import { SqliteReaderStore } from './sqlite/readers.ts';
import { SqliteReplayLog } from './sqlite/replay-log.ts';
import { SqliteRoomStore } from './sqlite/rooms.ts';
import { SqliteRuleDecisionStore } from './sqlite/rule-decisions.ts';
import { SqliteSettingsStore } from './sqlite/settings.ts';
import { SqliteVerdictSearch } from './sqlite/verdict-search.ts';
import { SqliteVerdictStore } from './sqlite/verdicts.ts';
import { openWriteAheadLog } from './sqlite/write-ahead-log.ts';

/** What lasts. Methods of the stores reject with a `StorageError` when the machine fails. */
export interface Storage extends AsyncDisposable {
  readonly verdicts: VerdictStore & VerdictLog;
  readonly people: PeopleStore;
  readonly judgedEvents: JudgedEvents;
  readonly precedents: PrecedentStore;
  readonly overrides: OverrideStore;
  readonly lockdowns: LockdownStore;
  readonly queue: QueueStore;
  readonly adminTokens: AdminTokenStore;
  readonly search: VerdictSearch;
  readonly actions: ActionLogStore;
  readonly settings: SettingsStore;
  readonly rooms: RoomStore;
  readonly keys: KeyStore;
  readonly keyDocuments: KeyDocumentStore;
  readonly graph: GraphStore;
  readonly readers: ReaderStore;
  readonly outbox: OutboxStore;
  readonly directory: DirectoryStore;
  readonly ruleDecisions: RuleDecisionStore;
  readonly replayLog: ReplayLog;
  readonly content: ContentStore;
  readonly erasableEvents: ErasableEvents;
  /** The database file, which another thread may read; `undefined` where there is none. */
  readonly file: string | undefined;
  /** Whether a durable write succeeds, and there is room for more. */
  isWritable(): Promise<boolean>;
  /** For metrics; all zero where the engine has no commits. */
  statistics(): GroupCommitStatistics;
  /** Makes durable what waits, refuses what comes later, lets the files go. May be called again. */
  close(): Promise<void>;
}

export interface SqliteStorageOptions {
  /** The database file; `-wal`, `-shm` and `.lock` appear beside it. Its folder is made where it is missing. */
  readonly path: string;
  /** How many writes may wait for their commit. */
  readonly maxWaitingWrites?: number;
  /** How many verdicts are kept in memory, about 2 KB each. */
  readonly cachedVerdicts?: number;
  /** Told how many seconds each transaction took until it was durable. */
  readonly onCommit?: (seconds: number) => void;
}

/** Loses everything at the end: for tests and trials. */
export function createMemoryStorage(): Storage {
  const rooms = new MemoryRoomStore();
  const outbox: MemoryOutboxStore = new MemoryOutboxStore((roomId, eventId) => graph.event(roomId, eventId));
  const graph = new MemoryGraphStore(rooms, outbox);
  const verdicts = new MemoryVerdictStore();
  const actions = new MemoryActionLogStore();
  const queue = new MemoryQueueStore(verdicts, actions);
  const precedents = new MemoryPrecedentStore(actions);
  const people = new MemoryPeopleStore();
  const settings = new MemorySettingsStore(actions);
  return {
    verdicts,
    judgedEvents: verdicts.judgedEvents,
    precedents,
    overrides: new MemoryOverrideStore({ verdicts, precedents, actions }),
    lockdowns: new MemoryLockdownStore(actions),
    queue,
    adminTokens: new MemoryAdminTokenStore(actions),
    search: new MemoryVerdictSearch(verdicts),
    actions,
    people,
    settings,
    rooms,
    keys: new MemoryKeyStore(),
    keyDocuments: new MemoryKeyDocumentStore(),
    graph,
    readers: new MemoryReaderStore(),
    outbox,
    directory: new MemoryDirectoryStore(),
    ruleDecisions: new MemoryRuleDecisionStore(actions),
    replayLog: new MemoryReplayLog(verdicts, { people, settings }),
    content: new MemoryContentStore(verdicts, queue),
    erasableEvents: graph,
    file: undefined,
    isWritable: async () => true,
    statistics: () => ({ commits: 0, writes: 0, failures: 0, waiting: 0 }),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Opens or makes a database that no other process uses. Rejects with a `StorageError` that says why it cannot be used. */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<Storage> {
  const database = openDatabase({ path: options.path, migrations });
  try {
    return await makeSqliteStorage(database, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

async function makeSqliteStorage(database: OpenDatabase, options: SqliteStorageOptions): Promise<Storage> {
  const { maxWaitingWrites = 10_000, cachedVerdicts = 8192, onCommit } = options;
  const { connection } = database;
  const log = await openWriteAheadLog(options.path);
  const group = new GroupCommit(connection, { maxWaiting: maxWaitingWrites, sync: () => log.sync(), onCommit });
  const verdicts = new SqliteVerdictStore(connection, group, { cachedVerdicts });
  const precedents = new SqlitePrecedentStore(connection, group);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    group.close();
    // A failure has been told to those whose writes it was.
    closing ??= group
      .durable()
      .catch(() => undefined)
      .then(() => log.close());
    await closing;
    database.close();
  };
  return {
    verdicts,
    judgedEvents: verdicts.judgedEvents,
    precedents,
    overrides: new SqliteOverrideStore(connection, group, { verdicts, precedents }),
    lockdowns: new SqliteLockdownStore(connection, group),
    queue: new SqliteQueueStore(connection, group),
    adminTokens: new SqliteAdminTokenStore(connection, group),
    search: new SqliteVerdictSearch(connection),
    actions: new SqliteActionLogStore(connection, group),
    people: new SqlitePeopleStore(connection, group),
    settings: new SqliteSettingsStore(connection, group),
    rooms: new SqliteRoomStore(connection, group),
    keys: new SqliteKeyStore(connection, group),
    keyDocuments: new SqliteKeyDocumentStore(connection, group),
    graph: new SqliteGraphStore(connection, group),
    readers: new SqliteReaderStore(connection, group),
    outbox: new SqliteOutboxStore(connection, group),
    directory: new SqliteDirectoryStore(connection, group),
    ruleDecisions: new SqliteRuleDecisionStore(connection, group),
    replayLog: new SqliteReplayLog(connection),
    content: new SqliteContentStore(connection, group),
    erasableEvents: new SqliteErasableEvents(connection, group),
    file: options.path,
    isWritable: createWriteProbe(connection, group, dirname(options.path)),
    statistics: () => group.statistics,
    close,
    [Symbol.asyncDispose]: close,
  };
}
