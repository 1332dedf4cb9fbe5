import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyDocumentStore } from '../../federation/ports.ts';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../protocol/json.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { textOf } from './row.ts';

export class SqliteKeyDocumentStore implements KeyDocumentStore {
  readonly #group: GroupCommit;
  readonly #select: StatementSync;
  readonly #put: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#select = connection.prepare('SELECT document FROM server_key_documents WHERE server_name = ?');
    this.#put = connection.prepare(
      `INSERT INTO server_key_documents (server_name, document) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET document = excluded.document`,
    );
  }

  async keyDocument(serverName: ServerName): Promise<JsonObject | undefined> {
    const row = reading(() => this.#select.get(serverName));
    if (row === undefined) return undefined;
    const parsed = parseJson(textOf(row, 'document'));
    return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
  }

  async putKeyDocument(serverName: ServerName, document: JsonObject): Promise<void> {
    const text = canonicalText(document);
    await this.#group.run(() => this.#put.run(serverName, text));
  }
}
