/** What `federation/` needs from outside: storage of keys, and names resolved to addresses. */
import type { ServerKeys, VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';

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

/** The last key document of each server, word for word: what a notary hands on. */
export interface KeyDocumentStore {
  keyDocument(serverName: ServerName): Promise<JsonObject | undefined>;
  /** Takes the place of the one before. Durable once resolved. */
  putKeyDocument(serverName: ServerName, document: JsonObject): Promise<void>;
}

/** Names to addresses and services, as the system's resolver and DNS have them. */
export interface NameResolver {
  /** Every address of a host, in the order to try them. Rejects where the host has none or cannot be looked up. */
  addresses(host: string): Promise<readonly { address: string; family: 4 | 6 }[]>;
  /** SRV records; empty where the name has none. Rejects where DNS does not answer. */
  services(name: string): Promise<readonly SrvRecord[]>;
}

export interface SrvRecord {
  readonly target: string;
  readonly port: number;
  /** Lower is asked first. */
  readonly priority: number;
  readonly weight: number;
}

/** Where federation says what operators should know. Fields first, then a sentence. */
export interface FederationLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
