/** The section `remote_checks`: programs that rules may ask about events. */
import { z } from 'zod';
import { byteSize, duration } from '../policy/filters/quantities.ts';

export const REMOTE_KINDS = ['http', 'moderation', 'media_hash'] as const;
export type RemoteKind = (typeof REMOTE_KINDS)[number];

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
const MAX_MEDIA_BYTES = 100_000_000;
const MAX_ANSWER_BYTES = 1_000_000;

const time = (from: string, fromMs: number, to: string, toMs: number): typeof duration =>
  duration.refine((ms) => ms >= fromMs && ms <= toMs, { error: `expected a time between "${from}" and "${to}"` });

const size = (fromBytes: number, toBytes: number): typeof byteSize =>
  byteSize.refine((bytes) => bytes >= fromBytes && bytes <= toBytes, {
    error: `expected between ${String(fromBytes)} and ${String(toBytes)} bytes`,
  });

const address = z.string().max(2000).refine(isAddress, {
  error: 'expected an http or https address without a user name, a password or a fragment',
});

const sha256 = z.string().regex(/^[0-9a-fA-F]{64}$/, { error: 'expected a SHA-256 of 64 hexadecimal digits' });

const breaker = z.strictObject({
  failures: z.int().min(1).max(1000).default(5).meta({
    description: 'failures in a row after which it is left alone; an answer that is late is one',
  }),
  pause: time('1s', SECOND_MS, '1h', 3600 * SECOND_MS)
    .prefault('30s')
    .meta({ description: 'how long it is left alone; then one question tells whether it is back' }),
});

const cache = z.strictObject({
  entries: z.int().min(1).max(1_000_000).default(10_000).meta({ description: 'answers that are kept in memory' }),
  ttl: time('1s', SECOND_MS, '7d', 7 * DAY_MS)
    .prefault('1h')
    .meta({ description: 'how long an answer about the same content is used again' }),
});

const settings = z.strictObject({
  kind: z.enum(REMOTE_KINDS).meta({
    description:
      '"http" speaks Gatehouse’s own contract, "moderation" that of OpenAI’s moderation endpoint, "media_hash" that of a hasher-matcher-actioner',
  }),
  url: address.optional().meta({
    description:
      'where to ask; of "media_hash" the address below which `h/hash` and `m/lookup` are, left out where only the own list is looked at',
    fallback: 'required but for "media_hash" with an own list',
  }),
  token: z.string().min(1).max(4000).optional().meta({ description: 'secret sent as `Authorization: Bearer …`' }),
  token_file: z.string().min(1).optional().meta({
    description: 'file that holds the token, readable by its owner alone; relative to the configuration file',
  }),
  deadline: time('50ms', 50, '8s', 8 * SECOND_MS)
    .prefault('3s')
    .meta({ description: 'how long a rule waits for the answer; later ones are kept for the next time' }),
  concurrency: z
    .int()
    .min(1)
    .max(1000)
    .default(16)
    .meta({ description: 'questions at once; of "media_hash" also files fetched at once' }),
  queue: z.int().min(0).max(100_000).default(256).meta({
    description: 'questions that wait for their turn; more than that fail at once',
  }),
  breaker: breaker.prefault({}).meta({ description: 'leaving it alone while it fails' }),
  cache: cache.prefault({}).meta({ description: 'answers that are used again' }),
  max_answer_size: size(100, MAX_ANSWER_BYTES).prefault('64kB').meta({ description: 'largest answer that is read' }),
  allow_private_network: z.boolean().default(false).meta({
    description: 'whether private and loopback addresses may be asked, beside `federation.allowed_networks`',
  }),
  model: z.string().min(1).max(200).optional().meta({
    description: 'of "moderation": the model that is asked for',
    fallback: '"omni-moderation-latest"',
  }),
  max_media_size: size(1000, MAX_MEDIA_BYTES)
    .optional()
    .meta({ description: 'of "media_hash": largest file that is fetched', fallback: '"10MB"' }),
  oversized: z.enum(['fail', 'thumbnail']).optional().meta({
    description:
      'of "media_hash": whether larger files fail the check, or the thumbnail that their server makes is looked up',
    fallback: '"fail"',
  }),
  max_files: z.int().min(1).max(100).optional().meta({
    description:
      'of "media_hash": files of one event that are looked up, thumbnails included; events with more fail the check',
    fallback: '8',
  }),
  sha256: z.array(sha256).max(100_000).optional().meta({
    description: 'of "media_hash": an own list of files, as hexadecimal SHA-256; they are in the bank `sha256`',
  }),
  sha256_file: z.string().min(1).optional().meta({
    description: 'of "media_hash": file with one such SHA-256 a line; relative to the configuration file',
  }),
});

export const remoteCheck = settings.superRefine((value, context) => {
  const fail = (key: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message, input: undefined });
  };
  const hasList = value.sha256 !== undefined || value.sha256_file !== undefined;
  if (value.url === undefined && !(value.kind === 'media_hash' && hasList)) fail('url', 'expected an address');
  if (value.token !== undefined && value.token_file !== undefined) fail('token_file', 'expected token or token_file');
  for (const [kind, keys] of OF_ONE_KIND) {
    for (const key of keys) {
      if (kind !== value.kind && value[key] !== undefined) fail(key, `expected only where kind is "${kind}"`);
    }
  }
});

const OF_ONE_KIND = [
  ['moderation', ['model']],
  ['media_hash', ['max_media_size', 'oversized', 'max_files', 'sha256', 'sha256_file']],
] as const;

export const REMOTE_CHECK_NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export const remoteChecks = z.record(
  z.string().regex(REMOTE_CHECK_NAME, {
    error: 'expected a name of a-z, 0-9, _ and -, a letter first, at most 64 characters',
  }),
  remoteCheck,
);

export type RemoteCheckConfig = z.output<typeof remoteCheck>;

/** The kind of each endpoint by its name: what rules may refer to. */
export function remoteKinds(checks: Readonly<Record<string, RemoteCheckConfig>>): ReadonlyMap<string, RemoteKind> {
  return new Map(Object.entries(checks).map(([name, { kind }]) => [name, kind]));
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}
