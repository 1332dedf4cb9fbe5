/** JSON as it came from a server: every field must be looked at before it is used. */
export type JsonObject = Record<string, unknown>;

/** What a server answered, good or bad. */
export interface Answer {
  status: number;
  body: JsonObject;
}

/** An event as clients get it. */
export interface ClientEvent {
  eventId: string;
  type: string;
  sender: string;
  stateKey: string | undefined;
  content: JsonObject;
  raw: JsonObject;
}

export interface RoomOptions {
  version: string;
  preset?: 'private_chat' | 'public_chat';
  name?: string;
  aliasLocalpart?: string;
  invite?: readonly string[];
  powerLevels?: JsonObject;
}

/** A user at a homeserver. Calls return status and body instead of throwing, so that tests can look at refusals. */
export class MatrixClient {
  readonly url: string;
  readonly userId: string;
  readonly serverName: string;
  readonly token: string;
  #transactions = 0;

  private constructor(url: string, userId: string, token: string) {
    this.url = url;
    this.userId = userId;
    this.serverName = userId.slice(userId.indexOf(':') + 1);
    this.token = token;
  }

  static async register(url: string, localpart: string): Promise<MatrixClient> {
    const auth = { type: 'm.login.dummy' };
    const { status, body } = await request(url, undefined, 'POST', '/register', {
      username: localpart,
      password: 'interop',
      auth,
    });
    const { user_id: userId, access_token: token } = body;
    if (status !== 200 || typeof userId !== 'string' || typeof token !== 'string') {
      throw new Error(`cannot register ${localpart}: ${String(status)} ${JSON.stringify(body)}`);
    }
    return new MatrixClient(url, userId, token);
  }

  call(method: string, path: string, body?: JsonObject): Promise<Answer> {
    return request(this.url, this.token, method, path, body);
  }

  /** Creates a room and returns its id. */
  async createRoom(options: RoomOptions): Promise<string> {
    const answer = await this.call('POST', '/createRoom', {
      room_version: options.version,
      preset: options.preset ?? 'private_chat',
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.aliasLocalpart === undefined ? {} : { room_alias_name: options.aliasLocalpart }),
      ...(options.invite === undefined ? {} : { invite: options.invite }),
      ...(options.powerLevels === undefined ? {} : { power_level_content_override: options.powerLevels }),
    });
    return textOf(answer, 'room_id');
  }

  invite(roomId: string, userId: string): Promise<Answer> {
    return this.call('POST', `${roomPath(roomId)}/invite`, { user_id: userId });
  }

  join(roomIdOrAlias: string, via: readonly string[] = []): Promise<Answer> {
    const query = via.map((server) => `via=${encodeURIComponent(server)}&server_name=${encodeURIComponent(server)}`);
    return this.call('POST', `/join/${encodeURIComponent(roomIdOrAlias)}?${query.join('&')}`, {});
  }

  leave(roomId: string): Promise<Answer> {
    return this.call('POST', `${roomPath(roomId)}/leave`, {});
  }

  kick(roomId: string, userId: string): Promise<Answer> {
    return this.call('POST', `${roomPath(roomId)}/kick`, { user_id: userId });
  }

  ban(roomId: string, userId: string): Promise<Answer> {
    return this.call('POST', `${roomPath(roomId)}/ban`, { user_id: userId });
  }

  sendEvent(roomId: string, type: string, content: JsonObject): Promise<Answer> {
    const transaction = `t${String(++this.#transactions)}`;
    return this.call('PUT', `${roomPath(roomId)}/send/${encodeURIComponent(type)}/${transaction}`, content);
  }

  send(roomId: string, body: string): Promise<Answer> {
    return this.sendEvent(roomId, 'm.room.message', { msgtype: 'm.text', body });
  }

  react(roomId: string, eventId: string, key: string): Promise<Answer> {
    const relation = { rel_type: 'm.annotation', event_id: eventId, key };
    return this.sendEvent(roomId, 'm.reaction', { 'm.relates_to': relation });
  }

  edit(roomId: string, eventId: string, body: string): Promise<Answer> {
    return this.sendEvent(roomId, 'm.room.message', {
      msgtype: 'm.text',
      body: `* ${body}`,
      'm.new_content': { msgtype: 'm.text', body },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    });
  }

  redact(roomId: string, eventId: string): Promise<Answer> {
    const transaction = `t${String(++this.#transactions)}`;
    return this.call('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/${transaction}`, {});
  }

  sendState(roomId: string, type: string, content: JsonObject, stateKey = ''): Promise<Answer> {
    const path = `${roomPath(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`;
    return this.call('PUT', path, content);
  }

  getState(roomId: string, type: string, stateKey = ''): Promise<Answer> {
    return this.call('GET', `${roomPath(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`);
  }

  /** The membership of a user as the homeserver has it in the room's current state. */
  async membership(roomId: string, userId: string): Promise<string | undefined> {
    const { status, body } = await this.getState(roomId, 'm.room.member', userId);
    return status === 200 && typeof body['membership'] === 'string' ? body['membership'] : undefined;
  }

  /** The users joined to the room. */
  async joinedMembers(roomId: string): Promise<string[]> {
    const { body } = await this.call('GET', `${roomPath(roomId)}/joined_members`);
    return isObject(body['joined']) ? Object.keys(body['joined']) : [];
  }

  getEvent(roomId: string, eventId: string): Promise<Answer> {
    return this.call('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`);
  }

  /** The whole timeline as this user may see it, newest first; pages until the start of the room. */
  async messages(roomId: string): Promise<ClientEvent[]> {
    const events: ClientEvent[] = [];
    let from = '';
    for (;;) {
      const { status, body } = await this.call('GET', `${roomPath(roomId)}/messages?dir=b&limit=100${from}`);
      if (status !== 200) throw new Error(`messages: ${String(status)} ${JSON.stringify(body)}`);
      events.push(...eventList(body['chunk']));
      if (typeof body['end'] !== 'string') return events;
      from = `&from=${encodeURIComponent(body['end'])}`;
    }
  }

  /** One step of an incremental sync: what happened in the room since `since`. Waits on the server for news. */
  async sync(roomId: string, since?: string, timeout = 5000): Promise<{ next: string; events: ClientEvent[] }> {
    const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [roomId], timeline: { limit: 200 } } }));
    const after = since === undefined ? '&timeout=0' : `&since=${encodeURIComponent(since)}&timeout=${String(timeout)}`;
    const answer = await this.call('GET', `/sync?filter=${filter}${after}`);
    const rooms = answer.body['rooms'];
    const joined = isObject(rooms) ? rooms['join'] : undefined;
    const room = isObject(joined) ? joined[roomId] : undefined;
    const timeline = isObject(room) ? room['timeline'] : undefined;
    const events = isObject(timeline) ? eventList(timeline['events']) : [];
    return { next: textOf(answer, 'next_batch'), events };
  }
}

function roomPath(roomId: string): string {
  return `/rooms/${encodeURIComponent(roomId)}`;
}

async function request(
  url: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<Answer> {
  const response = await fetch(`${url}/_matrix/client/v3${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, body: parseObject(await response.text()) };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses text that must be a JSON object. */
export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error(`not a JSON object: ${text.slice(0, 200)}`);
  return value;
}

/** A text field of a successful answer; anything else is an error that shows the answer. */
export function textOf(answer: Answer, field: string): string {
  const value = answer.body[field];
  if (answer.status !== 200 || typeof value !== 'string') {
    throw new Error(`expected 200 with ${field}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
  }
  return value;
}

function eventList(value: unknown): ClientEvent[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((raw) => ({
    eventId: String(raw['event_id']),
    type: String(raw['type']),
    sender: String(raw['sender']),
    stateKey: typeof raw['state_key'] === 'string' ? raw['state_key'] : undefined,
    content: isObject(raw['content']) ? raw['content'] : {},
    raw,
  }));
}
