/** A server in a process of its own, to be killed and started again on what it has stored. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { ownObject, ownString } from '../../src/protocol/json.ts';
import { ready } from '../house/support/gatehouse-server.ts';
import { StartedProcess } from '../house/support/started-process.ts';
import { writeCertificate } from '../interop/support/certificate.ts';
import { serverNamed } from './federation-fakes.ts';
import type { FakeOrigin } from './fake-origin.ts';
import { userAt, type RoomBuilder } from './room-builder.ts';
import { FORBIDDEN_WORD, freePort } from './test-network.ts';

const EXECUTABLE = path.resolve(import.meta.dirname, '../../bin/gatehouse');

export class Victim implements AsyncDisposable {
  readonly serverName;
  readonly dataDir: string;
  readonly #folder: string;
  readonly #port: number;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.dataDir = path.join(folder, 'data');
    this.serverName = serverNamed(`localhost:${String(port)}`);
  }

  /** With its configuration, of which `settings` are keys; it does not run yet. */
  static async make(settings: object = {}): Promise<Victim> {
    const victim = new Victim(await mkdtemp(path.join(tmpdir(), 'gh-')), await freePort());
    await victim.#configure(settings);
    return victim;
  }

  async start(): Promise<StartedProcess> {
    const folder = this.#folder;
    const command = [EXECUTABLE, 'start', '--config', path.join(folder, 'gatehouse.yaml')];
    const started = new StartedProcess(process.execPath, command, { cwd: folder, env: { PATH: process.env['PATH'] } });
    await started.line(ready);
    return started;
  }

  /** Gets the bot into the room and makes the room name its server; it runs. */
  async protect(origin: FakeOrigin, room: RoomBuilder): Promise<void> {
    const stateKey = userAt('gatehouse', this.serverName);
    const invite = room.make({ type: 'm.room.member', stateKey, content: { membership: 'invite' } });
    const joining = Promise.withResolvers<undefined>();
    origin.onMembership = async () => joining.resolve(undefined);
    assert.equal((await origin.invite(this.serverName, room, invite)).status, 200);
    room.take(invite);
    await joining.promise;
    const keys = await origin.askWith(this.serverName, 'GET', '/.well-known/matrix/policy_server', undefined);
    const key = ownString(ownObject(keys.body, 'public_keys') ?? {}, 'ed25519') ?? '';
    assert.equal((await origin.send(this.serverName, [room.protect(this.serverName, key).raw])).status, 200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #configure(settings: object): Promise<void> {
    const { certificate, privateKey } = await writeCertificate(this.#folder);
    const config = {
      server_name: this.serverName,
      listen: [{ host: '127.0.0.1', port: this.#port, tls: { certificate, private_key: privateKey } }],
      data_dir: this.dataDir,
      federation: { verify_certificates: false, allowed_networks: ['127.0.0.0/8', '::1/128'] },
      filters: { words: { words: [FORBIDDEN_WORD] } },
      ...settings,
    };
    await writeFile(path.join(this.#folder, 'gatehouse.yaml'), stringify(config));
  }
}
