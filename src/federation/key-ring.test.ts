import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import {
  keyIdOf,
  MapKeyStore,
  publishedKeys,
  RecordingLog,
  serverNamed,
  testKey,
} from '../../tests/support/federation-fakes.ts';
import type { ServerKeys, VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { KeyFetchers, KeyNeed, OriginAnswer } from './key-fetchers.ts';
import { createKeyRing, type KeyQuery } from './key-ring.ts';
import { mergeKeys } from './known-keys.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const us = serverNamed('us.test');
const origin = serverNamed('origin.test');
const a = keyIdOf('ed25519:a');
const b = keyIdOf('ed25519:b');

/** Servers that publish what a test says; those it says nothing about cannot be reached. */
class FakeFetchers implements KeyFetchers {
  readonly published = new Map<ServerName, ServerKeys>();
  readonly notarized = new Map<ServerName, ReadonlyMap<ServerName, ServerKeys>>();
  readonly asked: ServerName[] = [];
  readonly batches: { notary: ServerName; needs: ReadonlyMap<ServerName, KeyNeed> }[] = [];
  gate: Promise<unknown> = Promise.resolve();

  publish(keys: ServerKeys): void {
    this.published.set(keys.serverName, keys);
  }

  async fromOrigin(serverName: ServerName): Promise<OriginAnswer> {
    this.asked.push(serverName);
    await this.gate;
    const keys = this.published.get(serverName);
    return keys === undefined ? { ok: false, reason: { type: 'unreachable', detail: 'down' } } : { ok: true, keys };
  }

  async fromNotary(
    notary: ServerName,
    notaryKeys: ReadonlyMap<KeyId, VerifyKey>,
    needs: ReadonlyMap<ServerName, KeyNeed>,
  ): Promise<readonly ServerKeys[]> {
    this.batches.push({ notary, needs });
    if (notaryKeys.size === 0) return [];
    const known = this.notarized.get(notary);
    return [...needs.keys()].flatMap((serverName) => known?.get(serverName) ?? []);
  }
}

function setUp(options: { store?: MapKeyStore; keyServers?: readonly string[] } = {}) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const fetchers = new FakeFetchers();
  const store = options.store ?? new MapKeyStore();
  const keyServers = (options.keyServers ?? []).map(serverNamed);
  const own = publishedKeys('us.test', testKey('ed25519:own', 9), clock.now() + DAY_MS);
  const ring = createKeyRing({ ownKeys: () => own, store, fetchers, keyServers, clock, log, random: () => 0.5 });
  const ask = async (keyId: KeyId = a, minimumValidUntilTs?: number) => {
    const minimum = minimumValidUntilTs === undefined ? {} : { minimumValidUntilTs };
    return await ring.keysFor(origin, [keyId], { timeoutMs: 30_000, ...minimum });
  };
  const publish = (number = 1, validUntilTs = clock.now() + DAY_MS, keyId = 'ed25519:a') => {
    fetchers.publish(publishedKeys('origin.test', testKey(keyId, number), validUntilTs));
  };
  return { ring, clock, log, fetchers, store, ask, publish, own };
}

describe('key ring', () => {
  it('asks the server once, and then memory', async () => {
    const { ring, ask, publish, fetchers } = setUp();
    publish();
    assert.equal(ring.cached(origin), undefined);
    const found = await ask();
    assert.equal(found.failed, undefined);
    assert.deepEqual(found.keys.get(a)?.publicKey, new Uint8Array(testKey().publicKey));
    await ask();
    assert.deepEqual(fetchers.asked, [origin]);
    assert.deepEqual(ring.cached(origin), found.keys);
  });

  it('shares one fetch between all who need the keys of a server', async () => {
    const { ask, publish, fetchers } = setUp();
    publish();
    const found = await Promise.all(Array.from({ length: 50 }, async () => await ask()));
    assert.ok(found.every(({ failed }) => failed === undefined));
    assert.equal(fetchers.asked.length, 1);
  });

  it('lets the one who waits go when time is up, and the fetch go on', async () => {
    const { ring, ask, publish, fetchers, clock } = setUp();
    publish();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    fetchers.gate = promise;
    const hurried = ring.keysFor(origin, [a], { timeoutMs: 100 });
    const patient = ask();
    await clock.advance(100);
    assert.equal((await hurried).failed?.type, 'unavailable');
    resolve(undefined);
    assert.equal((await patient).failed, undefined);
    assert.equal(fetchers.asked.length, 1);
  });

  it('knows keys after a restart although their server is gone', async () => {
    const before = setUp();
    before.publish();
    await before.ask();
    const after = setUp({ store: before.store });
    const found = await after.ask();
    assert.equal(found.failed, undefined);
    assert.deepEqual(after.fetchers.asked, []);
    assert.ok(after.ring.cached(origin)?.has(a));
  });

  it('answers for this server itself, and never asks anyone about it', async () => {
    const { ring, own, fetchers, store } = setUp();
    assert.deepEqual(ring.cached(us), own.keys);
    const found = await ring.keysFor(us, [keyIdOf('ed25519:unknown')], { timeoutMs: 1000 });
    assert.deepEqual(found.keys, own.keys);
    assert.equal(found.failed?.type, 'unknown');
    assert.deepEqual(fetchers.asked, []);
    assert.equal(store.reads, 0);
  });

  it('asks again when the keys known are not valid for long enough', async () => {
    const { ask, publish, fetchers, clock } = setUp();
    publish(1, clock.now() + DAY_MS);
    await ask(a, clock.now());
    await clock.advance(DAY_MS + 1);
    publish(1, clock.now() + DAY_MS);
    const found = await ask(a, clock.now());
    assert.equal(found.failed, undefined);
    assert.equal(fetchers.asked.length, 2);
  });

  it('never puts another key in the place of a known one, and says so', async () => {
    const { ask, publish, fetchers, clock, log, store } = setUp();
    publish(1);
    await ask();
    await clock.advance(2 * DAY_MS);
    publish(2);
    const found = await ask(a, clock.now());
    assert.deepEqual(found.keys.get(a)?.publicKey, new Uint8Array(testKey('ed25519:a', 1).publicKey));
    assert.deepEqual(store.keys.get(origin)?.get(a)?.publicKey, new Uint8Array(testKey('ed25519:a', 1).publicKey));
    assert.equal(found.failed?.type, 'unknown');
    assert.equal(fetchers.asked.length, 2);
    assert.deepEqual(
      log.warnings.map(({ fields }) => fields),
      [{ serverName: origin, keyIds: [a] }],
    );
  });

  it('goes on with keys that could not be stored', async () => {
    const { ask, publish, store, log } = setUp();
    publish();
    store.putKeys = () => Promise.reject(new Error('disk full'));
    assert.equal((await ask()).failed, undefined);
    assert.equal(log.warnings.length, 1);
  });

  it('fails as a machine where the store cannot be read', async () => {
    const { ask, store } = setUp();
    store.keysOf = () => Promise.reject(new Error('disk gone'));
    await assert.rejects(ask(), /disk gone/);
  });
});

describe('key ring: how often it asks', () => {
  it('asks a server that fails ever more rarely, but every hour', async () => {
    const { ask, fetchers, clock } = setUp();
    const times: number[] = [];
    for (let minute = 0; minute < 300; minute += 1) {
      const before = fetchers.asked.length;
      assert.equal((await ask()).failed?.type, 'unavailable');
      if (fetchers.asked.length > before) times.push(minute);
      await clock.advance(MINUTE_MS);
    }
    assert.deepEqual(times, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('asks ever more rarely for a key id that the server does not have', async () => {
    const { ask, publish, fetchers, clock } = setUp();
    publish();
    const times: number[] = [];
    for (let minute = 0; minute < 130; minute += 1) {
      const before = fetchers.asked.length;
      assert.equal((await ask(b)).failed?.type, 'unknown');
      if (fetchers.asked.length > before) times.push(minute);
      await clock.advance(MINUTE_MS);
    }
    assert.deepEqual(times, [0, 1, 3, 7, 15, 31, 63, 123]);
  });

  it('is not kept from new keys by made-up ids, nor made to ask more than once a minute', async () => {
    const { ask, publish, fetchers, clock } = setUp();
    publish();
    for (let i = 0; i < 600; i += 1) {
      await ask(keyIdOf(`ed25519:made_up_${i}`));
      await clock.advance(1000);
    }
    assert.equal(fetchers.asked.length, 10);
    publish(2, clock.now() + DAY_MS, 'ed25519:b');
    await ask(keyIdOf('ed25519:made_up'));
    await clock.advance(MINUTE_MS);
    assert.equal((await ask(b)).failed, undefined);
  });

  it('tells a key that is not there from one that it may not ask for yet', async () => {
    const { ask } = setUp();
    const { ask: askFine, publish } = setUp();
    publish();
    await askFine(b);
    assert.equal((await askFine(b)).failed?.type, 'unknown');
    assert.equal((await askFine(keyIdOf('ed25519:c'))).failed?.type, 'unavailable');
    await ask();
    assert.equal((await ask()).failed?.type, 'unavailable');
  });

  it('remembers nothing of names that have no keys', async () => {
    const { ring, store, fetchers } = setUp();
    for (let i = 0; i < 20; i += 1) {
      const name = serverNamed(`made-up-${i}.test`);
      await ring.keysFor(name, [a], { timeoutMs: 1000 });
      assert.equal(ring.cached(name), undefined);
    }
    assert.equal(store.keys.size, 0);
    assert.equal(fetchers.asked.length, 20);
  });
});

describe('key ring: notaries', () => {
  const notary = serverNamed('notary.test');

  function withNotary(servers: number) {
    const parts = setUp({ keyServers: ['notary.test'] });
    const { fetchers, clock } = parts;
    fetchers.publish(publishedKeys('notary.test', testKey('ed25519:n', 7), clock.now() + DAY_MS));
    const names = Array.from({ length: servers }, (_, index) => serverNamed(`gone-${index}.test`));
    const keysOf = (name: ServerName) => publishedKeys(name, testKey('ed25519:a', 1), clock.now() + DAY_MS);
    fetchers.notarized.set(notary, new Map(names.map((name) => [name, keysOf(name)])));
    return { ...parts, names };
  }

  it('are asked when the server is gone', async () => {
    const { ring, fetchers, names, store } = withNotary(1);
    const [name] = names;
    assert.ok(name !== undefined);
    const found = await ring.keysFor(name, [a], { timeoutMs: 30_000 });
    assert.equal(found.failed, undefined);
    assert.deepEqual(fetchers.asked, [name, notary]);
    assert.ok(store.keys.get(name)?.has(a));
  });

  it('are not asked when the server answers', async () => {
    const { ask, publish, fetchers } = withNotary(0);
    publish();
    await ask();
    assert.equal(fetchers.batches.length, 0);
  });

  it('are asked about many servers at once', async () => {
    const { ring, fetchers, names } = withNotary(500);
    const queries = new Map<ServerName, readonly KeyQuery[]>(names.map((name) => [name, [{ keyIds: [a] }]]));
    const found = await ring.keysForAll(queries, { timeoutMs: 30_000 });
    assert.ok(names.every((name) => found.get(name)?.failed === undefined && found.get(name)?.keys.has(a)));
    assert.ok(fetchers.batches.length < 125, `${fetchers.batches.length} batches`);
    assert.ok(fetchers.batches.every(({ needs }) => needs.size <= 100));
  });

  it('are asked for the ids needed', async () => {
    const { ask, fetchers, clock } = withNotary(0);
    await ask(b, 5);
    assert.deepEqual(fetchers.batches[0]?.needs, new Map([[origin, { keyIds: [b], minimumValidUntilTs: 5 }]]));
    await clock.advance(1);
  });
});

describe('merging keys', () => {
  const now = 1000;
  const key = (number: number, validUntilTs: number, expired = false): VerifyKey => {
    return { publicKey: testKey('ed25519:a', number).publicKey, validUntilTs, expired };
  };
  const cases: readonly (readonly [string, VerifyKey, VerifyKey, VerifyKey, boolean])[] = [
    ['a longer validity counts', key(1, now), key(1, now + 1), key(1, now + 1), false],
    ['a shorter one does not', key(1, now), key(1, now - 1), key(1, now), false],
    ['expiry counts', key(1, now), key(1, now - 5, true), key(1, now - 5, true), false],
    ['what has expired stays so', key(1, now, true), key(1, now + 9), key(1, now, true), false],
    ['another key is a conflict', key(1, now), key(2, now + 9), key(1, now), true],
    ['another expired key too', key(1, now), key(2, now, true), key(1, now), true],
  ];
  for (const [what, before, fetched, after, conflict] of cases) {
    it(what, () => {
      const merged = mergeKeys(new Map([[a, before]]), new Map([[a, fetched]]));
      assert.deepEqual(merged.keys.get(a), after);
      assert.deepEqual(merged.conflicts, conflict ? [a] : []);
    });
  }

  it('keeps keys that are not published any more, and takes no endless number', () => {
    const many = new Map(Array.from({ length: 2000 }, (_, index) => [keyIdOf(`ed25519:${index}`), key(1, now)]));
    const merged = mergeKeys(new Map([[a, key(1, now)]]), many);
    assert.equal(merged.keys.size, 1024);
    assert.ok(merged.keys.has(a));
  });
});
