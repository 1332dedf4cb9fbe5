/** Valid rooms of any version on a homeserver of the test's own; one event at a time can be broken in a chosen way. */
import { selectAuthEvents } from '../../src/protocol/auth-rules/select-auth-events.ts';
import { encodeBase64 } from '../../src/protocol/base64.ts';
import type { SigningKey } from '../../src/protocol/ed25519.ts';
import { parsePdu, referenceHash, type Pdu } from '../../src/protocol/events.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { RoomId } from '../../src/protocol/ids/room-id.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import { makeUserId, parseUserId, serverNameOf, type UserId } from '../../src/protocol/ids/user-id.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../../src/protocol/room-versions.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';

export const ALL_ROOM_VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'] as const;

export interface Signer {
  readonly serverName: ServerName;
  readonly key: SigningKey;
}

export interface Draft {
  readonly type: string;
  readonly content?: JsonObject;
  readonly stateKey?: string;
  /** The room's creator where left out. */
  readonly sender?: UserId;
  readonly prevEvents?: readonly EventId[];
  readonly authEvents?: readonly EventId[];
  readonly depth?: number;
  readonly originServerTs?: number;
  /** In place of the signer of the sender's server. */
  readonly signer?: Signer;
  /** Changes the event before it is hashed and signed. */
  readonly change?: (event: JsonObject) => JsonObject;
  /** Changes the event afterwards, so that hash or signature do not fit any more. */
  readonly tamper?: (event: JsonObject) => JsonObject;
}

export interface RoomOptions {
  /** More of the create event's content: `type` for one. */
  readonly create?: JsonObject;
  readonly joinRule?: string;
  /** Power levels by user beside the creator's 100. */
  readonly users?: Readonly<Record<string, number>>;
}

type State = ReadonlyMap<string, Pdu>;

let roomsMade = 0;
let eventsMade = 0;
let lastTime = 0;

/** Never the same twice: of two rooms made alike at the same time, version 12 makes one. */
function nextTime(): number {
  lastTime = Math.max(lastTime + 1, Date.now());
  return lastTime;
}

export function userAt(localpart: string, serverName: ServerName): UserId {
  const userId = makeUserId(localpart, serverName);
  if (userId === undefined) throw new TypeError(`no user id of ${localpart}`);
  return userId;
}

export function userIdOf(text: string): UserId {
  const userId = parseUserId(text);
  if (userId === undefined) throw new TypeError(`${text} is no user id`);
  return userId;
}

export function rulesOf(version: string): RoomVersionRules {
  const rules = roomVersionRules(version);
  if (rules === undefined) throw new TypeError(`no room version ${version}`);
  return rules;
}

export class RoomBuilder {
  readonly rules: RoomVersionRules;
  readonly owner: Signer;
  readonly creator: UserId;
  readonly roomId: RoomId;
  /** In the order in which they were added. */
  readonly timeline: Pdu[] = [];
  readonly events = new Map<EventId, Pdu>();
  readonly #signers = new Map<ServerName, Signer>();
  readonly #statesBefore = new Map<EventId, State>();
  #state: State = new Map();
  #latest: readonly EventId[] = [];

  constructor(version: string, owner: Signer, options: RoomOptions = {}) {
    this.rules = rulesOf(version);
    this.owner = owner;
    this.creator = userAt('alice', owner.serverName);
    this.#localRoomId = `!room${String((roomsMade += 1))}:${owner.serverName}`;
    this.addSigner(owner);
    const creator = this.rules.auth.creator === 'content' ? { creator: this.creator } : {};
    const create = this.add({
      type: 'm.room.create',
      stateKey: '',
      content: { ...creator, ...(version === '1' ? {} : { room_version: version }), ...options.create },
    });
    this.roomId = create.roomId;
    this.addMember(this.creator, 'join');
    const own = this.rules.auth.privilegedCreators ? {} : { [this.creator]: 100 };
    this.addState('m.room.power_levels', { users: { ...own, ...options.users } });
    this.addState('m.room.join_rules', { join_rule: options.joinRule ?? 'invite' });
  }

  readonly #localRoomId: string;

  get state(): State {
    return this.#state;
  }

  get latest(): readonly EventId[] {
    return this.#latest;
  }

  stateEvent(type: string, stateKey = ''): Pdu | undefined {
    return this.#state.get(`${type} ${stateKey}`);
  }

  /** Events of its users are signed with its key from now on. */
  addSigner(signer: Signer): void {
    this.#signers.set(signer.serverName, signer);
  }

  /** An event in federation format, hashed and signed; the room does not change. */
  make(draft: Draft): JsonObject {
    const sender = draft.sender ?? this.creator;
    const signer = draft.signer ?? this.#signers.get(serverNameOf(sender)) ?? this.owner;
    const event = this.template(draft, sender);
    const { originServerTs = nextTime() } = draft;
    eventsMade += 1;
    const own: JsonObject = { origin: serverNameOf(sender), origin_server_ts: originServerTs };
    const id: JsonObject =
      this.rules.eventIdFormat === 'opaque' ? { event_id: `$e${String(eventsMade)}:${signer.serverName}` } : {};
    const whole = draft.change?.({ ...event, ...own, ...id }) ?? { ...event, ...own, ...id };
    const signed = hashAndSignEvent(whole, this.rules, signer.serverName, signer.key);
    return draft.tamper?.(signed) ?? signed;
  }

  /** The event without what its own server adds. */
  template(draft: Draft, sender: UserId): JsonObject {
    const { type, content = {}, stateKey } = draft;
    const cited =
      draft.authEvents ??
      selectAuthEvents({ type, content, sender, stateKey }, this.rules).flatMap(
        (key) => this.stateEvent(key.type, key.stateKey)?.eventId ?? [],
      );
    const previous = draft.prevEvents ?? this.#latest;
    const depth = draft.depth ?? Math.max(0, ...previous.map((eventId) => this.events.get(eventId)?.depth ?? 0)) + 1;
    const isHashedCreate = type === 'm.room.create' && this.rules.auth.roomIdIsCreateHash;
    return {
      type,
      sender,
      content,
      depth,
      prev_events: previous.map((eventId) => this.#reference(eventId)),
      auth_events: cited.map((eventId) => this.#reference(eventId)),
      ...(stateKey === undefined ? {} : { state_key: stateKey }),
      ...(isHashedCreate ? {} : { room_id: this.timeline[0]?.roomId ?? this.#localRoomId }),
    };
  }

  #reference(eventId: EventId): JsonValue {
    if (this.rules.eventReferences === 'ids') return eventId;
    const pdu = this.events.get(eventId);
    return [eventId, { sha256: pdu === undefined ? 'AA' : encodeBase64(referenceHash(pdu)) }];
  }

  /** Makes an event and takes it into the room. */
  add(draft: Draft): Pdu {
    return this.take(this.make(draft));
  }

  /** Takes an event of another server into the room. */
  take(raw: JsonObject): Pdu {
    const pdu = this.parse(raw);
    this.#statesBefore.set(pdu.eventId, this.#state);
    this.timeline.push(pdu);
    this.events.set(pdu.eventId, pdu);
    this.#latest = [pdu.eventId];
    if (pdu.stateKey !== undefined) this.#state = new Map([...this.#state, [`${pdu.type} ${pdu.stateKey}`, pdu]]);
    return pdu;
  }

  parse(raw: JsonObject): Pdu {
    const parsed = parsePdu(raw, this.rules);
    if (!parsed.ok) throw new TypeError(`no event of version ${this.rules.version}: ${parsed.reason.detail}`);
    return parsed.pdu;
  }

  addState(type: string, content: JsonObject, more: Partial<Draft> = {}): Pdu {
    return this.add({ type, stateKey: '', content, ...more });
  }

  addMember(userId: UserId, membership: string, more: Partial<Draft> = {}): Pdu {
    return this.add({
      type: 'm.room.member',
      stateKey: userId,
      sender: userId,
      content: { membership },
      ...more,
    });
  }

  addMessage(body: string, more: Partial<Draft> = {}): Pdu {
    return this.add(this.message(body, more));
  }

  makeMessage(body: string, more: Partial<Draft> = {}): JsonObject {
    return this.make(this.message(body, more));
  }

  private message(body: string, more: Partial<Draft>): Draft {
    return { type: 'm.room.message', content: { msgtype: 'm.text', body }, ...more };
  }

  /** The room names this policy server from now on. */
  protect(via: ServerName, publicKey: string): Pdu {
    return this.addState('m.room.policy', { via, public_keys: { ed25519: publicKey } });
  }

  stateBefore(eventId: EventId): readonly Pdu[] {
    return [...(this.#statesBefore.get(eventId) ?? this.#state).values()];
  }

  authChainOf(events: readonly Pdu[]): readonly Pdu[] {
    const chain = new Map<EventId, Pdu>();
    const open = events.flatMap((pdu) => pdu.authEvents);
    for (let eventId = open.pop(); eventId !== undefined; eventId = open.pop()) {
      const pdu = this.events.get(eventId);
      if (pdu === undefined || chain.has(eventId)) continue;
      chain.set(eventId, pdu);
      open.push(...pdu.authEvents);
    }
    return [...chain.values()];
  }
}
