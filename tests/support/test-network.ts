/** Any number of Gatehouse servers in this process and homeservers for them to meet, on loopback, gone when disposed of. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { configSchema, type Config } from '../../src/config/schema.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { isJsonObject, own, ownObject, ownString, parseJson, type JsonObject } from '../../src/protocol/json.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { MESSAGES } from '../../src/telemetry/logger.ts';
import { writeCertificate } from '../interop/support/certificate.ts';
import { serverNamed } from './federation-fakes.ts';
import { FakeOrigin, type Answer } from './fake-origin.ts';
import { askOwnerSocket, type OwnerMethod } from './owner-socket.ts';
import { userAt, type RoomBuilder } from './room-builder.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** What the rules of the tests refuse. */
export const FORBIDDEN_WORD = 'forbidden';

type Settings = Readonly<Record<string, unknown>>;

export class TestGatehouse implements AsyncDisposable {
  readonly serverName: ServerName;
  readonly botUserId: UserId;
  readonly dataDir: string;
  readonly clock: ShiftedClock;
  readonly port: number;
  /** Warnings and errors that it logged. */
  readonly complaints: JsonObject[] = [];
  readonly #settings: Settings;
  #server: RunningServer | undefined;

  constructor(port: number, folder: string, settings: Settings, clock: ShiftedClock) {
    this.port = port;
    this.serverName = serverNamed(`localhost:${String(port)}`);
    this.botUserId = userAt('gatehouse', this.serverName);
    this.dataDir = path.join(folder, String(port));
    this.clock = clock;
    this.#settings = settings;
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server does not run');
    return this.#server;
  }

  config(changes: Settings = {}): Config {
    return configSchema.parse({
      server_name: this.serverName,
      data_dir: this.dataDir,
      filters: { words: { words: [FORBIDDEN_WORD] } },
      ...this.#settings,
      ...changes,
    });
  }

  async start(changes: Settings = {}): Promise<void> {
    const logger = pino(
      { level: 'warn', base: null },
      {
        write: (line: string) => {
          const parsed = parseJson(line);
          if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value['msg'] === MESSAGES.ready) return;
          this.complaints.push(parsed.value);
        },
      },
    );
    this.#server = await startServer(this.config(changes), { logger, clock: this.clock });
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async restart(changes: Settings = {}): Promise<void> {
    await this.stop();
    await this.start(changes);
  }

  async settled(): Promise<void> {
    await this.server.settled();
  }

  /** A request on the socket that only the owner can open. */
  async owner(method: OwnerMethod, endpoint: string, body?: JsonObject): Promise<Answer> {
    return await askOwnerSocket(this.dataDir, method, endpoint, body);
  }

  async policyKey(): Promise<string> {
    const { body } = await this.owner('GET', 'keys');
    return ownString(ownObject(body, 'policyKey') ?? {}, 'publicKey') ?? '';
  }

  async room(roomId: string): Promise<JsonObject> {
    return (await this.owner('GET', `rooms/${encodeURIComponent(roomId)}`)).body;
  }

  async membership(roomId: string): Promise<string | undefined> {
    const body = await this.room(roomId);
    return ownString(ownObject(body, 'room') ?? body, 'membership');
  }

  async join(target: string, via: readonly FakeOrigin[] = []): Promise<JsonObject> {
    return (await this.owner('POST', 'rooms/join', { target, via: via.map((origin) => origin.serverName) })).body;
  }

  async leave(roomId: string): Promise<JsonObject> {
    return (await this.owner('POST', `rooms/${encodeURIComponent(roomId)}/leave`, {})).body;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export class TestNetwork implements AsyncDisposable {
  readonly clock = new ShiftedClock();
  readonly folder: string;
  readonly #certificate: { certificate: string; privateKey: string };
  readonly #stack = new AsyncDisposableStack();

  private constructor(folder: string, certificate: { certificate: string; privateKey: string }) {
    this.folder = folder;
    this.#certificate = certificate;
    this.#stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  }

  static async start(): Promise<TestNetwork> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gh-'));
    const certificate = await writeCertificate(folder);
    await chmod(certificate.privateKey, 0o600);
    return new TestNetwork(folder, certificate);
  }

  async origin(): Promise<FakeOrigin> {
    return this.#stack.use(await FakeOrigin.start());
  }

  /** Starts a server; `settings` are keys of the configuration. With `plain` it also listens without TLS. */
  async gatehouse(settings: Settings = {}, options: { plain?: boolean } = {}): Promise<TestGatehouse> {
    const port = await freePort();
    const { certificate, privateKey } = this.#certificate;
    const plain = options.plain === true ? [{ host: '127.0.0.1', port: 0 }] : [];
    const reachable = {
      listen: [{ host: '127.0.0.1', port, tls: { certificate, private_key: privateKey } }, ...plain],
      federation: { verify_certificates: false, allowed_networks: ['127.0.0.0/8', '::1/128'] },
    };
    const gatehouse = new TestGatehouse(port, this.folder, { ...reachable, ...settings }, this.clock);
    await gatehouse.start();
    return this.#stack.use(gatehouse);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Gets the bot into a room by an invite. */
export async function inviteBot(gatehouse: TestGatehouse, origin: FakeOrigin, room: RoomBuilder): Promise<Answer> {
  const invite = room.make({
    type: 'm.room.member',
    stateKey: gatehouse.botUserId,
    content: { membership: 'invite' },
  });
  const answer = await origin.invite(gatehouse.serverName, room, invite);
  room.take(invite);
  await gatehouse.settled();
  return answer;
}

/** Invites the bot and makes the room name its server. */
export async function protectRoom(gatehouse: TestGatehouse, origin: FakeOrigin, room: RoomBuilder): Promise<void> {
  const answer = await inviteBot(gatehouse, origin, room);
  if (answer.status !== 200) throw new Error(`the invite was not accepted: ${answer.text}`);
  const policy = room.protect(gatehouse.serverName, await gatehouse.policyKey());
  const sent = await origin.send(gatehouse.serverName, [policy.raw]);
  const failure = own(ownObject(ownObject(sent.body, 'pdus') ?? {}, policy.eventId) ?? {}, 'error');
  if (sent.status !== 200 || failure !== undefined) throw new Error(`the policy event was not taken: ${sent.text}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}
