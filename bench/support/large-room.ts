/** A room of fake homeservers that can be joined through the first of them, and whose users go on talking. */
import { selectAuthEvents } from '../../src/protocol/auth-rules/select-auth-events.ts';
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { roomVersionRules } from '../../src/protocol/room-versions.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';
import { defined } from './defined.ts';
import type { FakeHomeserver } from './fake-homeserver.ts';

export const ROOM_VERSION = '11';
const RULES = defined(roomVersionRules(ROOM_VERSION));

interface Draft {
  readonly type: string;
  readonly stateKey?: string;
  readonly sender: string;
  readonly content: JsonObject;
}

export class LargeRoom {
  readonly roomId: string;
  readonly homes: readonly FakeHomeserver[];
  readonly state: Pdu[] = [];
  /** The bot's join, as it came. */
  join: JsonObject | undefined;
  readonly #current = new Map<string, Pdu>();
  readonly #creator: string;
  readonly #users: string[] = [];
  #latest: Pdu | undefined;

  /** A `guest` has joined too, with an event that the first homeserver has signed in its place. */
  constructor(name: string, homes: readonly FakeHomeserver[], members: number, guest?: string) {
    this.homes = homes;
    const { name: server } = defined(homes[0]);
    this.roomId = `!${name}:${server}`;
    this.#creator = `@creator:${server}`;
    const own = { sender: this.#creator, stateKey: '' };
    this.#addState({ ...own, type: 'm.room.create', content: { room_version: ROOM_VERSION } });
    this.#addMember(this.#creator);
    this.#addState({ ...own, type: 'm.room.power_levels', content: { users: { [this.#creator]: 100 } } });
    this.#addState({ ...own, type: 'm.room.join_rules', content: { join_rule: 'public' } });
    for (let i = 1; i < members; i += 1) {
      this.#addMember(`@user${String(i)}:${defined(homes[i % homes.length]).name}`);
    }
    if (guest !== undefined) this.#addMember(guest);
  }

  #addMember(userId: string): void {
    this.#users.push(userId);
    const content = { membership: 'join', displayname: `User ${String(this.#users.length)}` };
    this.#addState({ type: 'm.room.member', stateKey: userId, sender: userId, content });
  }

  #addState(draft: Draft & { readonly stateKey: string }): void {
    const pdu = this.#make(draft);
    this.state.push(pdu);
    this.#current.set(`${draft.type}|${draft.stateKey}`, pdu);
    this.#latest = pdu;
  }

  #make(draft: Draft): Pdu {
    const at = draft.sender.slice(draft.sender.indexOf(':') + 1);
    const { name, key } = defined(this.homes.find((home) => home.name === at) ?? this.homes[0]);
    const parsed = parsePdu(hashAndSignEvent(this.#unsigned(draft), RULES, name, key), RULES);
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    return parsed.pdu;
  }

  #unsigned(draft: Draft): JsonObject {
    const selected = selectAuthEvents({ ...draft, stateKey: draft.stateKey }, RULES);
    const authEvents = selected.flatMap(
      ({ type, stateKey }) => this.#current.get(`${type}|${stateKey}`)?.eventId ?? [],
    );
    return {
      type: draft.type,
      sender: draft.sender,
      ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
      content: draft.content,
      room_id: this.roomId,
      depth: (this.#latest?.depth ?? 0) + 1,
      origin_server_ts: Date.now(),
      prev_events: this.#latest === undefined ? [] : [this.#latest.eventId],
      auth_events: authEvents,
    };
  }

  /** What the first homeserver answers to the paths of joining. */
  readonly answers = (path: string, body?: JsonObject): JsonObject | undefined => {
    if (!path.includes(this.roomId)) return undefined;
    if (path.startsWith('/_matrix/federation/v1/make_join/')) {
      const bot = defined(path.split('/').at(-1));
      const draft = { type: 'm.room.member', stateKey: bot, sender: bot, content: { membership: 'join' } };
      return { room_version: ROOM_VERSION, event: this.#unsigned(draft) };
    }
    if (!path.startsWith('/_matrix/federation/v2/send_join/') || body === undefined) return undefined;
    const parsed = parsePdu(body, RULES);
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    this.join = body;
    this.#latest = parsed.pdu;
    const state = this.state.map((pdu) => pdu.raw);
    return { state, auth_chain: state.slice(0, 4), event: body, origin: 'bench', members_omitted: false };
  };

  /** The next messages, each on top of the one before, by users in turn. */
  messages(count: number): readonly { event: Pdu; home: FakeHomeserver }[] {
    return Array.from({ length: count }, (_, number) => {
      const sender = defined(this.#users[number % this.#users.length]);
      const content = { msgtype: 'm.text', body: `message ${String(number)}, as long as most of them are` };
      const event = this.#make({ type: 'm.room.message', sender, content });
      this.#latest = event;
      const at = sender.slice(sender.indexOf(':') + 1);
      return { event, home: defined(this.homes.find((home) => home.name === at)) };
    });
  }
}
