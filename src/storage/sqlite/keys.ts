import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyStore } from '../../federation/ports.ts';
import type { KeyId } from '../../protocol/ids/key-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { ServerKeys, VerifyKey } from '../../protocol/key-documents.ts';
import { renewedKey } from '../renewed-key.ts';
import type { GroupCommit } from './group-commit.ts';
import { bytesOf, integerOf, textOf } from './row.ts';
import { toStorageError } from './sqlite-errors.ts';

export class SqliteKeyStore implements KeyStore {
  readonly #group: GroupCommit;
  readonly #select: StatementSync;
  readonly #put: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#select = connection.prepare('SELECT * FROM server_keys WHERE server_name = ?');
    this.#put = connection.prepare(
      `INSERT INTO server_keys (server_name, key_id, public_key, valid_until_ts, expired) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET valid_until_ts = excluded.valid_until_ts, expired = excluded.expired`,
    );
  }

  async keysOf(serverName: ServerName): Promise<ReadonlyMap<KeyId, VerifyKey>> {
    try {
      return this.#read(serverName);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async putKeys({ serverName, keys }: ServerKeys): Promise<void> {
    await this.#group.run(() => {
      const knownKeys = this.#read(serverName);
      for (const [keyId, told] of keys) {
        const known = knownKeys.get(keyId);
        const key = known === undefined ? told : renewedKey(known, told);
        if (key !== known) this.#put.run(serverName, keyId, key.publicKey, key.validUntilTs, key.expired ? 1 : 0);
      }
    });
  }

  #read(serverName: ServerName): Map<KeyId, VerifyKey> {
    const keys = new Map<KeyId, VerifyKey>();
    for (const row of this.#select.all(serverName)) {
      keys.set(textOf(row, 'key_id') as KeyId, {
        publicKey: bytesOf(row, 'public_key'),
        validUntilTs: integerOf(row, 'valid_until_ts'),
        expired: integerOf(row, 'expired') === 1,
      });
    }
    return keys;
  }
}
