/**
 * The configuration of a community in policyserv (https://github.com/matrix-org/policyserv) as rules. Pure. Keys are
 * those of its JSON (`media_filter_media_types`) or of its environment (`PS_MEDIA_FILTER_MEDIA_TYPES`). What is left out
 * has policyserv's own defaults, because these are in force there. Every key is told of: nothing is lost silently.
 */
import type { RemoteKind } from '../../config/remote-checks.ts';
import type { ImportedRules, ImportNote } from './imported-rules.ts';
import { MAPPERS } from './policyserv-filters.ts';
import type { Mapped } from './policyserv-mapper.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import type { TrustedServers } from './trusted-servers.ts';
import { DEFAULTS, Reader, type KeyNote } from './policyserv-values.ts';
import { OTHER_KEYS, LIMITS } from './policyserv-limits.ts';

export interface ImportOptions {
  /** Endpoints of the section `remote_checks`, for filters that ask other programs. */
  readonly remoteChecks?: ReadonlyMap<string, RemoteKind>;
  /** Keyword templates by name: configurations only name them. */
  readonly templates?: ReadonlyMap<string, string>;
  /** The servers in the directory of Muninn Hall, which configurations only refer to. */
  readonly trustedServers?: TrustedServers;
}

export const RULE_PREFIX = 'policyserv-';

export function importPolicyserv(document: object, options: ImportOptions = {}): ImportedRules {
  const { remoteChecks = new Map<string, RemoteKind>(), templates = new Map<string, string>() } = options;
  const surroundings = { remoteChecks, templates, trustedServers: options.trustedServers };
  const { settings, notes } = settingsIn(document);
  const reader = new Reader(settings);
  const rules: Record<string, RuleInput> = {};
  const report: ImportNote[] = [];
  for (const mapper of MAPPERS) {
    const before = reader.mistakes.length;
    const mapped = mapper.map(reader, surroundings);
    const from = mapper.keys.some((key) => settings.has(key)) ? 'file' : 'default';
    Object.assign(rules, named(mapped.rules));
    report.push({
      ...{ what: mapper.filter, keys: mapper.keys, from, outcome: outcomeOf(mapped, reader.mistakes.length > before) },
      rules: Object.keys(named(mapped.rules)),
      notes: [...mapped.notes, ...reader.mistakes.slice(before)],
    });
  }
  return { rules, report: [...LIMITS, ...report, ...notes, ...unknownKeys(settings)] };
}

function named(rules: Mapped['rules']): Readonly<Record<string, RuleInput>> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${RULE_PREFIX}${name}`, rule]));
}

function outcomeOf(mapped: Mapped, hasMistakes: boolean): ImportNote['outcome'] {
  if (hasMistakes) return Object.keys(mapped.rules).length === 0 ? 'not_carried_over' : 'differs';
  return mapped.outcome ?? (mapped.notes.length > 0 ? 'differs' : 'carried_over');
}

/** The settings by lower-case key, whether they stand alone or in the answer of policyserv's admin API. */
function settingsIn(document: object): { settings: ReadonlyMap<string, unknown>; notes: readonly ImportNote[] } {
  const top = new Map<string, unknown>(Object.entries(document));
  const config = top.get('config');
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    return { settings: byKey(top), notes: [] };
  }
  top.delete('config');
  const around = byKey(top);
  const notes = [...around.keys()].map((key) => noteOn(key, 'not_carried_over', ['It is no setting of a filter.']));
  return { settings: byKey(new Map<string, unknown>(Object.entries(config))), notes };
}

function byKey(entries: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...entries].map(([key, value]) => [key.toLowerCase().replace(/^ps_/, ''), value]));
}

function unknownKeys(settings: ReadonlyMap<string, unknown>): readonly ImportNote[] {
  return [...settings.keys()]
    .filter((key) => !DEFAULTS.has(key))
    .map((key): ImportNote => {
      const other: KeyNote | undefined = OTHER_KEYS.get(key);
      if (other !== undefined) return noteOn(key, 'not_carried_over', [other]);
      return noteOn(key, 'unknown', ['No filter of policyserv that is known here has this key.']);
    });
}

function noteOn(key: string, outcome: ImportNote['outcome'], notes: readonly string[]): ImportNote {
  return { what: key, keys: [key], from: 'file', outcome, rules: [], notes };
}
