/** The lists in use, each compiled from its room's current state and kept so: changes take effect on the next event. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { RULE_TYPES, ruleAt, ruleKeyOf, type ListKind, type ListRule } from './list-rule.ts';
import { ListMatcher } from './matcher.ts';
import type { ListRoom, ListRooms } from './ports.ts';

export interface ListDirectoryOptions {
  readonly rooms: Pick<ListRooms, 'get' | 'load'>;
  /** Told of bans that have come to a list since it was compiled. */
  readonly onNewBans: (list: RoomId, rules: readonly ListRule[]) => void;
}

export class ListDirectory {
  readonly #options: ListDirectoryOptions;
  readonly #lists = new Map<RoomId, CompiledList>();

  constructor(options: ListDirectoryOptions) {
    this.#options = options;
  }

  /** As it is now; `undefined` where it is not compiled yet: `load` does that. */
  get(list: RoomId): ListMatcher | undefined {
    const compiled = this.#lists.get(list);
    // A room that was joined anew is another one, with its own state.
    if (compiled === undefined || compiled.room !== this.#options.rooms.get(list)) return undefined;
    return compiled.current();
  }

  /** Whether the bot has or had to do with the room: of others there is nothing to load. */
  isKnown(list: RoomId): boolean {
    return this.#options.rooms.get(list) !== undefined;
  }

  /** `undefined` where the bot never had to do with the room. */
  async load(list: RoomId): Promise<ListMatcher | undefined> {
    const known = this.get(list);
    if (known !== undefined) return known;
    const room = await this.#options.rooms.load(list);
    if (room === undefined) return undefined;
    const compiled =
      this.get(list) === undefined
        ? new CompiledList(room, (rules) => {
            this.#options.onNewBans(list, rules);
          })
        : this.#lists.get(list);
    if (compiled !== undefined) this.#lists.set(list, compiled);
    return compiled?.current();
  }
}

/** Finds a rule by what people call it: its event, its entity, or both kind and entity. */
export function ruleNamed(matcher: ListMatcher, name: string): ListRule | undefined {
  for (const rule of matcher.rules()) {
    if (rule.eventId === name || rule.entity === name || ruleKeyOf(rule) === name) return rule;
  }
  return undefined;
}

class CompiledList {
  readonly room: ListRoom;
  readonly #matcher = new ListMatcher();
  /** Kinds and state keys of rules that have changed since. */
  readonly #changed = new Map<string, { readonly kind: ListKind; readonly stateKey: string }>();
  readonly #onNewBans: (rules: readonly ListRule[]) => void;
  #newBans: ListRule[] = [];
  #isScheduled = false;

  constructor(room: ListRoom, onNewBans: (rules: readonly ListRule[]) => void) {
    this.room = room;
    this.#onNewBans = onNewBans;
    for (const [type, kind] of RULE_TYPES) {
      for (const { stateKey = '' } of room.stateOfType(type)) {
        this.#matcher.set(kind, stateKey, ruleAt(room, kind, stateKey));
      }
    }
    room.watchState((type, stateKey) => {
      const kind = RULE_TYPES.get(type);
      if (kind === undefined) return;
      this.#changed.set(`${kind} ${stateKey}`, { kind, stateKey });
      this.#schedule();
    });
  }

  current(): ListMatcher {
    for (const { kind, stateKey } of this.#changed.values()) {
      const before = this.#matcher.at(kind, stateKey);
      const rule = ruleAt(this.room, kind, stateKey);
      this.#matcher.set(kind, stateKey, rule);
      const isNew = rule !== undefined && (before === undefined || ruleKeyOf(before) !== ruleKeyOf(rule));
      if (isNew && rule.recommendation !== 'unban') this.#newBans.push(rule);
    }
    this.#changed.clear();
    return this.#matcher;
  }

  /** Once for a whole batch of events. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.current();
      const rules = this.#newBans;
      this.#newBans = [];
      if (rules.length > 0) this.#onNewBans(rules);
    });
  }
}
