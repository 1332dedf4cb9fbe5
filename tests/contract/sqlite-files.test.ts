import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it, type TestContext } from 'node:test';
import type { Migration } from '../../src/storage/migrations/migration.ts';
import { migrations } from '../../src/storage/migrations/migrations.ts';
import { parseKeyId } from '../../src/protocol/ids/key-id.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { StorageError, type StorageErrorType } from '../../src/storage/storage-error.ts';
import { openSqliteStorage } from '../../src/storage/storage.ts';
import { databasePath } from './support/engines.ts';
import { roomId, sampleEventId, sampleJoin, sampleRoom, sampleVerdict, server } from './support/samples.ts';

function failsWith(type: StorageErrorType, message = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.type, type, error.message);
    assert.match(error.message, message);
    return true;
  };
}

/** What another program sees in the file. */
function inspect<T>(path: string, look: (connection: DatabaseSync) => T): T {
  using connection = new DatabaseSync(path);
  return look(connection);
}

async function makeDatabase(test: TestContext, verdicts = 1): Promise<string> {
  const path = databasePath(test);
  await using storage = await openSqliteStorage({ path });
  await Promise.all(Array.from({ length: verdicts }, (_, n) => storage.verdicts.add(sampleVerdict(n))));
  return path;
}

it('has everything again after it was closed and opened', async (test) => {
  const path = databasePath(test);
  const publicKey = Uint8Array.from({ length: 32 }, (_, i) => i);
  {
    await using storage = await openSqliteStorage({ path });
    await storage.verdicts.add(sampleVerdict(1));
    await storage.graph.append(sampleJoin(3, 1));
    await storage.rooms.addKnownEvents(roomId, [sampleEventId(1)]);
    const keys = new Map([[parseKeyId('ed25519:1')!, { publicKey, validUntilTs: 7, expired: false }]]);
    await storage.keys.putKeys({ serverName: server, validUntilTs: 7, keys });
  }
  await using storage = await openSqliteStorage({ path });
  assert.deepEqual(await storage.verdicts.find(sampleEventId(1)), sampleVerdict(1));
  assert.deepEqual(await storage.rooms.rooms(), [sampleRoom({ since: 1 })]);
  assert.deepEqual(await storage.graph.heads(roomId), sampleJoin(3, 1).heads);
  assert.equal((await storage.graph.stream(0, 100)).length, 4);
  assert.equal(await storage.rooms.countKnownEvents(roomId), 1);
  assert.deepEqual([...(await storage.keys.keysOf(server)).values()][0]?.publicKey, publicKey);
});

it('writes what waits before it closes, and refuses what comes later', async (test) => {
  const path = databasePath(test);
  const storage = await openSqliteStorage({ path });
  const add = storage.verdicts.add(sampleVerdict(1));
  await storage.close();
  assert.deepEqual(await add, sampleVerdict(1));
  await assert.rejects(storage.verdicts.add(sampleVerdict(2)), failsWith('closed'));
  await assert.rejects(storage.verdicts.find(sampleEventId(1)), failsWith('closed'));
  await assert.rejects(storage.rooms.rooms(), failsWith('closed'));
  await assert.rejects(storage.keys.keysOf(server), failsWith('closed'));
  assert.equal(await storage.isWritable(), false);
  await using again = await openSqliteStorage({ path });
  assert.deepEqual(await again.verdicts.find(sampleEventId(1)), sampleVerdict(1));
});

it('counts commits, which writes of all kinds share', async (test) => {
  await using storage = await openSqliteStorage({ path: databasePath(test), maxWaitingWrites: 102 });
  const before = storage.statistics();
  const verdicts = Array.from({ length: 100 }, async (_, n) => await storage.verdicts.add(sampleVerdict(n)));
  const room = storage.rooms.putRoom(sampleRoom());
  const keys = storage.keys.putKeys({ serverName: server, validUntilTs: 7, keys: new Map() });
  await Promise.resolve();
  assert.equal(storage.statistics().waiting, 102);
  await assert.rejects(storage.verdicts.add(sampleVerdict(100)), failsWith('overloaded'));
  await Promise.all([...verdicts, room, keys]);
  const after = storage.statistics();
  assert.deepEqual([after.commits - before.commits, after.writes - before.writes, after.failures], [1, 102, 0]);
});

it('keeps its files from other users', async (test) => {
  const path = databasePath(test);
  await using storage = await openSqliteStorage({ path });
  await storage.verdicts.add(sampleVerdict(1));
  const folder = dirname(path);
  const names = readdirSync(folder).sort();
  assert.deepEqual(names, ['gatehouse.db', 'gatehouse.db-shm', 'gatehouse.db-wal', 'gatehouse.db.lock']);
  for (const name of names) assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o600, name);
});

it('lets one Gatehouse at a time use a database, and others read it', async (test) => {
  const path = databasePath(test);
  const storage = await openSqliteStorage({ path });
  await storage.verdicts.add(sampleVerdict(1));
  await assert.rejects(openSqliteStorage({ path }), failsWith('locked', /Another Gatehouse is running/));
  await assert.rejects(openSqliteStorage({ path }), failsWith('locked'));
  const count = inspect(path, (connection) => connection.prepare('SELECT count(*) AS n FROM verdicts').get());
  assert.equal(count?.['n'], 1);
  await storage.verdicts.add(sampleVerdict(2));
  await storage.close();
  await using again = await openSqliteStorage({ path });
  assert.equal(await again.isWritable(), true);
});

it('refuses a database of a newer version and leaves it as it is', async (test) => {
  const path = await makeDatabase(test);
  inspect(path, (connection) => connection.exec('PRAGMA user_version = 9000'));
  const before = readFileSync(path);
  await assert.rejects(
    openSqliteStorage({ path }),
    failsWith(
      'newerVersion',
      new RegExp(`gatehouse\\.db.* version 9000, .* up to ${migrations.length}\\..*newer program`),
    ),
  );
  assert.deepEqual(readFileSync(path), before);
});

it('refuses a file that is no database and leaves it as it is', async (test) => {
  const path = databasePath(test);
  writeFileSync(path, 'server_name: example.org\n'.repeat(400));
  const before = readFileSync(path);
  await assert.rejects(openSqliteStorage({ path }), failsWith('notADatabase', /gatehouse\.db/));
  assert.deepEqual(readFileSync(path), before);
  assert.equal(existsSync(`${path}-wal`), false);
});

it("refuses another program's database and leaves it as it is", async (test) => {
  const path = databasePath(test);
  inspect(path, (connection) => connection.exec('CREATE TABLE rooms (room_id TEXT); PRAGMA user_version = 1'));
  const before = readFileSync(path);
  await assert.rejects(openSqliteStorage({ path }), failsWith('notADatabase', /another program/));
  assert.deepEqual(readFileSync(path), before);
});

it('tells that a file is damaged, on opening and on reading', async (test) => {
  const damagedSchema = await makeDatabase(test, 10);
  const bytes = readFileSync(damagedSchema);
  writeFileSync(damagedSchema, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(3996, 0x5a), bytes.subarray(4096)]));
  await assert.rejects(openSqliteStorage({ path: damagedSchema }), failsWith('corrupt', /backup/));

  const damagedPages = await makeDatabase(test, 2000);
  const more = readFileSync(damagedPages);
  writeFileSync(damagedPages, more.fill(0x5a, 64 * 4096));
  await using storage = await openSqliteStorage({ path: damagedPages });
  await assert.rejects(async () => {
    for (let n = 0; n < 2000; n += 1) await storage.verdicts.find(sampleEventId(n));
  }, failsWith('corrupt'));
});

it('says so where the folder cannot be made or the file not be opened', async (test) => {
  const path = await makeDatabase(test);
  await assert.rejects(openSqliteStorage({ path: `${path}/below/gatehouse.db` }), failsWith('io', /ENOTDIR/));
  await assert.rejects(openSqliteStorage({ path: dirname(path) }), failsWith('io'));
});

it('migrates step by step, each step wholly or not at all', (test) => {
  const path = databasePath(test);
  const newest = migrations.length;
  const good: Migration = { version: newest + 1, name: 'add a table', sql: 'CREATE TABLE more (a TEXT) STRICT;' };
  const bad: Migration = {
    version: newest + 2,
    name: 'stop half-way',
    sql: 'CREATE TABLE half (a TEXT); SELECT nonsense;',
  };
  const tables = (): unknown[] =>
    inspect(path, (connection) => [
      connection.prepare('PRAGMA user_version').get()?.['user_version'],
      ...connection
        .prepare("SELECT name FROM sqlite_schema WHERE name IN ('verdicts', 'more', 'half') ORDER BY name")
        .all()
        .map((row) => row['name']),
    ]);

  openDatabase({ path, migrations }).close();
  assert.deepEqual(tables(), [newest, 'verdicts']);
  assert.throws(() => openDatabase({ path, migrations: [...migrations, good, bad] }), failsWith('failed', /nonsense/));
  assert.deepEqual(tables(), [newest + 1, 'more', 'verdicts']);
  const mended = { ...bad, sql: 'CREATE TABLE half (a TEXT);' };
  openDatabase({ path, migrations: [...migrations, good, mended] }).close();
  assert.deepEqual(tables(), [newest + 2, 'half', 'more', 'verdicts']);
  const applied = inspect(path, (connection) => connection.prepare('SELECT * FROM schema_migrations').all());
  assert.deepEqual(
    applied.map((row) => [row['version'], row['name']]),
    [
      ...migrations.map(({ version, name }) => [version, name]),
      [newest + 1, 'add a table'],
      [newest + 2, 'stop half-way'],
    ],
  );
  for (const row of applied) assert.match(String(row['applied_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it('numbers its migrations without gaps', () => {
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, i) => i + 1),
  );
});

it('joins anew the rooms of a version that kept no events', async (test) => {
  const path = databasePath(test);
  openDatabase({ path, migrations: migrations.slice(0, 1) }).close();
  const left = sampleRoom({ membership: 'left', leftBecause: '{"membership":"joined"} \ud800 👢' });
  inspect(path, (connection) => {
    const insert = connection.prepare('INSERT INTO rooms (room_id, record, state_set) VALUES (?, ?, ?)');
    insert.run(roomId, JSON.stringify(sampleRoom({ historyFrontier: [sampleEventId(1)] })), 7);
    insert.run('!left:example.org', JSON.stringify(left), 8);
    insert.run('!known:example.org', null, null);
    connection.exec("INSERT INTO room_state VALUES (7, 'type', '', '$event', 1, '{}')");
  });
  await using storage = await openSqliteStorage({ path });
  assert.deepEqual(await storage.rooms.rooms(), [
    sampleRoom({ membership: 'joining', historyFrontier: [sampleEventId(1)] }),
    left,
  ]);
  assert.equal(await storage.graph.heads(roomId), undefined);
});

it('finds events through its indexes', async (test) => {
  const path = databasePath(test);
  await using storage = await openSqliteStorage({ path });
  await storage.graph.append(sampleJoin(1, 1));
  const plan = (where: string): string =>
    inspect(path, (connection) =>
      connection
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM events WHERE ${where}`)
        .all()
        .map((row) => String(row['detail']))
        .join('; '),
    );
  const indexed = (index: string): RegExp => new RegExp(`^SEARCH events USING INDEX ${index} [^;]*$`);
  assert.match(plan("event_id = '$a' AND room_key = 1"), indexed('events_by_id'));
  assert.match(
    plan("room_key = 1 AND status IN ('accepted', 'backfilled') AND origin_server_ts >= 1 ORDER BY origin_server_ts"),
    indexed('events_by_time'),
  );
  assert.match(
    plan("room_key = 1 AND status IN ('softFailed', 'rejected') ORDER BY position DESC"),
    indexed('events_unaccepted'),
  );
});

it('keeps positions of the stream growing, whatever was replaced before it was opened again', async (test) => {
  const path = databasePath(test);
  const { events, ...change } = sampleJoin(3, 1);
  {
    await using storage = await openSqliteStorage({ path });
    await storage.graph.append({ ...change, events: events.slice(0, 3) });
    // The last position is given up.
    await storage.graph.append({ ...change, events: events.slice(2, 3) });
  }
  await using storage = await openSqliteStorage({ path });
  await storage.graph.append({ ...change, events: events.slice(3) });
  const stream = await storage.graph.stream(0, 10);
  assert.deepEqual(
    stream.map(({ position, eventId }) => [position, eventId]),
    [1, 2, 4, 5].map((position, i) => [position, events[i]?.eventId]),
  );
  assert.deepEqual(await storage.graph.stream(4, 10), stream.slice(3));
});

it('lets others write while a large join is stored, and leaves nothing but outliers where it fails', async (test) => {
  await using storage = await openSqliteStorage({ path: databasePath(test) });
  const change = sampleJoin(3_000, 1);
  const before = storage.statistics().commits;
  await storage.graph.append(change);
  assert.ok(storage.statistics().commits - before >= 5);
  const second = sampleJoin(500, 2);
  await assert.rejects(storage.graph.append({ ...second, events: [...second.events, ...change.events.slice(-1)] }));
  assert.deepEqual(await storage.graph.heads(roomId), change.heads);
  assert.deepEqual(await storage.rooms.rooms(), [change.record]);
  assert.deepEqual((await storage.graph.overview(roomId, 1)).counts, { accepted: 1, outlier: 3_500 });
  await storage.graph.append(second);
  assert.deepEqual((await storage.graph.overview(roomId, 1)).counts, { accepted: 2, outlier: 3_500 });
});
