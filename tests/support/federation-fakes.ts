import type { FederationLog, KeyStore, NameResolver, SrvRecord } from '../../src/federation/ports.ts';
import { makeServerKeys, parseServerKeys, type ServerKeys, type VerifyKey } from '../../src/protocol/key-documents.ts';
import { signingKeyFromSeed, type SigningKey } from '../../src/protocol/ed25519.ts';
import { parseKeyId, type KeyId } from '../../src/protocol/ids/key-id.ts';
import { parseServerName, type ServerName } from '../../src/protocol/ids/server-name.ts';
import type { JsonObject } from '../../src/protocol/json.ts';

export function serverNamed(text: string): ServerName {
  const name = parseServerName(text);
  if (name === undefined) throw new TypeError(`${text} is no server name`);
  return name;
}

export function keyIdOf(text: string): KeyId {
  const keyId = parseKeyId(text);
  if (keyId === undefined) throw new TypeError(`${text} is no key id`);
  return keyId;
}

/** The same key for the same id and number, every time. */
export function testKey(keyId = 'ed25519:a', number = 1): SigningKey {
  return signingKeyFromSeed(keyIdOf(keyId), Buffer.alloc(32, number));
}

export function keyDocument(serverName: string, key: SigningKey, validUntilTs: number): JsonObject {
  return makeServerKeys(serverNamed(serverName), key, [], validUntilTs);
}

export function publishedKeys(serverName: string, key: SigningKey, validUntilTs: number): ServerKeys {
  const parsed = parseServerKeys(keyDocument(serverName, key, validUntilTs), serverNamed(serverName));
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return parsed.keys;
}

/** A log whose warnings can be looked at. */
export class RecordingLog implements FederationLog {
  readonly warnings: { fields: object; message: string }[] = [];

  debug(): void {
    // Not looked at.
  }

  warn(fields: object, message: string): void {
    this.warnings.push({ fields, message });
  }
}

/** Names as a test sets them; lookups are recorded in order. */
export class FakeNames implements NameResolver {
  readonly hosts = new Map<string, readonly string[]>();
  readonly records = new Map<string, readonly SrvRecord[] | Error>();
  readonly asked: string[] = [];

  async addresses(host: string): Promise<readonly { address: string; family: 4 | 6 }[]> {
    this.asked.push(host);
    const found = this.hosts.get(host);
    if (found === undefined) throw Object.assign(new Error(`${host} is not known`), { code: 'ENOTFOUND' });
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }

  async services(name: string): Promise<readonly SrvRecord[]> {
    this.asked.push(name);
    const found = this.records.get(name) ?? [];
    if (found instanceof Error) throw found;
    return found;
  }
}

/** Keys in a map, for parts that are tested without an engine. */
export class MapKeyStore implements KeyStore {
  readonly keys = new Map<ServerName, ReadonlyMap<KeyId, VerifyKey>>();
  reads = 0;

  async keysOf(serverName: ServerName): Promise<ReadonlyMap<KeyId, VerifyKey>> {
    this.reads += 1;
    return this.keys.get(serverName) ?? new Map<KeyId, VerifyKey>();
  }

  async putKeys({ serverName, keys }: ServerKeys): Promise<void> {
    this.keys.set(serverName, new Map([...(this.keys.get(serverName) ?? []), ...keys]));
  }
}
