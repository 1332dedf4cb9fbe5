/** A homeserver on loopback with a signing key of its own: as much of one as a policy server meets, and it can lie. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { canonicalText } from '../../src/protocol/canonical-json.ts';
import { signingKeyFromSeed, type SigningKey } from '../../src/protocol/ed25519.ts';
import type { Pdu } from '../../src/protocol/events.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { isJsonArray, isJsonObject, own, parseJson, parseJsonBytes, type JsonObject } from '../../src/protocol/json.ts';
import { makeServerKeys } from '../../src/protocol/key-documents.ts';
import { authorizeRequest } from '../../src/protocol/x-matrix.ts';
import { keyIdOf, serverNamed } from './federation-fakes.ts';
import { RoomBuilder, userAt, userIdOf, type RoomOptions, type Signer } from './room-builder.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

/** What an answer is turned into before it is sent. */
export type Lie = (honest: Reply, path: string) => Reply;

export type EndpointName =
  | 'key'
  | 'make_join'
  | 'send_join'
  | 'make_leave'
  | 'send_leave'
  | 'event'
  | 'get_missing_events'
  | 'state_ids'
  | 'backfill'
  | 'directory'
  | 'register';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Decoded parts of the path behind the endpoint's name. */
  readonly params: readonly string[];
  readonly body: JsonObject;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: JsonObject;
}

const NOT_FOUND: Reply = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'not here' } };
const REGISTRATION_CLOSED: Reply = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'not here' } };
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
let seeds = 0;

export class FakeOrigin implements Signer, AsyncDisposable {
  readonly serverName: ServerName;
  readonly key: SigningKey;
  readonly rooms = new Map<string, RoomBuilder>();
  readonly aliases = new Map<string, { roomId: string; servers: readonly string[] }>();
  readonly lies = new Map<EndpointName, Lie>();
  /** Its files, by the last part of their URI. */
  readonly media = new Map<string, { readonly bytes: Uint8Array; readonly contentType: string }>();
  /** `METHOD path` of every request that came, the query left out. */
  readonly requests: string[] = [];
  /** Called before our peer's join or leave is answered, as a server that has it already would ask about it. */
  onMembership: ((pdu: Pdu) => Promise<void>) | undefined;
  /** Closes every connection without an answer. */
  isDown = false;
  readonly #server: TlsServer;
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false }, connections: 32, pipelining: 1 });
  #transactions = 0;

  private constructor(server: TlsServer) {
    this.#server = server;
    this.serverName = serverNamed(`localhost:${String(server.port)}`);
    seeds += 1;
    this.key = signingKeyFromSeed(keyIdOf(`ed25519:o${String(seeds)}`), Buffer.alloc(32, 100 + seeds));
  }

  static async start(): Promise<FakeOrigin> {
    const slot: { origin?: FakeOrigin } = {};
    const server = await startTlsServer({ dns: ['localhost'] }, (incoming, response) => {
      void slot.origin?.answer(incoming, response);
    });
    slot.origin = new FakeOrigin(server);
    return slot.origin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    await this.#server[Symbol.asyncDispose]();
  }

  user(localpart: string): UserId {
    return userAt(localpart, this.serverName);
  }

  createRoom(version: string, options: RoomOptions = {}): RoomBuilder {
    const room = new RoomBuilder(version, this, options);
    this.rooms.set(room.roomId, room);
    return room;
  }

  /** Knows the room too, as another server in it. */
  share(room: RoomBuilder): void {
    this.rooms.set(room.roomId, room);
    room.addSigner(this);
  }

  /** Makes a request that this server signs. */
  async ask(destination: ServerName, method: 'GET' | 'PUT' | 'POST', uri: string, body?: JsonObject): Promise<Answer> {
    const content = body === undefined ? undefined : canonicalText(body);
    return await this.askWith(destination, method, uri, content, {
      authorization: authorizeRequest({ method, uri, origin: this.serverName, destination, content }, this.key),
    });
  }

  /** Makes a request with headers and bytes as given. */
  async askWith(
    destination: ServerName,
    method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS',
    uri: string,
    content: string | Buffer | undefined,
    headers: Record<string, string | string[]> = {},
  ): Promise<Answer> {
    const response = await request(`https://${destination}${uri}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', ...headers },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.body.text();
    const parsed = parseJson(text === '' ? '{}' : text);
    const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
    return { status: response.statusCode, text, body };
  }

  async askToSign(destination: ServerName, event: JsonObject): Promise<Answer> {
    return await this.ask(destination, 'POST', '/_matrix/policy/v1/sign', event);
  }

  async send(destination: ServerName, events: readonly JsonObject[], txnId?: string): Promise<Answer> {
    this.#transactions += 1;
    const path = `/_matrix/federation/v1/send/${txnId ?? `t${String(this.#transactions)}`}`;
    const body = { origin: this.serverName, origin_server_ts: Date.now(), pdus: events, edus: [] };
    return await this.ask(destination, 'PUT', path, body);
  }

  async invite(destination: ServerName, room: RoomBuilder, invite: JsonObject): Promise<Answer> {
    const { eventId } = room.parse(invite);
    const path = `/_matrix/federation/v2/invite/${encodeURIComponent(room.roomId)}/${encodeURIComponent(eventId)}`;
    const body = {
      room_version: room.rules.version,
      event: invite,
      invite_room_state: room.timeline.slice(0, 1).map((pdu) => pdu.raw),
    };
    return await this.ask(destination, 'PUT', path, body);
  }

  keyDocument(): JsonObject {
    return makeServerKeys(this.serverName, this.key, [], Date.now() + WEEK_MS);
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isDown) {
      incoming.socket.destroy();
      return;
    }
    const url = new URL(incoming.url ?? '/', 'https://localhost');
    this.requests.push(`${incoming.method ?? ''} ${url.pathname}`);
    if (this.#answerMedia(url, response)) return;
    const parsed = parseJsonBytes(await buffer(incoming));
    const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
    const { name, reply } = await this.#serve(incoming.method ?? '', url, body);
    const told = (name === undefined ? undefined : this.lies.get(name)?.(reply, url.pathname)) ?? reply;
    if (incoming.socket.destroyed) return;
    response.writeHead(told.status, { 'content-type': 'application/json' }).end(canonicalText(told.body));
  }

  /** As servers do it: two parts, of which the first is empty but for braces. */
  #answerMedia({ pathname }: URL, response: ServerResponse): boolean {
    const file = this.media.get(/^\/_matrix\/federation\/v1\/media\/download\/([^/]+)$/.exec(pathname)?.[1] ?? '');
    if (file === undefined) return false;
    const boundary = 'fake-origin-file';
    const head = `--${boundary}\r\nContent-Type: application/json\r\n\r\n{}\r\n--${boundary}\r\nContent-Type: ${file.contentType}\r\n\r\n`;
    response
      .writeHead(200, { 'content-type': `multipart/mixed; boundary=${boundary}` })
      .end(Buffer.concat([Buffer.from(head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]));
    return true;
  }

  async #serve(method: string, url: URL, body: JsonObject): Promise<{ name: EndpointName | undefined; reply: Reply }> {
    const path = url.pathname;
    if (path === '/_matrix/key/v2/server') return { name: 'key', reply: { status: 200, body: this.keyDocument() } };
    if (path === '/_matrix/client/v3/register') return { name: 'register', reply: REGISTRATION_CLOSED };
    const parts = /^\/_matrix\/federation\/(v\d)\/([a-z_]+)\/(.*)$/.exec(path);
    const [, version = '', endpoint = '', rest = ''] = parts ?? [];
    const params = rest.split('/').map(decodeURIComponent);
    const call: Call = { method, path, query: url.searchParams, params, body };
    const room = this.rooms.get(params[0] ?? '');
    switch (`${method} ${version} ${endpoint}`) {
      case 'GET v1 make_join':
        return { name: 'make_join', reply: makeMembership(room, params[1], 'join') };
      case 'PUT v2 send_join':
        return { name: 'send_join', reply: await this.#takeMembership(room, call, 'join') };
      case 'GET v1 make_leave':
        return { name: 'make_leave', reply: makeMembership(room, params[1], 'leave') };
      case 'PUT v2 send_leave':
        return { name: 'send_leave', reply: await this.#takeMembership(room, call, 'leave') };
      case 'GET v1 event':
        return { name: 'event', reply: this.#event(params[0] ?? '') };
      case 'POST v1 get_missing_events':
        return { name: 'get_missing_events', reply: missingEvents(room, body) };
      case 'GET v1 state_ids':
        return { name: 'state_ids', reply: stateIds(room, call) };
      case 'GET v1 backfill':
        return { name: 'backfill', reply: backfill(room, call) };
      case 'GET v1 query':
        return { name: 'directory', reply: this.#directory(call) };
      default:
        return { name: undefined, reply: { status: 404, body: { errcode: 'M_UNRECOGNIZED', error: 'unknown' } } };
    }
  }

  async #takeMembership(room: RoomBuilder | undefined, call: Call, membership: string): Promise<Reply> {
    if (room === undefined) return NOT_FOUND;
    const state = [...room.state.values()];
    const pdu = room.take(call.body);
    await this.onMembership?.(pdu);
    if (membership === 'leave') return { status: 200, body: {} };
    const authChain = room.authChainOf([...state, pdu]);
    const rawOf = (event: Pdu): JsonObject => event.raw;
    return {
      status: 200,
      body: { state: state.map(rawOf), auth_chain: authChain.map(rawOf), event: call.body, members_omitted: false },
    };
  }

  #event(eventId: string): Reply {
    for (const room of this.rooms.values()) {
      const pdu = room.timeline.find((event) => event.eventId === eventId);
      if (pdu !== undefined) return { status: 200, body: { origin: this.serverName, pdus: [pdu.raw] } };
    }
    return NOT_FOUND;
  }

  #directory(call: Call): Reply {
    const found = this.aliases.get(call.query.get('room_alias') ?? '');
    if (found === undefined) return NOT_FOUND;
    return { status: 200, body: { room_id: found.roomId, servers: found.servers } };
  }
}

function makeMembership(room: RoomBuilder | undefined, userId: string | undefined, membership: string): Reply {
  if (room === undefined || userId === undefined) return NOT_FOUND;
  const user = userIdOf(userId);
  const event = room.template({ type: 'm.room.member', stateKey: user, content: { membership } }, user);
  return { status: 200, body: { room_version: room.rules.version, event } };
}

/** Going back from `latest` to what the asker has; oldest first. */
function missingEvents(room: RoomBuilder | undefined, body: JsonObject): Reply {
  if (room === undefined) return NOT_FOUND;
  const earliest = new Set(idsIn(body, 'earliest_events'));
  const latest = new Set(idsIn(body, 'latest_events'));
  const limit = Number(own(body, 'limit'));
  const found = walkBack(room, [...latest], (eventId) => earliest.has(eventId), limit + latest.size);
  const events = found.filter((pdu) => !latest.has(pdu.eventId)).slice(0, limit);
  return { status: 200, body: { events: events.reverse().map((pdu) => pdu.raw) } };
}

function backfill(room: RoomBuilder | undefined, call: Call): Reply {
  if (room === undefined) return NOT_FOUND;
  const found = walkBack(room, call.query.getAll('v'), () => false, Number(call.query.get('limit')));
  return { status: 200, body: { origin: 'x', origin_server_ts: 1, pdus: found.map((pdu) => pdu.raw) } };
}

/** Breadth first, newest first. */
function walkBack(
  room: RoomBuilder,
  from: readonly string[],
  isEnd: (eventId: EventId) => boolean,
  limit: number,
): Pdu[] {
  const found = new Map<EventId, Pdu>();
  const queue = [...room.timeline].filter((pdu) => from.includes(pdu.eventId));
  for (let pdu = queue.shift(); pdu !== undefined && found.size < limit; pdu = queue.shift()) {
    if (found.has(pdu.eventId) || isEnd(pdu.eventId)) continue;
    found.set(pdu.eventId, pdu);
    queue.push(...pdu.prevEvents.flatMap((eventId) => room.events.get(eventId) ?? []));
  }
  return [...found.values()];
}

function stateIds(room: RoomBuilder | undefined, call: Call): Reply {
  const at = room?.timeline.find((pdu) => pdu.eventId === call.query.get('event_id'));
  if (room === undefined || at === undefined) return NOT_FOUND;
  const state = room.stateBefore(at.eventId);
  const chain = room.authChainOf(state);
  const ids = (events: readonly Pdu[]): string[] => events.map((pdu) => pdu.eventId);
  return { status: 200, body: { pdu_ids: ids(state), auth_chain_ids: ids(chain) } };
}

function idsIn(body: JsonObject, key: string): EventId[] {
  const list = own(body, key);
  return isJsonArray(list) ? list.filter((item): item is EventId => typeof item === 'string') : [];
}
