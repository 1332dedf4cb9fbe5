/** The setting by which checks name an endpoint of the configuration. */
import * as z from 'zod';
import { suggestFrom } from '../../config/mistakes.ts';
import type { RemoteKind } from '../../config/remote-checks.ts';
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import type { CompileContext } from './filter.ts';

export const endpointName = z.string().min(1).max(64);

export const nameGlobs = z.array(z.string().min(1).max(100)).min(1).max(100);

/** That it is configured, and of a kind that the check can ask. */
export function endpointMistakes(
  endpoint: string,
  kinds: readonly RemoteKind[],
  { remoteChecks }: CompileContext,
): readonly z.core.$ZodIssue[] {
  if (remoteChecks === undefined) return [];
  const kind = remoteChecks.get(endpoint);
  if (kind !== undefined && kinds.includes(kind)) return [];
  const known = [...remoteChecks].flatMap(([name, other]) => (kinds.includes(other) ? [name] : []));
  const wanted = kinds.map((one) => `"${one}"`).join(' or ');
  const hint =
    known.length === 0
      ? 'the configuration has none (`remote_checks`)'
      : suggestFrom(known, endpoint).replace('the keys here are', 'there are');
  const message = `expected the name of a configured endpoint of kind ${wanted}; ${hint}`;
  return [{ code: 'custom', path: ['endpoint'], message, input: endpoint }];
}

export function anyName(globs: readonly string[]): GlobMatcher {
  const matchers = globs.map((glob) => compileGlob(glob, { ignoreCase: true }));
  return (name) => matchers.some((matches) => matches(name));
}
