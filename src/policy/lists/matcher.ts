/**
 * The rules of one list, compiled: names and hashes in hash tables, globs under a piece of text that every match holds,
 * so that an event costs a few look-ups however many rules there are. One rule can be changed without the others.
 */
import { hash } from 'node:crypto';
import { parseServerName, splitServerName } from '../../protocol/ids/server-name.ts';
import { compileEntityGlob, isGlob, type EntityGlob } from './entity-glob.ts';
import type { ListKind, ListRule } from './list-rule.ts';

interface GlobRule {
  readonly rule: ListRule;
  readonly glob: EntityGlob;
}

/** Somebody or something that rules may be about, in every spelling under which rules may name it. */
export interface Entity {
  readonly kind: ListKind;
  /** As it stands in the event. */
  readonly text: string;
  readonly spellings: readonly string[];
  /** Of each spelling, worked out when the first list with hashes asks. */
  readonly hashes: () => readonly string[];
}

/**
 * Servers by name with and without port, in lower case; users also with their server's name in lower case: how a name is
 * written does not change who it is, and must not help anybody past a rule.
 */
export function entityOf(kind: ListKind, text: string): Entity {
  const spellings = kind === 'server' ? serverSpellings(text) : idSpellings(text);
  let hashes: readonly string[] | undefined;
  return { kind, text, spellings, hashes: () => (hashes ??= spellings.map(sha256)) };
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

function serverSpellings(name: string): readonly string[] {
  const lower = name.toLowerCase();
  const split = splitServerName(lower);
  if (split?.port === undefined) return lower === name ? [name] : [name, lower];
  const host = split.host.kind === 'ipv6' ? `[${split.host.name}]` : split.host.name;
  return [...new Set([name, lower, host])];
}

function idSpellings(id: string): readonly string[] {
  const colon = id.indexOf(':');
  if (colon === -1) return [id];
  const lower = id.slice(0, colon) + id.slice(colon).toLowerCase();
  return lower === id ? [id] : [id, lower];
}

/** Globs are found by pieces of so many units of what is literal in them. */
const PIECE = 3;

/** Rules of one kind. */
class KindMatcher {
  readonly #exact = new Map<string, ListRule[]>();
  readonly #hashed = new Map<string, ListRule[]>();
  /** Globs whose matches all are of one server. */
  readonly #byServer = new Map<string, GlobRule[]>();
  readonly #byPiece = new Map<number, GlobRule[]>();
  /** Globs with nothing to look for. */
  readonly #others: GlobRule[] = [];
  readonly #places = new Map<ListRule, () => void>();

  add(rule: ListRule): void {
    this.#places.set(rule, this.#place(rule));
  }

  remove(rule: ListRule): void {
    this.#places.get(rule)?.();
    this.#places.delete(rule);
  }

  get size(): number {
    return this.#places.size;
  }

  #place(rule: ListRule): () => void {
    if (rule.sha256 !== undefined) return put(this.#hashed, rule.sha256, rule);
    // Names of servers are compared without regard to case, users' and rooms' are not.
    const entity = rule.kind === 'server' ? rule.entity.toLowerCase() : rule.entity;
    if (!isGlob(entity)) return put(this.#exact, entity, rule);
    const glob = compileEntityGlob(entity);
    const found = { rule, glob };
    const server = rule.kind === 'user' ? serverOfSuffix(glob.suffix) : undefined;
    if (server !== undefined) return put(this.#byServer, server, found);
    const piece = this.#rarestPiece(glob);
    if (piece !== undefined) return put(this.#byPiece, piece, found);
    return push(this.#others, found);
  }

  /** The piece under which fewest globs stand so far. */
  #rarestPiece({ literals }: EntityGlob): number | undefined {
    let best: number | undefined;
    let fewest = Infinity;
    for (const piece of literals.flatMap(piecesOf)) {
      const count = this.#byPiece.get(piece)?.length ?? 0;
      if (count >= fewest) continue;
      best = piece;
      fewest = count;
    }
    return best;
  }

  match(entity: Entity): readonly ListRule[] {
    if (this.#places.size === 0) return [];
    const found = new Set<ListRule>();
    for (const text of entity.spellings) {
      for (const rule of this.#exact.get(text) ?? []) found.add(rule);
      tryGlobs(this.#others, text, found);
      if (this.#byServer.size > 0) {
        tryGlobs(this.#byServer.get(text.slice(text.indexOf(':') + 1)), text, found);
      }
      if (this.#byPiece.size > 0) {
        for (let at = 0; at + PIECE <= text.length; at += 1) {
          tryGlobs(this.#byPiece.get(pieceAt(text, at)), text, found);
        }
      }
    }
    if (this.#hashed.size > 0) {
      for (const digest of entity.hashes()) for (const rule of this.#hashed.get(digest) ?? []) found.add(rule);
    }
    return [...found];
  }
}

function tryGlobs(globs: readonly GlobRule[] | undefined, text: string, found: Set<ListRule>): void {
  if (globs === undefined) return;
  for (const { rule, glob } of globs) if (glob.matches(text)) found.add(rule);
}

function put<K, T>(index: Map<K, T[]>, key: K, item: T): () => void {
  const items = index.get(key) ?? [];
  const takeOut = push(items, item);
  index.set(key, items);
  return () => {
    takeOut();
    if (items.length === 0) index.delete(key);
  };
}

function push<T>(items: T[], item: T): () => void {
  items.push(item);
  return () => void items.splice(items.indexOf(item), 1);
}

function piecesOf(literal: string): readonly number[] {
  const pieces: number[] = [];
  for (let at = 0; at + PIECE <= literal.length; at += 1) pieces.push(pieceAt(literal, at));
  return pieces;
}

/** A number for the piece: two pieces may share one, globs are tried in full. */
function pieceAt(text: string, at: number): number {
  const high = text.charCodeAt(at) << 14;
  return (high ^ (text.charCodeAt(at + 1) << 7) ^ text.charCodeAt(at + 2)) & 0x3fffffff;
}

/** The server of all user ids that end so; none where what follows the colon may be a port. */
function serverOfSuffix(suffix: string): string | undefined {
  const colon = suffix.indexOf(':');
  const server = suffix.slice(colon + 1);
  if (colon === -1 || /^\d*$/.test(server)) return undefined;
  return parseServerName(server);
}

/** Entities whose rules are remembered, so that those who write often cost one look-up. */
const REMEMBERED = 2_000;

export class ListMatcher {
  readonly #kinds: Readonly<Record<ListKind, KindMatcher>> = {
    user: new KindMatcher(),
    server: new KindMatcher(),
    room: new KindMatcher(),
  };
  /** By kind and state key. */
  readonly #rules = new Map<string, ListRule>();
  readonly #remembered = new Map<string, readonly ListRule[]>();

  /** What stands in the list's state under this key now; `undefined` where nothing does. */
  set(kind: ListKind, stateKey: string, rule: ListRule | undefined): void {
    const key = `${kind} ${stateKey}`;
    const before = this.#rules.get(key);
    if (before === undefined && rule === undefined) return;
    if (before !== undefined) this.#kinds[kind].remove(before);
    if (rule === undefined) this.#rules.delete(key);
    else {
      this.#rules.set(key, rule);
      this.#kinds[kind].add(rule);
    }
    this.#remembered.clear();
  }

  at(kind: ListKind, stateKey: string): ListRule | undefined {
    return this.#rules.get(`${kind} ${stateKey}`);
  }

  rules(): Iterable<ListRule> {
    return this.#rules.values();
  }

  count(kind: ListKind): number {
    return this.#kinds[kind].size;
  }

  /** All rules about the entity, unbans too. */
  match(entity: Entity): readonly ListRule[] {
    const key = `${entity.kind} ${entity.text}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const rules = this.#kinds[entity.kind].match(entity);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(key, rules);
    return rules;
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
