/** What `federation/` needs from outside: storage of keys, and names resolved to addresses. */
import type { ServerKeys, VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';

/** Keys of other servers, kept for ever: old events must stay verifiable when their server is gone. */
export interface KeyStore {
  /** Every key known of a server, expired ones included; empty where none is known. */
  keysOf(serverName: ServerName): Promise<ReadonlyMap<KeyId, VerifyKey>>;
  /**
   * Adds keys and renews the validity of known ones. A key that is known under the same id with other bytes stays as it
   * is. Durable once resolved.
   */
  putKeys(keys: ServerKeys): Promise<void>;
}
