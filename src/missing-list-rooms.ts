/** Rooms of lists that settings name and the bot has never been in: joined a few at a time. */
import type { ListRoomLimit } from './policy/lists/list-room-limit.ts';
import type { PolicyLists } from './policy/lists/policy-lists.ts';
import type { RoomId } from './protocol/ids/room-id.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import type { Logger } from './telemetry/logger.ts';

const AT_ONCE = 4;

export class MissingListRooms {
  readonly #lists: PolicyLists;
  readonly #limit: ListRoomLimit;
  readonly #join: (list: RoomId, via: readonly ServerName[]) => Promise<unknown>;
  readonly #log: Logger;
  readonly #waiting = new Set<RoomId>();
  readonly #joining = new Map<RoomId, Promise<void>>();

  constructor(
    lists: PolicyLists,
    limit: ListRoomLimit,
    join: (list: RoomId, via: readonly ServerName[]) => Promise<unknown>,
    log: Logger,
  ) {
    this.#lists = lists;
    this.#limit = limit;
    this.#join = join;
    this.#log = log;
  }

  /** At the start, and after every change of settings. */
  join(): void {
    for (const list of this.#allowed()) if (!this.#joining.has(list)) this.#waiting.add(list);
    this.#next();
  }

  async settled(): Promise<void> {
    while (this.#joining.size > 0) await Promise.all(this.#joining.values());
  }

  /** Of each community as many as it may have; rooms without one have their settings from the owner. */
  #allowed(): ReadonlySet<RoomId> {
    const allowed = new Set<RoomId>();
    const missing = this.#lists.missing();
    const byScope = new Map<string, RoomId[]>();
    for (const list of missing) {
      for (const scope of this.#lists.scopesOf(list)) byScope.set(scope, [...(byScope.get(scope) ?? []), list]);
    }
    for (const [scope, lists] of byScope) {
      const own = scope.startsWith('!') ? lists : this.#limit.among(scope, lists);
      for (const list of own) allowed.add(list);
      if (own.length === lists.length) continue;
      const rooms = lists.length - own.length;
      this.#log.warn(
        { scope, rooms },
        'settings name more policy lists than policy_lists.max_rooms: some are not joined',
      );
    }
    return allowed;
  }

  #next(): void {
    for (const list of this.#waiting) {
      if (this.#joining.size >= AT_ONCE) return;
      this.#waiting.delete(list);
      this.#joining.set(list, this.#joinOne(list));
    }
  }

  async #joinOne(list: RoomId): Promise<void> {
    try {
      await this.#join(list, []);
      this.#lists.refresh();
    } catch (error) {
      this.#log.error({ err: error, list }, 'the room of a policy list could not be joined');
    } finally {
      this.#joining.delete(list);
      this.#next();
    }
  }
}
