/** The lists in use, each compiled from its room's current state and kept so: changes take effect on the next event. */
import { setImmediate } from 'node:timers/promises';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { RULE_TYPES, ruleAt, ruleKeyOf, type ListKind, type ListRule } from './list-rule.ts';
import { ListMatcher } from './matcher.ts';
import type { ListRoom, ListRooms } from './ports.ts';
import { Turns } from './turns.ts';

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

  /** As it is now; `undefined` where there is much to be compiled first: `load` does that. */
  get(list: RoomId): ListMatcher | undefined {
    return this.#of(list)?.current();
  }

  #of(list: RoomId): CompiledList | undefined {
    const compiled = this.#lists.get(list);
    // A room that was joined anew is another one, with its own state.
    return compiled === undefined || compiled.room !== this.#options.rooms.get(list) ? undefined : compiled;
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
    const compiled = this.#of(list) ?? this.#begin(list, room);
    return await compiled.whole();
  }

  /** What goes on because lists have changed. */
  following(): readonly Promise<void>[] {
    return [...this.#lists.values()].flatMap(({ following }) => following ?? []);
  }

  #begin(list: RoomId, room: ListRoom): CompiledList {
    const compiled = new CompiledList(room, (rules) => {
      this.#options.onNewBans(list, rules);
    });
    this.#lists.set(list, compiled);
    return compiled;
  }
}

/** Finds a rule by what people call it: its event, its entity, or both kind and entity. */
export function ruleNamed(matcher: ListMatcher, name: string): ListRule | undefined {
  for (const rule of matcher.rules()) {
    if (rule.eventId === name || rule.entity === name || ruleKeyOf(rule) === name) return rule;
  }
  return undefined;
}

/** The bans of a list by their keys. */
export async function bansByKey(matcher: ListMatcher): Promise<ReadonlyMap<string, ListRule>> {
  const bans = new Map<string, ListRule>();
  const turns = new Turns();
  for (const rule of matcher.rules()) {
    if (rule.recommendation !== 'unban') bans.set(ruleKeyOf(rule), rule);
    const turn = turns.next();
    if (turn !== undefined) await turn;
  }
  return bans;
}

interface RulePlace {
  readonly kind: ListKind;
  readonly stateKey: string;
}

/** All that a room has; state may change while this goes on. */
function* placesIn(room: ListRoom): Generator<RulePlace> {
  for (const [type, kind] of RULE_TYPES) {
    for (const { stateKey = '' } of room.stateOfType(type)) yield { kind, stateKey };
  }
}

/** Changes that an event waits for; more are compiled in slices. */
const AT_ONCE = 100;

class CompiledList {
  readonly room: ListRoom;
  readonly #matcher = new ListMatcher();
  /** Rules that have changed since, by kind and state key. */
  readonly #changed = new Map<string, RulePlace>();
  readonly #onNewBans: (rules: readonly ListRule[]) => void;
  /** Until the list was compiled once, its rules are no news. */
  #isNew = true;
  #newBans: ListRule[] = [];
  #following: Promise<void> | undefined;
  #working: Promise<void> | undefined;

  constructor(room: ListRoom, onNewBans: (rules: readonly ListRule[]) => void) {
    this.room = room;
    this.#onNewBans = onNewBans;
    room.watchState((type, stateKey) => {
      const kind = RULE_TYPES.get(type);
      if (kind === undefined) return;
      this.#changed.set(`${kind} ${stateKey}`, { kind, stateKey });
      this.#following ??= this.#follow();
    });
  }

  current(): ListMatcher | undefined {
    if (this.#isNew || this.#changed.size > AT_ONCE) return undefined;
    for (const place of this.#changed.values()) this.#compile(place);
    return this.#matcher;
  }

  /** In slices, however much has changed. */
  async whole(): Promise<ListMatcher> {
    this.#working ??= this.#compileAll().finally(() => (this.#working = undefined));
    await this.#working;
    return this.#matcher;
  }

  async #compileAll(): Promise<void> {
    const turns = new Turns();
    for (const place of this.#isNew ? placesIn(this.room) : []) {
      this.#compile(place);
      const turn = turns.next();
      if (turn !== undefined) await turn;
    }
    for (const place of this.#changed.values()) {
      this.#compile(place);
      const turn = turns.next();
      if (turn !== undefined) await turn;
    }
    this.#isNew = false;
  }

  #compile({ kind, stateKey }: RulePlace): void {
    this.#changed.delete(`${kind} ${stateKey}`);
    const before = this.#matcher.at(kind, stateKey);
    const rule = ruleAt(this.room, kind, stateKey);
    this.#matcher.set(kind, stateKey, rule);
    if (this.#isNew) return;
    const hasCome = rule !== undefined && (before === undefined || ruleKeyOf(before) !== ruleKeyOf(rule));
    if (hasCome && rule.recommendation !== 'unban') this.#newBans.push(rule);
  }

  /** What follows changes, once for a whole batch of events. */
  get following(): Promise<void> | undefined {
    return this.#following;
  }

  async #follow(): Promise<void> {
    await setImmediate();
    await this.whole();
    this.#following = undefined;
    const rules = this.#newBans;
    this.#newBans = [];
    if (rules.length > 0) this.#onNewBans(rules);
  }
}
