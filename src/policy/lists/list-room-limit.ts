/**
 * How many rooms of lists a community may have the bot in. Whoever holds a community's token names rooms of strangers; each
 * costs memory and traffic for as long as the bot is in it.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';

export interface ListRoomLimitDeps {
  /** Rooms of lists for each community. */
  readonly max: number;
  /** Lists to which a community subscribes by its own settings. */
  readonly listsOf: (community: string) => ReadonlySet<RoomId>;
  /** Whether anybody subscribes to the list. */
  readonly isInUse: (list: RoomId) => boolean;
  readonly leave: (room: RoomId) => Promise<unknown>;
}

export class ListRoomLimit {
  readonly #deps: ListRoomLimitDeps;
  /** Rooms that the bot has joined so that a community could look at the list, oldest first; forgotten at a restart. */
  readonly #lookedAt = new Map<string, Set<RoomId>>();
  /** One join a community at a time. */
  readonly #joining = new Map<string, Promise<unknown>>();

  constructor(deps: ListRoomLimitDeps) {
    this.#deps = deps;
  }

  get max(): number {
    return this.#deps.max;
  }

  /** Whether a community may have the bot join another list's room; the owner, without one, always may. */
  allows(community: string | undefined, target: string): boolean {
    if (community === undefined) return true;
    const lists: ReadonlySet<string> = this.#deps.listsOf(community);
    return lists.has(target) || lists.size < this.#deps.max;
  }

  /** Of rooms that a community wants to be joined those that it may have; what the owner subscribes to is not counted. */
  among(community: string, rooms: readonly RoomId[]): readonly RoomId[] {
    const lists = this.#deps.listsOf(community);
    const counted = rooms.filter((room) => lists.has(room));
    const free = this.#deps.max - (lists.size - counted.length);
    const allowed = new Set(counted.slice(0, Math.max(0, free)));
    return rooms.filter((room) => !lists.has(room) || allowed.has(room));
  }

  /** Joins, and leaves the room that was looked at longest ago where that makes too many. */
  async join<T extends { readonly type: string; readonly roomId?: RoomId }>(
    community: string | undefined,
    join: () => Promise<T>,
  ): Promise<T> {
    if (community === undefined) return await join();
    const before = this.#joining.get(community);
    const work = (async () => {
      await before?.catch(() => undefined);
      const joined = await join();
      if (joined.type === 'joined' && joined.roomId !== undefined) await this.#lookAt(community, joined.roomId);
      return joined;
    })();
    this.#joining.set(community, work);
    try {
      return await work;
    } finally {
      if (this.#joining.get(community) === work) this.#joining.delete(community);
    }
  }

  async #lookAt(community: string, list: RoomId): Promise<void> {
    const { max, listsOf, isInUse, leave } = this.#deps;
    const rooms = this.#lookedAt.get(community) ?? new Set<RoomId>();
    this.#lookedAt.set(community, rooms.add(list));
    const subscribed = listsOf(community);
    for (const room of rooms) {
      if (rooms.size + subscribed.size <= max || room === list) break;
      rooms.delete(room);
      if (!isInUse(room)) await leave(room);
    }
  }
}
