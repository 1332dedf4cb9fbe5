/** Who subscribes to which list: rooms, and the communities that they belong to. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { SubscribedList } from './effect.ts';
import type { ListRooms } from './ports.ts';

/** What the settings in force say. */
export interface ListSettings {
  /** In force in a room; the same objects for as long as nothing changes. */
  subscriptionsOf(roomId: RoomId): readonly SubscribedList[];
  communityOf(roomId: RoomId): string | undefined;
}

/** A community, or a room without one, that subscribes to a list. */
export interface Subscriber {
  readonly scope: string;
  readonly rooms: readonly RoomId[];
  /** The strictest of its rooms'. */
  readonly limit: number;
  /** That of the first room. */
  readonly subscription: SubscribedList;
}

interface Draft extends Subscriber {
  readonly rooms: RoomId[];
  limit: number;
}

export class Subscribers {
  readonly #settings: ListSettings;
  readonly #rooms: Pick<ListRooms, 'joined'>;

  constructor(settings: ListSettings, rooms: Pick<ListRooms, 'joined'>) {
    this.#settings = settings;
    this.#rooms = rooms;
  }

  /** Rooms without a community are a community of their own. */
  scopeOf(roomId: RoomId): string {
    return this.#settings.communityOf(roomId) ?? roomId;
  }

  /** Rooms that can be protected: those that hold lists are not meant. Of one community, or all. */
  rooms(scope?: string): readonly RoomId[] {
    const lists = this.lists();
    return this.#rooms
      .joined()
      .filter((roomId) => !lists.has(roomId) && (scope === undefined || this.scopeOf(roomId) === scope));
  }

  /** All lists that some room subscribes to. */
  lists(): ReadonlySet<RoomId> {
    const lists = new Set<RoomId>();
    for (const roomId of this.#rooms.joined()) {
      for (const { list } of this.#settings.subscriptionsOf(roomId)) lists.add(list);
    }
    return lists;
  }

  of(list: RoomId): readonly Subscriber[] {
    const subscribers = new Map<string, Draft>();
    for (const roomId of this.rooms()) {
      const subscription = this.#settings.subscriptionsOf(roomId).find((one) => one.list === list);
      if (subscription === undefined) continue;
      const scope = this.scopeOf(roomId);
      const known = subscribers.get(scope) ?? { scope, rooms: [], limit: subscription.limit, subscription };
      known.limit = Math.min(known.limit, subscription.limit);
      known.rooms.push(roomId);
      subscribers.set(scope, known);
    }
    return [...subscribers.values()];
  }
}
