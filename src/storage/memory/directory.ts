import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { DirectoryStore } from '../../rooms/graph/ports.ts';

export class MemoryDirectoryStore implements DirectoryStore {
  readonly #aliases = new Map<string, RoomId>();
  readonly #publicRooms = new Set<RoomId>();

  async roomOfAlias(alias: string): Promise<RoomId | undefined> {
    return this.#aliases.get(alias);
  }

  async aliasesOf(roomId: RoomId): Promise<readonly string[]> {
    return [...this.#aliases].filter(([, owner]) => owner === roomId).map(([alias]) => alias);
  }

  async putAlias(alias: string, roomId: RoomId): Promise<boolean> {
    const owner = this.#aliases.get(alias) ?? roomId;
    this.#aliases.set(alias, owner);
    return owner === roomId;
  }

  async moveAliases(from: RoomId, to: RoomId): Promise<void> {
    for (const alias of await this.aliasesOf(from)) this.#aliases.set(alias, to);
  }

  async removeAliases(roomId: RoomId): Promise<void> {
    for (const alias of await this.aliasesOf(roomId)) this.#aliases.delete(alias);
  }

  async setPublic(roomId: RoomId, isPublic: boolean): Promise<void> {
    if (isPublic) this.#publicRooms.add(roomId);
    else this.#publicRooms.delete(roomId);
  }

  async publicRooms(): Promise<readonly RoomId[]> {
    return [...this.#publicRooms];
  }
}
