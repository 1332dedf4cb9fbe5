import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { stringify } from 'yaml';
import { own, ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import { ready } from '../house/support/gatehouse-server.ts';
import { StartedProcess } from '../house/support/started-process.ts';
import { writeCertificate } from '../interop/support/certificate.ts';
import { FakeOrigin, type Answer } from '../support/fake-origin.ts';
import { serverNamed } from '../support/federation-fakes.ts';
import { userAt, type RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, freePort } from '../support/test-network.ts';

const ROUNDS = 4;
const WORKERS = 16;
const EXECUTABLE = path.resolve(import.meta.dirname, '../../bin/gatehouse');

interface Answered {
  readonly event: JsonObject;
  readonly text: string;
}

/** A folder with a configuration, and the server in a process of its own on it. */
class Victim implements AsyncDisposable {
  readonly folder: string;
  readonly serverName;
  readonly #port: number;

  constructor(folder: string, port: number) {
    this.folder = folder;
    this.#port = port;
    this.serverName = serverNamed(`localhost:${String(port)}`);
  }

  async configure(): Promise<void> {
    const { certificate, privateKey } = await writeCertificate(this.folder);
    const config = {
      server_name: this.serverName,
      listen: [{ host: '127.0.0.1', port: this.#port, tls: { certificate, private_key: privateKey } }],
      data_dir: path.join(this.folder, 'data'),
      federation: { verify_certificates: false, allowed_networks: ['127.0.0.0/8', '::1/128'] },
      filters: { words: { words: [FORBIDDEN_WORD] } },
    };
    await writeFile(path.join(this.folder, 'gatehouse.yaml'), stringify(config));
  }

  async start(): Promise<StartedProcess> {
    const { folder } = this;
    const command = [EXECUTABLE, 'start', '--config', path.join(folder, 'gatehouse.yaml')];
    const started = new StartedProcess(process.execPath, command, { cwd: folder, env: { PATH: process.env['PATH'] } });
    await started.line(ready);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function protect(victim: Victim, origin: FakeOrigin, room: RoomBuilder): Promise<void> {
  const stateKey = userAt('gatehouse', victim.serverName);
  const invite = room.make({ type: 'm.room.member', stateKey, content: { membership: 'invite' } });
  const joining = Promise.withResolvers<undefined>();
  origin.onMembership = async () => joining.resolve(undefined);
  assert.equal((await origin.invite(victim.serverName, room, invite)).status, 200);
  room.take(invite);
  await joining.promise;
  const keys = await origin.askWith(victim.serverName, 'GET', '/.well-known/matrix/policy_server', undefined);
  const key = ownString(ownObject(keys.body, 'public_keys') ?? {}, 'ed25519') ?? '';
  assert.equal((await origin.send(victim.serverName, [room.protect(victim.serverName, key).raw])).status, 200);
}

function isVerdict(answer: Answer): boolean {
  return answer.status === 200 || own(answer.body, 'org.gatehouse.reference') !== undefined;
}

/** Asks about new events until the server is gone, which it is after so many answers. */
async function loadAndKill(
  victim: Victim,
  running: StartedProcess,
  origin: FakeOrigin,
  room: RoomBuilder,
  answersBeforeKill: number,
): Promise<Answered[]> {
  const answered: Answered[] = [];
  const kill = { isDone: false };
  const work = async (worker: number): Promise<void> => {
    for (let i = 0; !kill.isDone; i += 1) {
      const body = `${i % 3 === 0 ? FORBIDDEN_WORD : 'hello'} ${String(worker)} ${String(i)}`;
      const event = room.makeMessage(body, { sender: origin.user('bob') });
      const answer = await origin.askToSign(victim.serverName, event).catch(() => undefined);
      if (answer !== undefined) {
        assert.ok(isVerdict(answer), answer.text);
        answered.push({ event, text: answer.text });
      }
      if (answered.length < answersBeforeKill) continue;
      kill.isDone = true;
      running.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  await running.ended;
  return answered;
}

it(`answers the same after each of ${String(ROUNDS)} kills in the middle of its work`, async (test) => {
  await using origin = await FakeOrigin.start();
  await using victim = new Victim(await mkdtemp(path.join(tmpdir(), 'gh-')), await freePort());
  await victim.configure();
  const room = origin.createRoom('11', { joinRule: 'public' });
  const all: Answered[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await using running = await victim.start();
    if (round === 1) await protect(victim, origin, room);
    const checked = await Promise.all(all.map(({ event }) => origin.askToSign(victim.serverName, event)));
    assert.deepEqual(
      checked.map(({ text }) => text),
      all.map(({ text }) => text),
    );
    const answered = await loadAndKill(victim, running, origin, room, 20 + Math.floor(Math.random() * 300));
    test.diagnostic(`round ${String(round)}: killed after ${String(answered.length)} answers`);
    all.push(...answered);
  }
  await using last = await victim.start();
  const checked = await Promise.all(all.map(({ event }) => origin.askToSign(victim.serverName, event)));
  assert.deepEqual(
    checked.map(({ text }) => text),
    all.map(({ text }) => text),
  );
  last.kill('SIGTERM');
  assert.equal(await last.ended, 0);
});
