/** What other servers know of a room, as the answers that they give: every request is counted, and answers can be lies. */
import type { Pdu } from '../../src/protocol/events.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { authEventIdsOf } from '../../src/protocol/state-resolution/auth-chains.ts';
import { isJsonArray, own } from '../../src/protocol/json.ts';
import type { FederationClient, FederationRequest, FederationResponse } from '../../src/rooms/ports.ts';

const NOT_FOUND: FederationResponse = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'not here' } };

export class EventWorld implements FederationClient {
  /** All that can be had by its id. */
  readonly events = new Map<EventId, Pdu>();
  /** Ids of the state before an event; those without one have no state to give. */
  stateBefore: (eventId: EventId) => Iterable<EventId> | undefined = () => undefined;
  /** Endpoint names in the order in which they were asked. */
  readonly asked: string[] = [];
  /** Answers nothing. */
  isDown = false;
  /** What a request waits for before it is answered. */
  wait: (request: FederationRequest) => Promise<void> | undefined = () => undefined;
  /** In place of the honest answer, where it gives one. */
  lie: ((endpoint: string, request: FederationRequest) => JsonObject | undefined) | undefined;

  add(...pdus: readonly Pdu[]): void {
    for (const pdu of pdus) this.events.set(pdu.eventId, pdu);
  }

  async request(request: FederationRequest): Promise<FederationResponse> {
    const [, endpoint = '', rest = ''] = /^\/_matrix\/federation\/v\d\/([a-z_]+)\/([^?]*)/.exec(request.uri) ?? [];
    this.asked.push(endpoint);
    await this.wait(request);
    if (this.isDown) throw new Error('nobody answers');
    const lie = this.lie?.(endpoint, request);
    if (lie !== undefined) return { status: 200, body: lie };
    const query = new URL(request.uri, 'https://x').searchParams;
    const parts = rest.split('/').map(decodeURIComponent);
    switch (endpoint) {
      case 'event':
        return this.#event(parts[0]);
      case 'get_missing_events':
        return this.#missing(request.body ?? {});
      case 'state_ids':
        return this.#state(query.get('event_id'), (pdus) => pdus.map((pdu) => pdu.eventId), [
          'pdu_ids',
          'auth_chain_ids',
        ]);
      case 'state':
        return this.#state(query.get('event_id'), (pdus) => pdus.map((pdu) => pdu.raw), ['pdus', 'auth_chain']);
      case 'event_auth':
        return this.#authChain(parts[1]);
      default:
        return NOT_FOUND;
    }
  }

  find(eventId: string | null | undefined): Pdu | undefined {
    return this.events.get(eventId as EventId);
  }

  #event(eventId: string | undefined): FederationResponse {
    const pdu = this.find(eventId);
    return pdu === undefined ? NOT_FOUND : { status: 200, body: { origin: 'x', origin_server_ts: 1, pdus: [pdu.raw] } };
  }

  /** Back from `latest_events` to `earliest_events`, breadth first; oldest first in the answer. */
  #missing(body: JsonObject): FederationResponse {
    const earliest = new Set(listIn(body, 'earliest_events'));
    const latest = listIn(body, 'latest_events');
    const limit = Number(own(body, 'limit'));
    const found = new Set<Pdu>();
    const queue = latest.flatMap((eventId) => this.find(eventId)?.prevEvents ?? []);
    for (let eventId = queue.shift(); eventId !== undefined && found.size < limit; eventId = queue.shift()) {
      const pdu = this.find(eventId);
      if (pdu === undefined || found.has(pdu) || earliest.has(eventId)) continue;
      found.add(pdu);
      queue.push(...pdu.prevEvents);
    }
    return { status: 200, body: { events: [...found].reverse().map((pdu) => pdu.raw) } };
  }

  #state(
    eventId: string | null,
    show: (pdus: readonly Pdu[]) => readonly (string | JsonObject)[],
    [state, chain]: readonly [string, string],
  ): FederationResponse {
    const ids = this.stateBefore(eventId as EventId);
    if (ids === undefined) return NOT_FOUND;
    const pdus = [...ids].flatMap((id) => this.find(id) ?? []);
    return { status: 200, body: { [state]: show(pdus), [chain]: show(this.authChainOf(pdus)) } };
  }

  #authChain(eventId: string | undefined): FederationResponse {
    const pdu = this.find(eventId);
    if (pdu === undefined) return NOT_FOUND;
    return { status: 200, body: { auth_chain: this.authChainOf([pdu]).map((event) => event.raw) } };
  }

  authChainOf(pdus: readonly Pdu[]): readonly Pdu[] {
    const chain = new Set<Pdu>();
    const open = pdus.flatMap(authEventIdsOf);
    for (let eventId = open.pop(); eventId !== undefined; eventId = open.pop()) {
      const pdu = this.find(eventId);
      if (pdu === undefined || chain.has(pdu)) continue;
      chain.add(pdu);
      open.push(...authEventIdsOf(pdu));
    }
    return [...chain];
  }
}

function listIn(body: JsonObject, key: string): readonly string[] {
  const list = own(body, key);
  return isJsonArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
