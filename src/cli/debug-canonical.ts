/** `gatehouse debug canonical`: the canonical form of any JSON value (appendices, "Canonical JSON"). */
import { canonicalJson } from '../protocol/canonical-json.ts';
import { parseJson } from '../protocol/json.ts';

/** One JSON document in, `{"canonical":"…"}` or `{"error":"…"}` out; never throws. */
export function debugCanonicalLine(line: string): string {
  const parsed = parseJson(line);
  if (!parsed.ok) return JSON.stringify({ error: parsed.detail });
  const canonical = canonicalJson(parsed.value, 'strict');
  return JSON.stringify(canonical.ok ? { canonical: canonical.text } : { error: canonical.reason.detail });
}
