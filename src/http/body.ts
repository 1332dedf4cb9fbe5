/** Request bodies: parsed once, and written canonically once for the check of the request's signature. */
import { canonicalJson } from '../protocol/canonical-json.ts';
import { isJsonObject, parseJsonBytes, type JsonObject } from '../protocol/json.ts';
import { matrixError } from './errors.ts';

export interface RequestBody {
  readonly value: JsonObject;
  /** Canonical JSON, number tokens as they came. */
  readonly content: string;
}

/** `undefined` for no body at all. Bodies are JSON objects (server-server API, "API standards"). */
export function readBody(bytes: unknown): RequestBody | undefined {
  const value = readJsonObject(bytes);
  if (value === undefined) return undefined;
  const canonical = canonicalJson(value, 'as-written');
  if (canonical.ok) return { value, content: canonical.text };
  throw matrixError('M_BAD_JSON', 400, `The body has no canonical form: ${canonical.reason.detail}.`);
}

export function readJsonObject(bytes: unknown): JsonObject | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return undefined;
  const parsed = parseJsonBytes(bytes);
  if (!parsed.ok) throw matrixError('M_NOT_JSON', 400, `The body is not JSON: ${parsed.detail}.`);
  if (!isJsonObject(parsed.value)) throw matrixError('M_BAD_JSON', 400, 'The body is not a JSON object.');
  return parsed.value;
}
