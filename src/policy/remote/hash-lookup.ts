/** A hasher-matcher-actioner: `POST h/hash` makes signals of a file, `GET m/lookup` finds the banks that have one like it. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { askJson, type JsonAsker } from './ask-json.ts';
import type { FileKind } from './file-kind.ts';
import type { CallResult } from './guarded-calls.ts';

/** Signals stand in the query of a request. */
const MAX_SIGNAL_LENGTH = 4000;
/** @NOTE a picture that cannot be decoded is an internal error of the hasher. */
const UNREADABLE: ReadonlySet<number> = new Set([400, 413, 415, 422, 500]);
const MAX_SIGNALS = 16;
const MAX_BANKS = 64;

const bankName = z.string().min(1).max(100);

const signals = z
  .record(z.string().min(1).max(64), z.string().max(MAX_SIGNAL_LENGTH))
  .refine((found) => Object.keys(found).length <= MAX_SIGNALS, { error: 'too many signals' });

/** A list of banks in older versions, matches by bank in newer ones. */
const matches = z
  .union([z.array(bankName), z.record(bankName, z.union([z.array(z.unknown()), z.looseObject({})]))])
  .transform((found) => {
    if (Array.isArray(found)) return found;
    return Object.entries(found).flatMap(([bank, list]) => (Array.isArray(list) && list.length === 0 ? [] : [bank]));
  })
  .refine((banks) => banks.length <= MAX_BANKS, { error: 'too many banks' });

/** Names of the banks that have a file like it. */
export async function lookUpFile(
  asker: JsonAsker,
  url: string,
  file: { readonly bytes: Uint8Array; readonly kind: FileKind },
  signal: AbortSignal,
): Promise<CallResult<readonly string[]>> {
  const post = { method: 'POST', url: below(url, 'h/hash'), ...formOf(file), aboutContent: UNREADABLE } as const;
  const hashed = await askJson(asker, post, signals, signal);
  if (!hashed.ok) return hashed;
  const banks = new Set<string>();
  const answers = await Promise.all(
    Object.entries(hashed.value).map(async ([type, value]) => {
      const query = new URLSearchParams({ signal_type: type, signal: value }).toString();
      return await askJson(asker, { method: 'GET', url: `${below(url, 'm/lookup')}?${query}` }, matches, signal);
    }),
  );
  for (const answer of answers) {
    if (!answer.ok) return answer;
    for (const bank of answer.value) banks.add(bank);
  }
  return { ok: true, value: [...banks].sort() };
}

function below(url: string, path: string): string {
  return `${url.replace(/\/+$/, '')}/${path}`;
}

/** A form with one file, whose field names what it is. */
function formOf({ bytes, kind }: { bytes: Uint8Array; kind: FileKind }): { contentType: string; body: Uint8Array } {
  const boundary = `gatehouse-${randomBytes(18).toString('hex')}`;
  const head = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${kind}"; filename="file"`,
    'Content-Type: application/octet-stream',
    '',
    '',
  ].join('\r\n');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
