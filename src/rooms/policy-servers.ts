/** Asking policy servers to sign (server-server API, "Policy Servers"; data/api/server-server/room_policy.yaml). */
import { LRUCache } from 'lru-cache';
import { POLICY_KEY_ID } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { own, ownObject, ownString, type JsonObject } from '../protocol/json.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { FederationClient, FederationResponse } from './ports.ts';

export type PolicyAnswer =
  /** Unpadded base64, as the server sent it: not verified. */
  | { type: 'signature'; signature: string }
  /** The server's own words, fit for the sender. */
  | { type: 'refused'; reason: string }
  /** It may answer otherwise later. */
  | { type: 'unavailable'; reason: string };

interface Pause {
  readonly failures: number;
  readonly until: number;
}

const STABLE_URI = '/_matrix/policy/v1/sign';
/** From before MSC4284 was merged. */
const UNSTABLE_URI = '/_matrix/policy/unstable/org.matrix.msc4284/sign';
const FIRST_TIMEOUT_MS = 10_000;
const SHORTEST_TIMEOUT_MS = 2_000;
const MAX_RESPONSE_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60_000;
const MAX_SERVERS = 10_000;
const MAX_REASON = 1_000;

/**
 * A room waits while its policy server is asked: one that does not answer is given less time with every failure and left
 * alone for at least twice as long as it has kept a room waiting.
 */
export class PolicyServers {
  readonly #client: FederationClient;
  readonly #clock: Clock;
  readonly #pauses = new LRUCache<ServerName, Pause>({ max: MAX_SERVERS });

  constructor(deps: { readonly client: FederationClient; readonly clock: Clock }) {
    this.#client = deps.client;
    this.#clock = deps.clock;
  }

  /** Never throws because of what the other server does. */
  async ask(server: ServerName, event: JsonObject): Promise<PolicyAnswer> {
    const pause = this.#pauses.get(server);
    const begun = this.#clock.now();
    if (pause !== undefined && pause.until > begun) return unavailable(`${server} could not be asked lately`);
    const timeoutMs = Math.max(SHORTEST_TIMEOUT_MS, FIRST_TIMEOUT_MS / 2 ** (pause?.failures ?? 0));
    const answer = await this.#askBoth(server, event, begun + timeoutMs);
    if (answer.type === 'unavailable') this.#fail(server, begun);
    else this.#pauses.delete(server);
    return answer;
  }

  async #askBoth(server: ServerName, event: JsonObject, deadline: number): Promise<PolicyAnswer> {
    try {
      const stable = await this.#post(server, STABLE_URI, event, deadline);
      if (!isUnrecognized(stable)) return read(server, stable);
      const unstable = await this.#post(server, UNSTABLE_URI, event, deadline);
      if (isUnrecognized(unstable)) return { type: 'unavailable', reason: `${server} is no policy server` };
      return read(server, unstable);
    } catch (error) {
      return unavailable(error instanceof Error ? error.message : `${server} could not be reached`);
    }
  }

  async #post(server: ServerName, uri: string, body: JsonObject, deadline: number): Promise<FederationResponse> {
    const timeoutMs = Math.max(1, deadline - this.#clock.now());
    const bounds = { timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES, ignoreBackOff: true };
    return await this.#client.request({ destination: server, method: 'POST', uri, body, ...bounds });
  }

  #fail(server: ServerName, begun: number): void {
    const now = this.#clock.now();
    const failures = (this.#pauses.get(server)?.failures ?? 0) + 1;
    const pause = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), 2 * (now - begun)));
    this.#pauses.set(server, { failures, until: now + pause });
  }
}

/** The endpoint is not known there: 404 with `M_UNRECOGNIZED`, or from something that speaks no Matrix at all. */
function isUnrecognized({ status, body }: FederationResponse): boolean {
  return status === 404 && (body === undefined || ownString(body, 'errcode') === 'M_UNRECOGNIZED');
}

function read(server: ServerName, { status, body = {} }: FederationResponse): PolicyAnswer {
  if (status === 200) {
    const signature = ownString(ownObject(body, server) ?? {}, POLICY_KEY_ID);
    if (signature !== undefined) return { type: 'signature', signature };
    // On the unstable endpoint 200 with an empty object is a refusal (MSC4284, "Unstable prefix").
    return { type: 'refused', reason: 'The policy server of the room does not allow this.' };
  }
  const words = own(body, 'error');
  const said = typeof words === 'string' && words !== '' ? words.slice(0, MAX_REASON) : undefined;
  if (status === 400 || status === 403 || status === 404) {
    return { type: 'refused', reason: said ?? `The policy server of the room answered ${String(status)}.` };
  }
  return unavailable(`${server} answered ${String(status)}${said === undefined ? '' : ` ${said}`}`);
}

function unavailable(detail: string): { type: 'unavailable'; reason: string } {
  return { type: 'unavailable', reason: `the policy server of the room could not be asked: ${detail}` };
}
