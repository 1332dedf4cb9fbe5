/** Users, servers and rooms as rules may name them. */
import { hash } from 'node:crypto';
import { splitServerName } from '../../protocol/ids/server-name.ts';
import type { ListKind } from './list-rule.ts';

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
