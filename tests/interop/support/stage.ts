import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { GatehouseProcess } from './gatehouse-process.ts';
import { isObject } from './matrix-client.ts';
import type { Answer, JsonObject, MatrixClient } from './matrix-client.ts';
import { textOf } from './matrix-client.ts';
import { ProtocolOracle } from './python.ts';
import { startSynapse } from './synapse-server.ts';
import type { SynapseServer } from './synapse-server.ts';

/** Always refused, whoever sends it. */
export const testString = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
/** Refused unless a moderator sends it. */
export const forbiddenWord = 'frobnicate';
export const testedRoomVersions = ['10', '11', '12'] as const;

const reference = /\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}\b/u;
const policyKeyId = 'ed25519:policy_server';

/** What `m.room.policy` holds. */
export interface PolicyContent extends JsonObject {
  via: string;
  public_keys: { ed25519: string };
}

export interface Room {
  version: string;
  roomId: string;
  /** Creator of the room. */
  admin: MatrixClient;
  /** Joined, on the first server, no power. */
  user: MatrixClient;
  /** Joined, on the second server, no power; only in rooms made with `remote`. */
  remote: MatrixClient;
}

export interface StageOptions {
  /** Of Gatehouse; `forbiddenWord` is refused where it is left out. */
  config?: JsonObject;
  /** Seconds that the clocks of the homeservers are fast, until they are started again. */
  clockOffset?: number;
}

/** Two homeservers that federate and a Gatehouse beside them. */
export class Stage implements AsyncDisposable {
  readonly first: SynapseServer;
  readonly second: SynapseServer;
  readonly gatehouse: GatehouseProcess;
  readonly oracle: ProtocolOracle;
  #publicKey: string | undefined;

  private constructor(
    first: SynapseServer,
    second: SynapseServer,
    gatehouse: GatehouseProcess,
    oracle: ProtocolOracle,
  ) {
    this.first = first;
    this.second = second;
    this.gatehouse = gatehouse;
    this.oracle = oracle;
  }

  static async set(python: string, options: StageOptions = {}): Promise<Stage> {
    const { config = { filters: { words: { words: [forbiddenWord] } } }, clockOffset = 0 } = options;
    const starting = [
      startSynapse({ python, name: 'first', clockOffset }),
      startSynapse({ python, name: 'second', clockOffset }),
      GatehouseProcess.start(config),
    ] as const;
    try {
      const [first, second, gatehouse] = await Promise.all(starting);
      return new Stage(first, second, gatehouse, new ProtocolOracle(python));
    } catch (error) {
      for (const part of await Promise.allSettled(starting)) {
        if (part.status === 'fulfilled') await part.value[Symbol.asyncDispose]();
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parts = [this.first, this.second, this.gatehouse, this.oracle];
    await Promise.all(parts.map(async (part) => await part[Symbol.asyncDispose]()));
  }

  /** A room with people in it that nobody protects yet. `remote: false` leaves the user of the second server outside. */
  async makeRoom(
    version: string,
    options: { remote?: boolean; preset?: 'private_chat' | 'public_chat' } = {},
  ): Promise<Room> {
    const [admin, user, remote] = await Promise.all([
      this.first.register('admin'),
      this.first.register('user'),
      this.second.register('remote'),
    ]);
    const invite = options.remote === false ? [user.userId] : [user.userId, remote.userId];
    const roomId = await admin.createRoom({
      version,
      invite,
      name: `Room of version ${version}`,
      preset: options.preset ?? 'private_chat',
    });
    assert.equal((await user.join(roomId)).status, 200);
    if (options.remote !== false) await joinInvited(remote, roomId, this.first.serverName);
    return { version, roomId, admin, user, remote };
  }

  /** Invites the bot and waits until it is in. */
  async inviteBot({ admin, roomId }: Room): Promise<void> {
    const invited = await admin.invite(roomId, this.gatehouse.botUserId);
    assert.equal(invited.status, 200, JSON.stringify(invited.body));
    await this.botBecomes('join', admin, roomId);
    await this.roomShows(roomId, 'the bot to know that it is joined', (shown) => shown['membership'] === 'joined');
  }

  /** Waits until a homeserver has this membership of the bot in the room's state. */
  async botBecomes(membership: string, observer: MatrixClient, roomId: string): Promise<void> {
    let seen: string | undefined;
    await eventually(
      `${observer.serverName} to see the bot's membership become ${membership}`,
      async () => {
        seen = await observer.membership(roomId, this.gatehouse.botUserId);
        return seen === membership;
      },
      { seen: () => seen },
    );
  }

  /** Waits until `gatehouse rooms show` says what is expected, and returns all that it says. */
  async roomShows(roomId: string, what: string, expected: (shown: JsonObject) => boolean): Promise<JsonObject> {
    let shown: unknown;
    return await eventually(
      what,
      async () => {
        const result = await this.gatehouse.run('rooms', 'show', roomId, '--json');
        shown = result;
        if (result.exitCode !== 0) return undefined;
        const parsed: unknown = JSON.parse(result.stdout);
        shown = parsed;
        return isObject(parsed) && expected(parsed) && parsed;
      },
      { seen: () => shown },
    );
  }

  async policyContent(roomId: string): Promise<PolicyContent> {
    const { policy_content: content } = await this.gatehouse.json('rooms', 'show', roomId);
    assert.ok(isPolicyContent(content), `no m.room.policy to copy: ${JSON.stringify(content)}`);
    assert.equal(content.via, this.gatehouse.serverName);
    return content;
  }

  /** Puts the `m.room.policy` that Gatehouse prints into the room and waits until everybody has it. */
  async enable(room: Room, options: { remote?: boolean } = {}): Promise<PolicyContent> {
    const content = await this.policyContent(room.roomId);
    textOf(await room.admin.sendState(room.roomId, 'm.room.policy', content), 'event_id');
    await this.roomShows(room.roomId, 'Gatehouse to see its policy event', (shown) => policyStatus(shown) === 'active');
    if (options.remote === false) return content;
    await eventually('the second server to see the policy event', async () => {
      const { body } = await room.remote.getState(room.roomId, 'm.room.policy');
      return body['via'] === content.via;
    });
    return content;
  }

  /** A room with people on both servers, the bot in it and protection on. */
  async makeProtectedRoom(version: string, options: { remote?: boolean } = {}): Promise<Room> {
    const room = await this.makeRoom(version, options);
    await this.inviteBot(room);
    await this.enable(room, options);
    return room;
  }

  /** Waits until a server has the event and checks with signedjson that the policy server signed it. */
  async assertSigned(server: SynapseServer, room: Room, eventId: string): Promise<JsonObject> {
    // The key is the same for all rooms; asking the command for every event would take longer than the rest.
    this.#publicKey ??= (await this.policyContent(room.roomId)).public_keys.ed25519;
    const event = await eventually(`${server.serverName} to have ${eventId}`, () => server.storedEvent(eventId));
    const key = { serverName: this.gatehouse.serverName, keyId: policyKeyId, publicKey: this.#publicKey };
    assert.ok(
      await this.oracle.verifiesEvent(room.version, event, key),
      `no good policy signature: ${JSON.stringify(event)}`,
    );
    assert.ok(!server.isSoftFailed(eventId), `soft-failed: ${JSON.stringify(event)}`);
    return event;
  }

  /** The events of a room that a server has taken but hides from its users. */
  assertNothingHidden(server: SynapseServer, room: Room): void {
    const hidden = server.storedEvents(room.roomId).filter(({ softFailed }) => softFailed);
    assert.deepEqual(hidden, [], `${server.serverName} hides events`);
  }
}

/** The first `make_join` after an invite may come before the other side has seen the invite's answer. */
async function joinInvited(user: MatrixClient, roomId: string, via: string): Promise<void> {
  let last: Answer | undefined;
  await eventually(
    `${user.userId} to join`,
    async () => {
      last = await user.join(roomId, [via]);
      return last.status === 200;
    },
    { seen: () => last },
  );
}

export function policyStatus(shown: JsonObject): unknown {
  return isObject(shown['policy']) ? shown['policy']['status'] : undefined;
}

function isPolicyContent(value: unknown): value is PolicyContent {
  if (!isObject(value) || typeof value['via'] !== 'string') return false;
  const keys = value['public_keys'];
  return isObject(keys) && typeof keys['ed25519'] === 'string';
}

/** Checks that an answer is a refusal that its sender can read, and returns the reference in it. */
export function assertRefused(answer: Answer): string {
  const shown = JSON.stringify(answer);
  assert.equal(answer.status, 400, shown);
  assert.equal(answer.body['errcode'], 'M_FORBIDDEN', shown);
  const sentence = answer.body['error'];
  assert.ok(typeof sentence === 'string' && sentence.split(' ').length >= 4, `not a sentence: ${shown}`);
  const found = reference.exec(sentence)?.[0];
  assert.ok(found !== undefined, `no reference to quote: ${shown}`);
  assert.ok(Array.isArray(answer.body['org.matrix.msc4387.harms']), `no harms: ${shown}`);
  return found;
}
