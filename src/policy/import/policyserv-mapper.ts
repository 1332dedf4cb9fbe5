/** What the mappers of policyserv's filters share. */
import type { RemoteKind } from '../../config/remote-checks.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import type { Reader } from './policyserv-values.ts';
import type { TrustedServers } from './trusted-servers.ts';

export interface Mapped {
  readonly rules: Readonly<Record<string, RuleInput>>;
  /** What is other than in policyserv. */
  readonly notes: readonly string[];
  /** Where it is not `carried_over`, or `differs` because there are notes. */
  readonly outcome?: 'not_needed' | 'not_carried_over';
}

export interface Surroundings {
  readonly remoteChecks: ReadonlyMap<string, RemoteKind>;
  /** Keyword templates by name. */
  readonly templates: ReadonlyMap<string, string>;
  /** The servers in the directory of Muninn Hall; `undefined` where it is not given. */
  readonly trustedServers: TrustedServers | undefined;
}

export interface Mapper {
  readonly filter: string;
  readonly keys: readonly string[];
  readonly map: (reader: Reader, surroundings: Surroundings) => Mapped;
}

export const OFF: Mapped = { rules: {}, notes: ['It is switched off.'], outcome: 'not_needed' };

export const MESSAGE = { event_type: { types: ['m.room.message'] } };

/** What stands for itself there is a glob here. */
export function globNotes(list: readonly string[]): readonly string[] {
  const globs = list.filter((entry) => /[*?]/.test(entry));
  return globs.length === 0 ? [] : [`\`*\` and \`?\` stand for other characters here: ${globs.join(', ')}.`];
}
