import type { KeyDocumentStore } from '../../federation/ports.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonObject } from '../../protocol/json.ts';

export class MemoryKeyDocumentStore implements KeyDocumentStore {
  readonly #documents = new Map<ServerName, JsonObject>();

  async keyDocument(serverName: ServerName): Promise<JsonObject | undefined> {
    return this.#documents.get(serverName);
  }

  async putKeyDocument(serverName: ServerName, document: JsonObject): Promise<void> {
    this.#documents.set(serverName, document);
  }
}
