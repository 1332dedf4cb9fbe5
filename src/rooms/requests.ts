/** The federation requests that rooms make, as typed calls: paths, bounds and what the answers must look like. */
import { parseEventId, type EventId } from '../protocol/ids/event-id.ts';
import type { RoomAlias } from '../protocol/ids/room-alias.ts';
import { parseRoomId, type RoomId } from '../protocol/ids/room-id.ts';
import { parseServerName, type ServerName } from '../protocol/ids/server-name.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import {
  isJsonArray,
  isJsonObject,
  own,
  ownObject,
  ownString,
  type JsonObject,
  type JsonValue,
} from '../protocol/json.ts';
import { knownRoomVersions } from '../protocol/room-versions.ts';
import type { FederationClient, FederationRequest } from './ports.ts';

const MIB = 1024 * 1024;
const SMALL = { timeoutMs: 15_000, maxResponseBytes: MIB };
/** Joining a large room takes its resident server a while, and the answer holds the whole state. */
const JOIN = { timeoutMs: 180_000, maxResponseBytes: 256 * MIB };
const MAX_LISTED = 200_000;

/** What another server answered, or why there is no answer; a sentence for people. */
export type Answer<T> = { ok: true; value: T } | { ok: false; status: number | undefined; reason: string };

export interface MembershipTemplate {
  readonly roomVersion: string;
  readonly event: JsonObject;
}

export interface JoinResponse {
  readonly state: readonly JsonValue[];
  readonly authChain: readonly JsonValue[];
  /** Our join with the resident server's signature, where it added one. */
  readonly event: JsonObject | undefined;
}

/** One method per endpoint; none of them throws because of what the other server does. */
export class RoomRequests {
  readonly #client: FederationClient;

  constructor(client: FederationClient) {
    this.#client = client;
  }

  async #ask(request: FederationRequest): Promise<Answer<JsonObject>> {
    try {
      const { status, body } = await this.#client.request(request);
      if (status !== 200) return failed(status, describeError(status, body));
      return body === undefined ? failed(status, 'answered without a JSON object') : { ok: true, value: body };
    } catch (error) {
      return failed(undefined, error instanceof Error ? error.message : 'could not be reached');
    }
  }

  async resolveAlias(
    destination: ServerName,
    alias: RoomAlias,
  ): Promise<Answer<{ roomId: RoomId; servers: ServerName[] }>> {
    const uri = `/_matrix/federation/v1/query/directory?room_alias=${encodeURIComponent(alias)}`;
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...SMALL, ignoreBackOff: true }), (body) => {
      const roomId = parseRoomId(ownString(body, 'room_id') ?? '');
      return roomId === undefined ? undefined : { roomId, servers: serverList(own(body, 'servers')) };
    });
  }

  async makeJoin(destination: ServerName, roomId: RoomId, userId: UserId): Promise<Answer<MembershipTemplate>> {
    const versions = knownRoomVersions().map((version) => `ver=${encodeURIComponent(version)}`);
    const uri = `/_matrix/federation/v1/make_join/${encodeURIComponent(roomId)}/${encodeURIComponent(userId)}?${versions.join('&')}`;
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...SMALL, ignoreBackOff: true }), readTemplate);
  }

  async makeLeave(destination: ServerName, roomId: RoomId, userId: UserId): Promise<Answer<MembershipTemplate>> {
    const uri = `/_matrix/federation/v1/make_leave/${encodeURIComponent(roomId)}/${encodeURIComponent(userId)}`;
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...SMALL, ignoreBackOff: true }), readTemplate);
  }

  /** Version 2 alone: version 1 is gone from the specification (MSC4376). */
  async sendJoin(
    destination: ServerName,
    roomId: RoomId,
    eventId: EventId,
    body: JsonObject,
  ): Promise<Answer<JoinResponse>> {
    const uri = `/_matrix/federation/v2/send_join/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}?omit_members=false`;
    return mapAnswer(
      await this.#ask({ destination, method: 'PUT', uri, body, ...JOIN, ignoreBackOff: true }),
      (answer) => {
        const state = own(answer, 'state');
        const authChain = own(answer, 'auth_chain');
        if (!isJsonArray(state) || !isJsonArray(authChain)) return undefined;
        if (state.length + authChain.length > MAX_LISTED) return undefined;
        return { state, authChain, event: ownObject(answer, 'event') };
      },
    );
  }

  async sendLeave(
    destination: ServerName,
    roomId: RoomId,
    eventId: EventId,
    body: JsonObject,
  ): Promise<Answer<JsonObject>> {
    const uri = `/_matrix/federation/v2/send_leave/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
    return await this.#ask({ destination, method: 'PUT', uri, body, ...SMALL, timeoutMs: 60_000, ignoreBackOff: true });
  }

  async event(destination: ServerName, eventId: EventId, timeoutMs: number): Promise<Answer<JsonValue>> {
    const uri = `/_matrix/federation/v1/event/${encodeURIComponent(eventId)}`;
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...SMALL, timeoutMs }), (body) =>
      firstPdu(body),
    );
  }

  /** Events between what we have and `latest`, oldest first; at most `limit`. */
  async missingEvents(
    destination: ServerName,
    roomId: RoomId,
    gap: { earliest: readonly EventId[]; latest: readonly EventId[]; limit: number; timeoutMs: number },
  ): Promise<Answer<readonly JsonValue[]>> {
    const uri = `/_matrix/federation/v1/get_missing_events/${encodeURIComponent(roomId)}`;
    const body = { earliest_events: gap.earliest, latest_events: gap.latest, limit: gap.limit, min_depth: 0 };
    const bounds = { timeoutMs: gap.timeoutMs, maxResponseBytes: 8 * MIB };
    return mapAnswer(await this.#ask({ destination, method: 'POST', uri, body, ...bounds }), (answer) =>
      listOf(answer, 'events'),
    );
  }

  /** Ids of the state before an event, and of that state's auth chain. */
  async stateIds(
    destination: ServerName,
    roomId: RoomId,
    eventId: EventId,
    timeoutMs: number,
  ): Promise<Answer<{ state: readonly EventId[]; authChain: readonly EventId[] }>> {
    const uri = `/_matrix/federation/v1/state_ids/${encodeURIComponent(roomId)}?event_id=${encodeURIComponent(eventId)}`;
    const bounds = { timeoutMs, maxResponseBytes: 32 * MIB };
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...bounds }), (answer) => {
      const state = listOf(answer, 'pdu_ids');
      const authChain = listOf(answer, 'auth_chain_ids');
      return state === undefined || authChain === undefined
        ? undefined
        : { state: eventIds(state), authChain: eventIds(authChain) };
    });
  }

  /** The state before an event and its auth chain, as events in one list. */
  async state(
    destination: ServerName,
    roomId: RoomId,
    eventId: EventId,
    timeoutMs: number,
  ): Promise<Answer<readonly JsonValue[]>> {
    const uri = `/_matrix/federation/v1/state/${encodeURIComponent(roomId)}?event_id=${encodeURIComponent(eventId)}`;
    const bounds = { timeoutMs, maxResponseBytes: 128 * MIB };
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...bounds }), (answer) => {
      const state = listOf(answer, 'pdus');
      const authChain = listOf(answer, 'auth_chain');
      return state === undefined || authChain === undefined ? undefined : [...authChain, ...state];
    });
  }

  /** The whole auth chain of an event. */
  async eventAuth(
    destination: ServerName,
    roomId: RoomId,
    eventId: EventId,
    timeoutMs: number,
  ): Promise<Answer<readonly JsonValue[]>> {
    const uri = `/_matrix/federation/v1/event_auth/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
    const bounds = { timeoutMs, maxResponseBytes: 32 * MIB };
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...bounds }), (answer) =>
      listOf(answer, 'auth_chain'),
    );
  }

  /** Events before the given ones, those included, newest first; at most `limit`. */
  async backfill(
    destination: ServerName,
    roomId: RoomId,
    from: readonly EventId[],
    options: { limit: number; timeoutMs: number },
  ): Promise<Answer<readonly JsonValue[]>> {
    const query = [...from.map((id) => `v=${encodeURIComponent(id)}`), `limit=${String(options.limit)}`].join('&');
    const uri = `/_matrix/federation/v1/backfill/${encodeURIComponent(roomId)}?${query}`;
    const bounds = { timeoutMs: options.timeoutMs, maxResponseBytes: 16 * MIB };
    return mapAnswer(await this.#ask({ destination, method: 'GET', uri, ...bounds }), (answer) =>
      listOf(answer, 'pdus'),
    );
  }
}

function mapAnswer<T>(answer: Answer<JsonObject>, read: (body: JsonObject) => T | undefined): Answer<T> {
  if (!answer.ok) return answer;
  const value = read(answer.value);
  return value === undefined ? failed(200, 'sent an answer that makes no sense') : { ok: true, value };
}

function failed(status: number | undefined, reason: string): { ok: false; status: number | undefined; reason: string } {
  return { ok: false, status, reason };
}

/** The other server's own words, bounded and on one line. */
function describeError(status: number, body: JsonObject | undefined): string {
  const errcode = body === undefined ? undefined : ownString(body, 'errcode');
  const error = body === undefined ? undefined : ownString(body, 'error');
  const words = (error ?? '').replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 200);
  return `answered ${[String(status), errcode?.slice(0, 64), words].filter((part) => part !== undefined && part !== '').join(' ')}`;
}

function readTemplate(body: JsonObject): MembershipTemplate | undefined {
  const event = ownObject(body, 'event');
  return event === undefined ? undefined : { roomVersion: ownString(body, 'room_version') ?? '1', event };
}

function serverList(value: JsonValue | undefined): ServerName[] {
  if (!isJsonArray(value)) return [];
  return value.slice(0, 50).flatMap((item) => {
    const server = typeof item === 'string' ? parseServerName(item) : undefined;
    return server === undefined ? [] : [server];
  });
}

function firstPdu(body: JsonObject): JsonValue | undefined {
  const [pdu] = listOf(body, 'pdus') ?? [];
  return isJsonObject(pdu) ? pdu : undefined;
}

function listOf(body: JsonObject, key: string): readonly JsonValue[] | undefined {
  const list = own(body, key);
  return isJsonArray(list) && list.length <= MAX_LISTED ? list : undefined;
}

function eventIds(list: readonly JsonValue[]): readonly EventId[] {
  return list.flatMap((item) => (typeof item === 'string' ? (parseEventId(item) ?? []) : []));
}
