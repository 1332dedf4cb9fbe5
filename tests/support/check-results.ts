/** What tests of checks look at in a result. */
import assert from 'node:assert/strict';
import type { CheckResult } from '../../src/policy/filters/filter.ts';
import { isJsonArray, isJsonObject, own, type JsonValue } from '../../src/protocol/json.ts';
import type { Evidence } from '../../src/policy/verdict.ts';

/** The evidence of a match; fails where there is none. */
export function evidenceOf(result: CheckResult): readonly Evidence[] {
  assert.ok(result.matched === 'yes', `expected a match, got ${result.matched}`);
  return result.evidence;
}

/** Path and matched text of the first evidence, or the word that says why there is none. */
export function firstMatch(
  result: CheckResult,
): readonly [path: string | undefined, matched: string | undefined] | string {
  if (result.matched !== 'yes') return result.matched;
  return [result.evidence[0]?.path, result.evidence[0]?.matched];
}

/** The value at a dot-separated property path whose dots in keys are escaped; `undefined` where there is none. */
export function valueAtPath(root: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path.match(/(?:[^.\\]|\\[^])+/g) ?? []) {
    const key = step.replace(/\\([^])/g, '$1');
    if (isJsonArray(value)) value = value[Number(key)];
    else if (isJsonObject(value)) value = own(value, key);
    else return undefined;
  }
  return value;
}
