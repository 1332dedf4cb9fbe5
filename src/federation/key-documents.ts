/** The last key document of every server, as the server signed it: what a notary hands on. */
import { LRUCache } from 'lru-cache';
import { parseServerKeys, type ServerKeys } from '../protocol/key-documents.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { FederationLog, KeyDocumentStore } from './ports.ts';

export interface KeyDocument {
  readonly document: JsonObject;
  readonly keys: ServerKeys;
}

const MAX_IN_MEMORY = 1_000;

export class KeyDocuments {
  readonly #store: KeyDocumentStore;
  readonly #log: FederationLog;
  readonly #memory = new LRUCache<ServerName, KeyDocument>({ max: MAX_IN_MEMORY });

  constructor(store: KeyDocumentStore, log: FederationLog) {
    this.#store = store;
    this.#log = log;
  }

  async find(serverName: ServerName): Promise<KeyDocument | undefined> {
    const known = this.#memory.get(serverName);
    if (known !== undefined) return known;
    const document = await this.#store.keyDocument(serverName);
    const parsed = document === undefined ? undefined : parseServerKeys(document, serverName);
    const stored = document !== undefined && parsed?.ok === true ? { document, keys: parsed.keys } : undefined;
    // Somebody may have brought a newer one while we read.
    const found = this.#memory.get(serverName) ?? stored;
    if (found !== undefined) this.#memory.set(serverName, found);
    return found;
  }

  /** Keeps a document that has been checked, unless what is known is better. */
  async remember(keys: ServerKeys, document: JsonObject): Promise<void> {
    const { serverName } = keys;
    try {
      const known = await this.find(serverName);
      if (known !== undefined && isWorse(keys, known.keys)) return;
      this.#memory.set(serverName, { document, keys });
      await this.#store.putKeyDocument(serverName, document);
    } catch (error) {
      // It is fetched again when a notary's answer needs it.
      this.#log.warn({ err: error, serverName }, 'a key document could not be stored');
    }
  }
}

/** One that ends sooner is older; one with other bytes under a known id may be anybody's. */
function isWorse(told: ServerKeys, known: ServerKeys): boolean {
  if (told.validUntilTs < known.validUntilTs) return true;
  return [...told.keys].some(([keyId, key]) => {
    const before = known.keys.get(keyId);
    return before !== undefined && Buffer.compare(before.publicKey, key.publicKey) !== 0;
  });
}
