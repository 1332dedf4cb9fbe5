/** A room of fake homeservers, into which the server under test is invited and really joins. */
import type { JsonObject } from '../../src/protocol/json.ts';
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import { roomVersionRules } from '../../src/protocol/room-versions.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';
import { authorizeRequest, requestContent } from '../../src/protocol/x-matrix.ts';
import { defined } from './defined.ts';
import { startFakeHomeserver, type FakeHomeserver } from './fake-homeserver.ts';

export interface RoomSize {
  readonly origins: number;
  readonly members: number;
  /** State that the creator sets, e.g. the rules of a policy list. */
  readonly state?: readonly StateEvent[];
}

export interface StateEvent {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

/** What events are sent with. */
export interface Member {
  readonly userId: string;
  readonly home: FakeHomeserver;
  /** Ids of the events that one of theirs cites. */
  readonly authEvents: readonly string[];
}

export interface PolicyServer {
  readonly name: ServerName;
  /** Where it listens, plain HTTP. */
  readonly address: string;
  readonly botUserId: string;
}

interface Draft {
  readonly type: string;
  readonly sender: string;
  readonly home: FakeHomeserver;
  readonly stateKey: string;
  readonly content: JsonObject;
  readonly authEvents: readonly string[];
}

export const ROOM_VERSION = '11';
const RULES = defined(roomVersionRules(ROOM_VERSION));
const JOIN_DEADLINE_MS = 60_000;

export class RoomUnderTest implements AsyncDisposable {
  readonly homes: readonly FakeHomeserver[];
  readonly roomId: string;
  readonly members: Member[] = [];
  readonly #state: Pdu[] = [];
  readonly #answers: { template: JsonObject | undefined; joined: boolean };

  private constructor(
    homes: readonly FakeHomeserver[],
    answers: { template: JsonObject | undefined; joined: boolean },
  ) {
    this.homes = homes;
    this.#answers = answers;
    this.roomId = `!bench:${defined(homes[0]).name}`;
  }

  /** Makes the room and does not return before the bot is in it. */
  static async join(policy: PolicyServer, size: RoomSize): Promise<RoomUnderTest> {
    const answers = { template: undefined as JsonObject | undefined, joined: false };
    const state: JsonObject[] = [];
    const serve = (path: string): JsonObject | undefined => {
      if (path.startsWith('/_matrix/federation/v1/make_join/')) return answers.template;
      if (!path.startsWith('/_matrix/federation/v2/send_join/')) return undefined;
      answers.joined = true;
      return { state, auth_chain: state, origin: 'bench', members_omitted: false };
    };
    const homes = await Promise.all(Array.from({ length: size.origins }, (_, i) => startFakeHomeserver(i, serve)));
    const room = new RoomUnderTest(homes, answers);
    const invite = room.#build(await publicKeyOf(policy), policy, size);
    state.push(...room.#state.map((pdu) => pdu.raw));
    await room.#invite(policy, invite);
    return room;
  }

  #build(publicKey: string, policy: PolicyServer, { members, state = [] }: RoomSize): Pdu {
    const home = defined(this.homes[0]);
    const creator = `@creator:${home.name}`;
    const own = { sender: creator, home };
    const create = this.#add({ ...own, type: 'm.room.create', stateKey: '', content: { room_version: ROOM_VERSION } });
    const joined = { membership: 'join' };
    const member = this.#add({ ...own, type: 'm.room.member', stateKey: creator, content: joined }, [create]);
    const users = { [creator]: 100 };
    const levels = this.#add({ ...own, type: 'm.room.power_levels', stateKey: '', content: { users } }, [
      create,
      member,
    ]);
    const mine = [create, member, levels];
    const rules = this.#add(
      { ...own, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' } },
      mine,
    );
    const content = { via: policy.name, public_keys: { ed25519: publicKey } };
    this.#add({ ...own, type: 'm.room.policy', stateKey: '', content }, mine);
    for (const event of state) this.#add({ ...own, ...event }, mine);
    for (let i = 0; i < members; i += 1) {
      const at = defined(this.homes[i % this.homes.length]);
      const userId = `@user${String(i)}:${at.name}`;
      const draft = { type: 'm.room.member', sender: userId, home: at, stateKey: userId, content: joined };
      const join = this.#add(draft, [create, levels, rules]);
      this.members.push({ userId, home: at, authEvents: [create.eventId, levels.eventId, join.eventId] });
    }
    const bot = policy.botUserId;
    const invited = { ...own, type: 'm.room.member', stateKey: bot, content: { membership: 'invite' } };
    const invite = this.#add(invited, [...mine, rules]);
    this.#answers.template = {
      room_version: ROOM_VERSION,
      event: {
        type: 'm.room.member',
        room_id: this.roomId,
        sender: bot,
        state_key: bot,
        content: joined,
        depth: this.#state.length + 1,
        prev_events: [invite.eventId],
        auth_events: [create, levels, rules, invite].map((pdu) => pdu.eventId),
      },
    };
    return invite;
  }

  #add(draft: Omit<Draft, 'authEvents'>, authEvents: readonly Pdu[] = []): Pdu {
    const previous = this.#state.at(-1);
    const event: JsonObject = {
      type: draft.type,
      sender: draft.sender,
      state_key: draft.stateKey,
      content: draft.content,
      room_id: this.roomId,
      depth: this.#state.length + 1,
      origin_server_ts: Date.now(),
      prev_events: previous === undefined ? [] : [previous.eventId],
      auth_events: authEvents.map((pdu) => pdu.eventId),
    };
    const parsed = parsePdu(hashAndSignEvent(event, RULES, draft.home.name, draft.home.key), RULES);
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    this.#state.push(parsed.pdu);
    return parsed.pdu;
  }

  async #invite(policy: PolicyServer, invite: Pdu): Promise<void> {
    const { name: origin, key } = defined(this.homes[0]);
    const body: JsonObject = { room_version: ROOM_VERSION, event: invite.raw, invite_room_state: [] };
    const uri = `/_matrix/federation/v2/invite/${encodeURIComponent(this.roomId)}/${encodeURIComponent(invite.eventId)}`;
    const content = requestContent(body);
    const signed = { method: 'PUT', uri, origin, destination: policy.name, content };
    const answer = await fetch(policy.address + uri, {
      method: 'PUT',
      body: content,
      headers: { authorization: authorizeRequest(signed, key) },
    });
    if (answer.status !== 200) throw new Error(`the invite was answered with ${await answer.text()}`);
    const deadline = Date.now() + JOIN_DEADLINE_MS;
    while (!this.#answers.joined) {
      if (Date.now() > deadline) throw new Error('the bot does not join');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.homes.map((home) => home[Symbol.asyncDispose]()));
  }
}

async function publicKeyOf({ address }: PolicyServer): Promise<string> {
  const answer = await fetch(`${address}/.well-known/matrix/policy_server`);
  const body: unknown = await answer.json();
  const key = /"ed25519":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
  return defined(key);
}
