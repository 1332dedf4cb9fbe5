import type { KeyStore } from '../../federation/ports.ts';
import type { KeyId } from '../../protocol/ids/key-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { ServerKeys, VerifyKey } from '../../protocol/key-documents.ts';
import { renewedKey } from '../renewed-key.ts';

export class MemoryKeyStore implements KeyStore {
  readonly #servers = new Map<ServerName, ReadonlyMap<KeyId, VerifyKey>>();

  async keysOf(serverName: ServerName): Promise<ReadonlyMap<KeyId, VerifyKey>> {
    return this.#servers.get(serverName) ?? new Map<KeyId, VerifyKey>();
  }

  async putKeys({ serverName, keys }: ServerKeys): Promise<void> {
    const merged = new Map(this.#servers.get(serverName));
    for (const [keyId, told] of keys) {
      const known = merged.get(keyId);
      merged.set(keyId, known === undefined ? told : renewedKey(known, told));
    }
    this.#servers.set(serverName, merged);
  }
}
