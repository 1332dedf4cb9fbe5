/** The rules of one list, compiled, so that an event costs a few look-ups however many there are; one can be changed without the others. */
import { compileEntityGlob } from './entity-glob.ts';
import type { Entity } from './entity.ts';
import type { ListKind, ListRule } from './list-rule.ts';
import { RuleIndex } from './rule-index.ts';

/** Entities of each kind whose rules are remembered, so that those who write often cost one look-up. */
const REMEMBERED = 20_000;
/** Rules of one list that count: the largest lists in use have some ten thousand. */
export const MAX_RULES = 100_000;
/** Rules about one entity that an event is told of, bans and unbans each. */
const MAX_FOUND = 100;
/** Ids are no longer, so rules are about nothing that is. */
const MAX_ENTITY_TEXT = 255;

export class ListMatcher {
  readonly #kinds: Readonly<Record<ListKind, RuleIndex>> = {
    user: new RuleIndex('user'),
    server: new RuleIndex('server'),
    room: new RuleIndex('room'),
  };
  /** By kind and state key. */
  readonly #rules = new Map<string, ListRule>();
  /** Rules beyond the limit, in case that others go. */
  readonly #beyond = new Map<string, ListRule>();
  readonly #remembered: Readonly<Record<ListKind, Map<string, readonly ListRule[]>>> = {
    user: new Map(),
    server: new Map(),
    room: new Map(),
  };
  #looked = 0;

  /** What stands in the list's state under this key now; `undefined` where nothing does. */
  set(kind: ListKind, stateKey: string, rule: ListRule | undefined): void {
    const key = `${kind} ${stateKey}`;
    const before = this.#rules.get(key);
    this.#beyond.delete(key);
    if (before === undefined && rule === undefined) return;
    if (before !== undefined) {
      this.#kinds[kind].remove(before);
      this.#remembered[kind].clear();
    }
    if (rule === undefined) {
      this.#rules.delete(key);
      this.#moveUp();
    } else if (before !== undefined || this.#rules.size < MAX_RULES) {
      this.#put(key, rule);
    } else {
      this.#beyond.set(key, rule);
    }
  }

  #put(key: string, rule: ListRule): void {
    this.#rules.set(key, rule);
    this.#kinds[rule.kind].add(rule);
    this.#remembered[rule.kind].clear();
  }

  #moveUp(): void {
    const [next] = this.#beyond;
    if (next === undefined) return;
    this.#beyond.delete(next[0]);
    this.#put(...next);
  }

  at(kind: ListKind, stateKey: string): ListRule | undefined {
    const key = `${kind} ${stateKey}`;
    return this.#rules.get(key) ?? this.#beyond.get(key);
  }

  rules(): Iterable<ListRule> {
    return this.#rules.values();
  }

  count(kind: ListKind): number {
    return this.#kinds[kind].size;
  }

  /** Rules of the list that mean nothing, because it has too many, or too many globs that are about much. */
  get leftOut(): number {
    return Object.values(this.#kinds).reduce((sum, kind) => sum + kind.leftOut, this.#beyond.size);
  }

  /** Globs that were tried, and entities that were looked for: what the work is made of. */
  get work(): { readonly tried: number; readonly looked: number } {
    return { tried: Object.values(this.#kinds).reduce((sum, kind) => sum + kind.tried, 0), looked: this.#looked };
  }

  /** Rules about the entity, unbans too, as many as an event is told of. */
  match(entity: Entity): readonly ListRule[] {
    const remembered = this.#remembered[entity.kind];
    const known = remembered.get(entity.text);
    if (known !== undefined) return known;
    if (entity.text.length > MAX_ENTITY_TEXT) return [];
    const rules = this.#find(entity, MAX_FOUND);
    const [oldest] = remembered.keys();
    if (remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.set(entity.text, rules);
    return rules;
  }

  /** Every rule about the entity; not remembered: for those who look at many. */
  matchAll(entity: Entity): readonly ListRule[] {
    return entity.text.length > MAX_ENTITY_TEXT ? [] : this.#find(entity, Infinity);
  }

  #find(entity: Entity, limit: number): readonly ListRule[] {
    const index = this.#kinds[entity.kind];
    if (index.size === 0) return [];
    this.#looked += 1;
    return index.match(entity, limit);
  }
}

/** One rule alone, as the text has it; the compiled list agrees with this. */
export function ruleMatches(rule: ListRule, entity: Entity): boolean {
  if (rule.kind !== entity.kind) return false;
  if (rule.sha256 !== undefined) return entity.hashes().includes(rule.sha256);
  const wanted = rule.kind === 'server' ? rule.entity.toLowerCase() : rule.entity;
  const glob = compileEntityGlob(wanted);
  return entity.spellings.some((text) => glob.matches(text));
}
