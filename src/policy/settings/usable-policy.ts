/** Rules that are wrong are left out, which is said, and all others protect on. */
import type { CompiledPolicy, PolicyDocument } from '../rules/compiled-policy.ts';
import { compileEffective, type EffectiveDocument } from './effective-settings.ts';
import type { SettingError } from './setting-error.ts';

export interface UsablePolicy {
  readonly policy: CompiledPolicy;
  /** What is wrong with the rules that are left out; empty where none is. */
  readonly errors: readonly SettingError[];
}

export function compileUsable(
  document: EffectiveDocument,
  fingerprint: string,
  remoteChecks: PolicyDocument['remoteChecks'],
): UsablePolicy {
  const compiled = compileEffective(document, fingerprint, remoteChecks);
  if (compiled.ok) return { policy: compiled.policy, errors: [] };
  const usable = Object.entries(document.rules).filter(
    ([name, rule]) => compileEffective({ ...document, rules: { [name]: rule } }, fingerprint, remoteChecks).ok,
  );
  const rest = compileEffective({ ...document, rules: Object.fromEntries(usable) }, fingerprint, remoteChecks);
  return { policy: rest.ok ? rest.policy : { fingerprint, rules: [] }, errors: compiled.errors };
}
