/** One question to a program, and an answer that is what it should be or none. */
import type { z } from 'zod';
import type { CallResult } from './guarded-calls.ts';
import { GIVE_UP_MS } from './guarded-calls.ts';
import type { Web } from './ports.ts';

export interface JsonQuestion {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
  /** Statuses that say something about the content alone, whoever posted it: the program works. */
  readonly aboutContent?: ReadonlySet<number>;
}

/** Bad request, too large, unsupported type, unprocessable. */
const ABOUT_CONTENT: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export interface JsonAsker {
  readonly web: Web;
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string | undefined;
  readonly maxAnswerBytes: number;
}

export async function askJson<T>(
  { web, token, maxAnswerBytes }: JsonAsker,
  { method, url, contentType, body, aboutContent = ABOUT_CONTENT }: JsonQuestion,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<CallResult<T>> {
  const headers = {
    accept: 'application/json',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await web.request({
    ...{ method, url, headers, timeoutMs: GIVE_UP_MS, maxResponseBytes: maxAnswerBytes, signal },
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status !== 200) {
    return { ok: false, detail: `status ${String(answer.status)}`, blamesEndpoint: !aboutContent.has(answer.status) };
  }
  const json = jsonOf(answer.bytes);
  if (json === undefined) return failed('the answer is no JSON');
  const read = schema.safeParse(json.value);
  if (read.success) return { ok: true, value: read.data };
  const [issue] = read.error.issues;
  const place = issue?.path.map(String).join('.').slice(0, 100) ?? '';
  return failed(`the answer is not what it should be${place === '' ? '' : ` at ${place}`}: ${issue?.message ?? ''}`);
}

function jsonOf(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

function failed(detail: string): { ok: false; detail: string; blamesEndpoint: true } {
  return { ok: false, detail, blamesEndpoint: true };
}
