import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { StorageError } from '../storage-error.ts';
import { GroupCommit } from './group-commit.ts';

function makeGroup(maxWaiting = 1000, sync?: () => Promise<void>) {
  const connection = new DatabaseSync(':memory:');
  connection.exec('CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT');
  const insert = connection.prepare('INSERT INTO numbers VALUES (?)');
  const group = new GroupCommit(connection, { maxWaiting, ...(sync === undefined ? {} : { sync }) });
  const add = async (...numbers: number[]): Promise<number> =>
    await group.run(() => {
      for (const n of numbers) insert.run(n);
      return numbers.length;
    });
  const stored = (): unknown[] =>
    connection
      .prepare('SELECT n FROM numbers ORDER BY n')
      .all()
      .map((row) => row['n']);
  return { connection, group, add, stored };
}

function outcomes(settled: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    return result.reason instanceof StorageError ? result.reason.type : String(result.reason);
  });
}

it('commits together what came together', async () => {
  const { group, add } = makeGroup();
  assert.deepEqual(await Promise.all(Array.from({ length: 100 }, async (_, n) => await add(n))), Array(100).fill(1));
  assert.deepEqual(group.statistics, { commits: 1, writes: 100, failures: 0, waiting: 0 });
  await add(100);
  await add(101);
  assert.equal(group.statistics.commits, 3);
});

it('resolves nothing before its commit', async () => {
  const { connection, group } = makeGroup();
  let wasInside = false;
  const write = group.run(() => {
    wasInside = connection.isTransaction;
  });
  assert.equal(group.statistics.waiting, 1);
  await write;
  assert.equal(wasInside, true);
  assert.equal(connection.isTransaction, false);
});

it('undoes a failing write alone', async () => {
  const { group, add, stored } = makeGroup();
  await add(5);
  const writes = [add(1), add(2, 5), add(3), group.run(() => assert.fail('of its own making')), add(4), add(4)];
  assert.deepEqual(outcomes(await Promise.allSettled(writes)), [
    1,
    'failed',
    1,
    'AssertionError [ERR_ASSERTION]: of its own making',
    1,
    'failed',
  ]);
  assert.deepEqual(stored(), [1, 3, 4, 5]);
  assert.deepEqual(group.statistics, { commits: 2, writes: 4, failures: 3, waiting: 0 });
});

it('fails the whole group where the commit fails, and works again', async () => {
  const { connection, group, add, stored } = makeGroup();
  connection.exec('PRAGMA foreign_keys = ON');
  connection.exec('CREATE TABLE parts (n INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)');
  const orphan = group.run(() => connection.exec('INSERT INTO parts VALUES (1000)'));
  assert.deepEqual(outcomes(await Promise.allSettled([add(1), orphan, add(2)])), ['failed', 'failed', 'failed']);
  assert.deepEqual(stored(), []);
  assert.equal(await add(1), 1);
  assert.deepEqual(stored(), [1]);
  assert.equal(group.statistics.failures, 3);
});

it('says that the disk is full, and works again when it is not', async () => {
  const { connection, group, add } = makeGroup();
  const fill = async (): Promise<unknown> =>
    await group.run(() => connection.exec('CREATE TABLE large AS SELECT zeroblob(1000000) AS bytes'));
  connection.exec('PRAGMA max_page_count = 10');
  const settled = outcomes(await Promise.allSettled([add(1), fill(), add(2)]));
  assert.equal(settled[1], 'diskFull');
  connection.exec('PRAGMA max_page_count = 100000');
  await fill();
  assert.equal(await add(3), 1);
});

it('says that the database is read-only', async () => {
  const { connection, add } = makeGroup();
  connection.exec('PRAGMA query_only = ON');
  await assert.rejects(add(1), { name: 'StorageError', type: 'readOnly' });
});

it('fails writes where the transaction cannot begin', async () => {
  const { connection, add, stored } = makeGroup();
  connection.exec('BEGIN');
  await assert.rejects(add(1), { name: 'StorageError', type: 'failed' });
  assert.equal(await add(2), 1);
  assert.deepEqual(stored(), [2]);
});

it('refuses more than may wait, and takes more when they are written', async () => {
  const { add, stored } = makeGroup(3);
  const writes = [1, 2, 3, 4, 5].map(async (n) => await add(n));
  assert.deepEqual(outcomes(await Promise.allSettled(writes)), [1, 1, 1, 'overloaded', 'overloaded']);
  assert.equal(await add(4), 1);
  assert.deepEqual(stored(), [1, 2, 3, 4]);
});

it('keeps the order of writes across groups', async () => {
  const { group } = makeGroup(5000);
  const order: number[] = [];
  await Promise.all(Array.from({ length: 1500 }, async (_, n) => await group.run(() => order.push(n))));
  assert.deepEqual(
    order,
    Array.from({ length: 1500 }, (_, n) => n),
  );
  assert.equal(group.statistics.commits, 3);
});

it('commits what waits when closed, and refuses the rest', async () => {
  const { group, add, stored } = makeGroup();
  const write = add(1);
  group.close();
  assert.deepEqual(stored(), [1]);
  assert.equal(await write, 1);
  await assert.rejects(add(2), { name: 'StorageError', type: 'closed' });
});

it('tells nobody before the disk has it, and gathers the next group meanwhile', async () => {
  const syncs: PromiseWithResolvers<undefined>[] = [];
  const { group, add, stored } = makeGroup(1000, async () => {
    const sync = Promise.withResolvers<undefined>();
    syncs.push(sync);
    await sync.promise;
  });
  const told: string[] = [];
  const first = add(1).then(() => told.push('first'));
  await new Promise((resolve) => setImmediate(resolve));
  const others = Promise.all([add(2), add(3)]).then(() => told.push('others'));
  const durable = group.durable().then(() => told.push('durable'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([stored(), told, syncs.length], [[1], [], 1]);
  syncs[0]?.resolve(undefined);
  await Promise.all([first, durable]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([stored(), syncs.length], [[1, 2, 3], 2]);
  syncs[1]?.resolve(undefined);
  await others;
  assert.deepEqual(told, ['first', 'durable', 'others']);
  assert.deepEqual(group.statistics, { commits: 2, writes: 3, failures: 0, waiting: 0 });
});

it('trusts nothing any more once the disk has failed', async () => {
  const { group, add } = makeGroup(1000, () => Promise.reject(new Error('EIO')));
  assert.deepEqual(outcomes(await Promise.allSettled([add(1), add(2)])), ['io', 'io']);
  await assert.rejects(add(3), { name: 'StorageError', type: 'io' });
  await assert.rejects(group.durable(), { name: 'StorageError', type: 'io' });
  assert.equal(group.statistics.failures, 2);
});

it('syncs what it commits when closed while the disk is busy', async () => {
  const busy = Promise.withResolvers<undefined>();
  let syncs = 0;
  const { group, add } = makeGroup(1000, async () => {
    syncs += 1;
    await busy.promise;
  });
  const first = add(1);
  await new Promise((resolve) => setImmediate(resolve));
  const second = add(2);
  group.close();
  assert.equal(syncs, 2);
  busy.resolve(undefined);
  await group.durable();
  assert.deepEqual(await Promise.all([first, second]), [1, 1]);
});
