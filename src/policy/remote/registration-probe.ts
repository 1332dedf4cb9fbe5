/**
 * Whether anybody can have an account at a homeserver for the asking: one whose registration wants no more than
 * `m.login.dummy` (client-server API, "Account registration" and "Dummy Auth").
 */
import { z } from 'zod';
import { splitServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { RegistrationAnswer } from '../answers.ts';
import type { Asked, Source } from '../questions.ts';
import { breakerForEach } from './breaker.ts';
import { GuardedCalls, type CallLimits, type CallOutcome, type CallReport, type CallResult } from './guarded-calls.ts';
import type { Web, WebAnswer } from './ports.ts';

export interface RegistrationProbeDeps {
  readonly clock: Clock;
  readonly web: Web;
  /** Told how each call ended. */
  readonly onCall: (report: CallReport) => void;
}

const MINUTE_MS = 60_000;
/** Open ones are mostly closed when somebody tells their people; closed ones stay so. */
const TTL_OPEN_MS = 5 * MINUTE_MS;
const TTL_CLOSED_MS = 60 * MINUTE_MS;
const LIMITS: CallLimits = {
  ...{ deadline: 5_000, concurrency: 32, queue: 256, breaker: undefined },
  cache: { entries: 20_000, ttl: TTL_CLOSED_MS },
};
/** Of each server. */
const BREAKER = { failures: 2, pause: 5 * MINUTE_MS };
/** Of one request. */
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64_000;

/** Each server is asked once at a time, and left alone for itself while it fails. */
export function createRegistrationProbe({ clock, web, onCall }: RegistrationProbeDeps): Source<'registration'> {
  const calls = new GuardedCalls<RegistrationAnswer>({
    ...{ clock, limits: LIMITS, onCall },
    breakerOf: breakerForEach(BREAKER, LIMITS.cache.entries),
    ttlOf: ({ isOpen }) => (isOpen ? TTL_OPEN_MS : TTL_CLOSED_MS),
  });
  return ({ key: server }) => {
    const outcome = calls.ask(server, async (signal) => await askServer(web, server, signal));
    return outcome instanceof Promise ? outcome.then((done) => askedOf(server, done)) : askedOf(server, outcome);
  };
}

function askedOf(server: ServerName, outcome: CallOutcome<RegistrationAnswer>): Asked<RegistrationAnswer> {
  if (outcome.ok) return { state: 'known', value: outcome.value };
  return { state: 'failed', detail: `${server}: ${outcome.detail}` };
}

async function askServer(web: Web, server: ServerName, signal: AbortSignal): Promise<CallResult<RegistrationAnswer>> {
  const address = await addressOf(web, server, signal);
  const answer = await web.request({
    ...{ method: 'POST', url: `${address}/_matrix/client/v3/register`, body: '{}', signal, httpsOnly: true },
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...{ timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_ANSWER_BYTES },
  });
  const isOpen = isOpenBy(answer);
  if (isOpen !== undefined) return { ok: true, value: { isOpen, address } };
  return { ok: false, detail: `status ${String(answer.status)} does not say who may register`, blamesEndpoint: true };
}

const wellKnown = z.object({ 'm.homeserver': z.object({ base_url: z.string().max(2000) }) });

/**
 * Client-server API, "Well-known URIs".
 * @NOTE like Meowlnir, and unlike a client, which asks its user: without a usable `.well-known` the server name is asked.
 */
async function addressOf(web: Web, server: ServerName, signal: AbortSignal): Promise<string> {
  const fallback = `https://${server}`;
  const hostname = server.replace(/:[0-9]{1,5}$/, '');
  if (splitServerName(hostname) === undefined) return fallback;
  const url = `https://${hostname}/.well-known/matrix/client`;
  const headers = { accept: 'application/json' };
  const request = { method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_ANSWER_BYTES } as const;
  try {
    const answer = await web.request({ ...request, signal, httpsOnly: true });
    const read = wellKnown.safeParse(answer.status === 200 ? jsonOf(answer) : undefined);
    return (read.success ? usableAddress(read.data['m.homeserver'].base_url) : undefined) ?? fallback;
  } catch (error) {
    if (signal.aborted) throw error;
    return fallback;
  }
}

/** @NOTE the text allows plain http; what it says could be said by anyone on the path. */
function usableAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, origin, pathname, search, hash } = new URL(text);
  if (protocol !== 'https:' || username + password + search + hash !== '') return undefined;
  // "the base_url value might include a trailing /"
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** User-interactive authentication: each flow is a way to register, with all of its stages. */
const flows = z.object({ flows: z.array(z.object({ stages: z.array(z.string().max(255)).max(100) })).max(100) });
const refusal = z.object({ errcode: z.string() });
/** Registration is switched off, or somebody else's: an OAuth 2.0 server, say. */
const CLOSED: ReadonlySet<number> = new Set([403, 404, 405]);

/** `undefined` where the answer says nothing about it. */
function isOpenBy(answer: WebAnswer): boolean | undefined {
  // An account was made, for nothing.
  if (answer.status === 200) return z.object({ user_id: z.string() }).safeParse(jsonOf(answer)).success || undefined;
  if (CLOSED.has(answer.status)) return refusal.safeParse(jsonOf(answer)).success ? false : undefined;
  if (answer.status !== 401) return undefined;
  const read = flows.safeParse(jsonOf(answer));
  if (!read.success) return undefined;
  return read.data.flows.some(({ stages }) => stages.length === 1 && stages[0] === 'm.login.dummy');
}

function jsonOf({ bytes }: WebAnswer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
