/**
 * Rules of one kind, compiled: names and hashes in hash tables, globs under a piece of text that every match holds. What
 * an event costs is bounded, whoever writes the list: of globs that would be tried for many events, some thousands count.
 */
import { parseServerName } from '../../protocol/ids/server-name.ts';
import { compileEntityGlob, isGlob, type EntityGlob } from './entity-glob.ts';
import type { Entity } from './entity.ts';
import type { ListKind, ListRule } from './list-rule.ts';

/** All rules that name the same: their state keys differ, and of those there is no end. */
interface NamedRules {
  readonly bans: Set<ListRule>;
  readonly unbans: Set<ListRule>;
}

interface GlobRules extends NamedRules {
  readonly glob: EntityGlob;
  /** `undefined` where it is left out. */
  place: Place | undefined;
}

interface Place {
  readonly isCrowded: boolean;
  readonly takeOut: () => void;
}

/** Globs are found by pieces of so many units of what is literal in them: the longer, the rarer they are in other texts. */
const PIECES = [4, 3] as const;
/** Pieces of one glob among which the rarest is looked for. */
const MAX_PIECES = 64;
/** So many globs may share a piece or server; more of them are crowded. */
const ALONE = 16;
/** Crowded globs that are tried; the others are left out. */
export const MAX_CROWDED = 1_000;
/** Rules of one name, bans and unbans each, that an answer holds: they differ in their reasons alone. */
const MAX_SAME = 4;

export class RuleIndex {
  readonly #exact = new Map<string, NamedRules>();
  readonly #hashed = new Map<string, NamedRules>();
  readonly #globs = new Map<string, GlobRules>();
  /** Globs whose matches all are of one server. */
  readonly #byServer = new Map<string, GlobRules[]>();
  readonly #byPiece = PIECES.map((length) => ({ length, globs: new Map<number, GlobRules[]>() }));
  /** Globs with nothing to look for. */
  readonly #others: GlobRules[] = [];
  readonly #leftOut = new Set<GlobRules>();
  #crowded = 0;
  #size = 0;
  #tried = 0;
  readonly #ofUsers: boolean;

  constructor(kind: ListKind) {
    this.#ofUsers = kind === 'user';
  }

  get size(): number {
    return this.#size;
  }

  /** Rules against which nothing is matched, for the list has too many of their kind. */
  get leftOut(): number {
    let count = 0;
    for (const { bans, unbans } of this.#leftOut) count += bans.size + unbans.size;
    return count;
  }

  /** How often a glob was tried. */
  get tried(): number {
    return this.#tried;
  }

  add(rule: ListRule): void {
    const text = textOf(rule);
    this.#size += 1;
    if (rule.sha256 !== undefined) sideOf(namedIn(this.#hashed, rule.sha256), rule).add(rule);
    else if (!isGlob(text)) sideOf(namedIn(this.#exact, text), rule).add(rule);
    else sideOf(this.#globNamed(text), rule).add(rule);
  }

  remove(rule: ListRule): void {
    const text = textOf(rule);
    this.#size -= 1;
    if (rule.sha256 !== undefined) removeFrom(this.#hashed, rule.sha256, rule);
    else if (!isGlob(text)) removeFrom(this.#exact, text, rule);
    else {
      const removed = removeFrom(this.#globs, text, rule);
      if (removed !== undefined) this.#takeOut(removed);
    }
  }

  #globNamed(text: string): GlobRules {
    const known = this.#globs.get(text);
    if (known !== undefined) return known;
    const rules: GlobRules = { ...noRules(), glob: compileEntityGlob(text), place: undefined };
    this.#globs.set(text, rules);
    this.#place(rules);
    return rules;
  }

  #place(rules: GlobRules): void {
    const bucket = this.#bucketFor(rules.glob);
    const isCrowded = bucket === undefined || bucket.size >= ALONE;
    if (isCrowded && this.#crowded >= MAX_CROWDED) {
      this.#leftOut.add(rules);
      return;
    }
    this.#leftOut.delete(rules);
    if (isCrowded) this.#crowded += 1;
    rules.place = { isCrowded, takeOut: bucket === undefined ? push(this.#others, rules) : bucket.put(rules) };
  }

  #takeOut(rules: GlobRules): void {
    rules.place?.takeOut();
    this.#leftOut.delete(rules);
    if (rules.place?.isCrowded !== true) return;
    this.#crowded -= 1;
    const [next] = this.#leftOut;
    if (next !== undefined) this.#place(next);
  }

  /** By server, or by the piece under which fewest globs stand so far. */
  #bucketFor({ literals, suffix }: EntityGlob): Bucket | undefined {
    const server = this.#ofUsers ? serverOfSuffix(suffix) : undefined;
    let best = server === undefined ? undefined : bucketIn(this.#byServer, server);
    if (best !== undefined && best.size < ALONE) return best;
    for (const { length, globs } of this.#byPiece) {
      for (const piece of piecesOf(literals, length)) {
        const size = globs.get(piece)?.length ?? 0;
        if (best === undefined || size < best.size) best = bucketIn(globs, piece);
      }
      if (best !== undefined) return best;
    }
    return best;
  }

  /** Bans, then unbans, at most so many of each; globs that are left out are about nobody. */
  match(entity: Entity, limit: number): readonly ListRule[] {
    const found: NamedRules[] = [];
    for (const text of entity.spellings) {
      const exact = this.#exact.get(text);
      if (exact !== undefined) found.push(exact);
      if (this.#globs.size > 0) this.#matchGlobs(text, found);
    }
    if (this.#hashed.size > 0) {
      for (const digest of entity.hashes()) {
        const hashed = this.#hashed.get(digest);
        if (hashed !== undefined) found.push(hashed);
      }
    }
    return found.length === 0 ? NOTHING : rulesOf(found, limit);
  }

  #matchGlobs(text: string, found: NamedRules[]): void {
    if (this.#others.length > 0) this.#try(this.#others, text, found);
    if (this.#byServer.size > 0) {
      const ofServer = this.#byServer.get(text.slice(text.indexOf(':') + 1));
      if (ofServer !== undefined) this.#try(ofServer, text, found);
    }
    for (const { length, globs } of this.#byPiece) {
      if (globs.size === 0) continue;
      for (let at = 0; at + length <= text.length; at += 1) {
        const withPiece = globs.get(pieceAt(text, at, length));
        if (withPiece !== undefined) this.#try(withPiece, text, found);
      }
    }
  }

  #try(globs: readonly GlobRules[], text: string, found: NamedRules[]): void {
    this.#tried += globs.length;
    for (const rules of globs) if (rules.glob.matches(text)) found.push(rules);
  }
}

const NOTHING: readonly ListRule[] = [];

/** A piece may stand in a text twice, and several spellings have the same rules: each counts once. */
function rulesOf(found: readonly NamedRules[], limit: number): readonly ListRule[] {
  const bans = new Set<ListRule>();
  const unbans = new Set<ListRule>();
  for (const rules of found) {
    takeSome(rules.bans, bans, limit);
    takeSome(rules.unbans, unbans, limit);
  }
  return [...bans, ...unbans];
}

function takeSome(rules: ReadonlySet<ListRule>, found: Set<ListRule>, limit: number): void {
  let count = 0;
  for (const rule of rules) {
    if (count >= MAX_SAME || found.size >= limit) return;
    found.add(rule);
    count += 1;
  }
}

interface Bucket {
  readonly size: number;
  readonly put: (rules: GlobRules) => () => void;
}

function bucketIn<K>(buckets: Map<K, GlobRules[]>, key: K): Bucket {
  return { size: buckets.get(key)?.length ?? 0, put: (rules) => put(buckets, key, rules) };
}

/** In place of a copy for each rule, all of one name share one. */
function namedIn(names: Map<string, NamedRules>, name: string): NamedRules {
  const known = names.get(name);
  if (known !== undefined) return known;
  const rules = noRules();
  names.set(name, rules);
  return rules;
}

function noRules(): NamedRules {
  return { bans: new Set(), unbans: new Set() };
}

function sideOf({ bans, unbans }: NamedRules, rule: ListRule): Set<ListRule> {
  return rule.recommendation === 'unban' ? unbans : bans;
}

/** What the name stood for, where that was its last rule. */
function removeFrom<T extends NamedRules>(names: Map<string, T>, name: string, rule: ListRule): T | undefined {
  const rules = names.get(name);
  if (rules === undefined) return undefined;
  sideOf(rules, rule).delete(rule);
  if (rules.bans.size + rules.unbans.size > 0) return undefined;
  names.delete(name);
  return rules;
}

/** Names of servers are compared without regard to case, users' and rooms' are not. */
function textOf({ kind, entity }: ListRule): string {
  return kind === 'server' ? entity.toLowerCase() : entity;
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

function piecesOf(literals: readonly string[], length: number): readonly number[] {
  const pieces: number[] = [];
  for (const literal of literals) {
    for (let at = 0; at + length <= literal.length && pieces.length < MAX_PIECES; at += 1) {
      pieces.push(pieceAt(literal, at, length));
    }
  }
  return pieces;
}

/** A number for the piece: two pieces may share one, globs are tried in full. */
function pieceAt(text: string, at: number, length: number): number {
  let piece = 0;
  for (let index = at; index < at + length; index += 1) piece = (piece << 7) ^ text.charCodeAt(index);
  return piece & 0x3fffffff;
}

/** The server of all user ids that end so; none where what follows the colon may be a port. */
function serverOfSuffix(suffix: string): string | undefined {
  const colon = suffix.indexOf(':');
  const server = suffix.slice(colon + 1);
  if (colon === -1 || /^\d*$/.test(server)) return undefined;
  return parseServerName(server);
}
