/** `GET https://<host>/.well-known/matrix/server` and its caching rules (server-server API, "Resolving server names", 3). */
import CachePolicy from 'http-cache-semantics';
import { LRUCache } from 'lru-cache';
import { parseServerName, splitServerName, type ServerName } from '../protocol/ids/server-name.ts';
import { isJsonObject, ownString, parseJsonBytes } from '../protocol/json.ts';
import type { Clock } from '../telemetry/clock.ts';
import { exponentialPause } from './back-off.ts';
import { startDeadline } from './deadline.ts';
import type { FederationLog } from './ports.ts';
import type { WellKnownLookup } from './server-discovery.ts';
import type { HttpAnswer, Transport } from './transport.ts';

export interface WellKnownDeps {
  readonly clock: Clock;
  readonly transport: Pick<Transport, 'exchange'>;
  readonly log: FederationLog;
  readonly random?: () => number;
}

const PATH = '/.well-known/matrix/server';
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 50 * 1024;
const MAX_HOPS = 6;
const MAX_HOSTS = 20_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
export const DEFAULT_TTL_MS = 24 * HOUR_MS;
export const MAX_TTL_MS = 48 * HOUR_MS;
/** @NOTE as in Synapse: a host that forbids caching is still not asked again for every request. */
export const MIN_TTL_MS = 5 * MINUTE_MS;
const MAX_ERROR_TTL_MS = HOUR_MS;
/** How long a delegation that has run out is still used while its host fails to answer. */
const GRACE_MS = 2 * HOUR_MS;

interface Known {
  readonly delegatedTo: ServerName | undefined;
  readonly until: number;
  /** When `delegatedTo` was due to be asked for again; 0 without one. */
  readonly goodUntil: number;
  readonly failures: number;
}

type Answer = { ok: true; delegatedTo: ServerName; ttlMs: number } | { ok: false; detail: string };

export function createWellKnownLookup(deps: WellKnownDeps): WellKnownLookup {
  const { clock, log, random = Math.random } = deps;
  const known = new LRUCache<string, Known>({ max: MAX_HOSTS });
  const underWay = new Map<string, Promise<ServerName | undefined>>();

  async function ask(host: string): Promise<ServerName | undefined> {
    const answer = await fetchWellKnown(deps, host);
    const entry = answer.ok
      ? {
          delegatedTo: answer.delegatedTo,
          until: clock.now() + answer.ttlMs,
          goodUntil: clock.now() + answer.ttlMs,
          failures: 0,
        }
      : afterFailure(known.get(host));
    if (!answer.ok) log.debug({ host, detail: answer.detail }, 'no delegation in .well-known');
    known.set(host, entry);
    return entry.delegatedTo;
  }

  function afterFailure(before: Known | undefined): Known {
    const failures = (before?.failures ?? 0) + 1;
    const until =
      clock.now() + Math.min(MAX_ERROR_TTL_MS, exponentialPause(failures, MINUTE_MS, MAX_ERROR_TTL_MS, random));
    const goodUntil = before?.goodUntil ?? 0;
    const recent = goodUntil + GRACE_MS > clock.now();
    return {
      delegatedTo: recent ? before?.delegatedTo : undefined,
      until,
      goodUntil: recent ? goodUntil : 0,
      failures,
    };
  }

  return {
    async delegationOf(host) {
      const cached = known.get(host);
      if (cached !== undefined && cached.until > clock.now()) return cached.delegatedTo;
      let asking = underWay.get(host);
      if (asking === undefined) {
        asking = ask(host).finally(() => underWay.delete(host));
        underWay.set(host, asking);
      }
      return await asking;
    },
  };
}

/** Follows redirects, https alone and no address twice; the transport refuses private ones at every hop. */
async function fetchWellKnown({ clock, transport }: WellKnownDeps, host: string): Promise<Answer> {
  if (!URL.canParse(`https://${host}${PATH}`)) return { ok: false, detail: 'the host name fits into no URL' };
  using deadline = startDeadline(clock, TIMEOUT_MS);
  const seen = new Set<string>();
  let url = new URL(`https://${host}${PATH}`);
  try {
    while (!seen.has(url.href) && seen.size < MAX_HOPS) {
      seen.add(url.href);
      const answer = await get(transport, url, deadline.signal);
      if (!REDIRECTS.has(answer.status)) return readAnswer(url, answer);
      const location = headerOf(answer, 'location') ?? '';
      if (!URL.canParse(location, url.href)) return { ok: false, detail: 'a redirect leads nowhere' };
      url = new URL(location, url);
      // @NOTE the text names no scheme for redirects; plain http would let anyone on the path take a server over.
      if (url.protocol !== 'https:') return { ok: false, detail: 'a redirect leaves https' };
    }
    return { ok: false, detail: 'redirects in a loop, or too many' };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function get(transport: Pick<Transport, 'exchange'>, url: URL, signal: AbortSignal): Promise<HttpAnswer> {
  const split = splitServerName(url.host);
  if (split === undefined) throw new Error(`${url.host} is no host`);
  return await transport.exchange({
    endpoint: { host: split.host.name, port: split.port ?? 443, hostHeader: url.host },
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'application/json' },
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_BODY_BYTES,
    signal,
  });
}

/** The body is read as JSON whatever its Content-Type says. */
function readAnswer(url: URL, answer: HttpAnswer): Answer {
  if (answer.status !== 200) return { ok: false, detail: `status ${answer.status}` };
  const parsed = parseJsonBytes(answer.bytes);
  const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
  const delegatedTo = parseServerName((body && ownString(body, 'm.server')) ?? '');
  if (delegatedTo === undefined) return { ok: false, detail: 'm.server is missing or no server name' };
  return { ok: true, delegatedTo, ttlMs: ttlOf(url, answer) };
}

function ttlOf(url: URL, { status, headers }: HttpAnswer): number {
  const request = { url: url.href, method: 'GET', headers: { host: url.host } };
  const policy = new CachePolicy(request, { status, headers }, { shared: false, cacheHeuristic: 0 });
  const directives = policy.toObject().rescc;
  const saysHowLong =
    headers['expires'] !== undefined || ['max-age', 'no-cache', 'no-store'].some((name) => name in directives);
  const ttl = saysHowLong ? policy.timeToLive() : DEFAULT_TTL_MS;
  return Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, Number.isFinite(ttl) ? ttl : DEFAULT_TTL_MS));
}

function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
