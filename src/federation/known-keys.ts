/** The keys of other servers that this process remembers, over the store that keeps them for ever. */
import { LRUCache } from 'lru-cache';
import type { ServerKeys, VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { FederationLog, KeyStore } from './ports.ts';

export type KeysById = ReadonlyMap<KeyId, VerifyKey>;

const MAX_SERVERS = 20_000;
/** More than this a server never gets into memory or storage, however often it changes its document. */
const MAX_KEYS_OF_SERVER = 1024;

export class KnownKeys {
  readonly #store: KeyStore;
  readonly #log: FederationLog;
  readonly #memory = new LRUCache<ServerName, KeysById>({ max: MAX_SERVERS });
  readonly #loading = new Map<ServerName, Promise<KeysById>>();

  constructor(store: KeyStore, log: FederationLog) {
    this.#store = store;
    this.#log = log;
  }

  /** What memory has, at once. */
  cached(serverName: ServerName): KeysById | undefined {
    return this.#memory.get(serverName);
  }

  /** What memory or else the store has. */
  async load(serverName: ServerName): Promise<KeysById> {
    const cached = this.#memory.get(serverName);
    if (cached !== undefined) return cached;
    let loading = this.#loading.get(serverName);
    if (loading === undefined) {
      loading = this.#read(serverName).finally(() => this.#loading.delete(serverName));
      this.#loading.set(serverName, loading);
    }
    return await loading;
  }

  async #read(serverName: ServerName): Promise<KeysById> {
    const stored = await this.#store.keysOf(serverName);
    const keys = this.#memory.get(serverName) ?? stored;
    // Names without any key are not remembered: anyone can make them up, and push real ones out.
    if (keys.size > 0) this.#memory.set(serverName, keys);
    return keys;
  }

  /** Adds what a server publishes to what is known of it, and stores what is new; see `mergeKeys` for the rules. */
  async add(fetched: ServerKeys): Promise<KeysById> {
    const { serverName } = fetched;
    const loaded = await this.load(serverName);
    // Somebody else may have added some while we waited.
    const known = this.#memory.get(serverName) ?? loaded;
    const { keys, changed, conflicts } = mergeKeys(known, fetched.keys);
    if (conflicts.length > 0) {
      this.#log.warn(
        { serverName, keyIds: conflicts },
        'a server publishes other keys under known ids; the known stay',
      );
    }
    if (changed.size === 0) return keys;
    this.#memory.set(serverName, keys);
    try {
      await this.#store.putKeys({ ...fetched, keys: changed });
    } catch (error) {
      // The keys are good all the same; they are fetched again after a restart.
      this.#log.warn({ err: error, serverName }, 'keys could not be stored');
    }
    return keys;
  }
}

export interface MergedKeys {
  readonly keys: KeysById;
  readonly changed: KeysById;
  readonly conflicts: readonly KeyId[];
}

/**
 * A known key is never replaced by another under its id; its validity only grows, and once it has expired it stays so:
 * notaries may hand out documents older than what is known.
 */
export function mergeKeys(known: KeysById, fetched: KeysById): MergedKeys {
  const keys = new Map(known);
  const changed = new Map<KeyId, VerifyKey>();
  const conflicts: KeyId[] = [];
  for (const [keyId, key] of fetched) {
    const before = keys.get(keyId);
    if (before === undefined && keys.size >= MAX_KEYS_OF_SERVER) continue;
    if (before !== undefined && Buffer.compare(before.publicKey, key.publicKey) !== 0) conflicts.push(keyId);
    else if (before === undefined || renews(before, key)) {
      keys.set(keyId, key);
      changed.set(keyId, key);
    }
  }
  return { keys, changed, conflicts };
}

function renews(before: VerifyKey, key: VerifyKey): boolean {
  if (before.expired) return false;
  return key.expired || key.validUntilTs > before.validUntilTs;
}
