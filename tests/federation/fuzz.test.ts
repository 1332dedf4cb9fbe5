import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { canonicalJson, canonicalText } from '../../src/protocol/canonical-json.ts';
import {
  isJsonArray,
  isJsonObject,
  NumberToken,
  parseJson,
  withKeys,
  type JsonObject,
  type JsonValue,
} from '../../src/protocol/json.ts';
import { authorizeRequest } from '../../src/protocol/x-matrix.ts';
import { Dice } from '../interop/support/dice.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import { ALL_ROOM_VERSIONS, type RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

/** Of each kind, in each half of the test. */
const REQUESTS = 1_000;
const AT_ONCE = 16;
const MAX_GROWTH_BYTES = 24 * 1024 * 1024;

interface Scene {
  readonly dice: Dice;
  readonly gatehouse: TestGatehouse;
  readonly origin: FakeOrigin;
  readonly rooms: readonly RoomBuilder[];
  readonly plainPort: number;
}

it('survives what nobody should send', { timeout: 60_000 }, async (test) => {
  const seed = Number(process.env['GATEHOUSE_FUZZ_SEED'] ?? Math.floor(Math.random() * 0xffff_ffff));
  test.diagnostic(`seed ${String(seed)}`);
  await using network = await TestNetwork.start();
  const gatehouse = await network.gatehouse({}, { plain: true });
  const origin = await network.origin();
  const rooms: RoomBuilder[] = [];
  for (const version of ALL_ROOM_VERSIONS) {
    const room = origin.createRoom(version, { joinRule: 'public' });
    await protectRoom(gatehouse, origin, room);
    rooms.push(room);
  }
  const plainPort = gatehouse.server.listeners.find(({ port }) => port !== gatehouse.port)?.port ?? 0;
  const scene: Scene = { dice: new Dice(seed), gatehouse, origin, rooms, plainPort };
  const statuses = new Map<number, number>();
  await half(scene, statuses, seed);
  const before = collectedHeap();
  await half(scene, statuses, seed + 10 * REQUESTS);
  const growth = collectedHeap() - before;
  report(test, statuses, growth);
  assert.ok(growth < MAX_GROWTH_BYTES, `the heap grew by ${String(growth)} bytes`);
  const fresh = origin.createRoom('11', { joinRule: 'public' });
  await protectRoom(gatehouse, origin, fresh);
  const alive = await origin.askToSign(gatehouse.serverName, fresh.makeMessage('still here'));
  assert.equal(alive.status, 200, alive.text);
  assert.deepEqual(gatehouse.complaints, []);
});

function report(test: TestContext, statuses: ReadonlyMap<number, number>, growth: number): void {
  const counts = [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${String(status)}: ${String(count)}`);
  test.diagnostic(`answers ${counts.join(', ')}; heap ${String(Math.round(growth / 1024))} KiB`);
}

const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

function collectedHeap(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Each request is drawn from a seed of its own: the same one whatever runs beside it. */
async function half(scene: Scene, statuses: Map<number, number>, seed: number): Promise<void> {
  for (const [kind, attempt] of [signedRequest, wildRequest, rawRequest].entries()) {
    let left = attempt === rawRequest ? REQUESTS / 4 : REQUESTS;
    const work = async (): Promise<void> => {
      while (left > 0) {
        const ownSeed = seed + kind * REQUESTS + left;
        left -= 1;
        const { status, what } = await attempt({ ...scene, dice: new Dice(ownSeed) });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        assert.ok(status < 500, `${String(status)} for ${what} (seed ${String(ownSeed)})`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}

interface Attempt {
  readonly status: number;
  readonly what: string;
}

/** Signed by a server that exists, so that it gets as far as it can. */
async function signedRequest(scene: Scene): Promise<Attempt> {
  const { dice, gatehouse, origin } = scene;
  const room = dice.one(scene.rooms);
  const event = oddEvent(dice, room);
  const { method, uri, body } = oddCall(dice, room, event);
  const answer = await origin.ask(gatehouse.serverName, method, uri, body);
  return { status: answer.status, what: `${method} ${uri} ${canonicalText(body).slice(0, 2_000)}` };
}

function oddCall(
  dice: Dice,
  room: RoomBuilder,
  event: JsonObject,
): { method: 'PUT' | 'POST'; uri: string; body: JsonObject } {
  const id = `$${String(dice.below(1_000_000))}`;
  const federation = '/_matrix/federation';
  const choice = dice.below(8);
  if (choice < 3) return { method: 'POST', uri: '/_matrix/policy/v1/sign', body: event };
  if (choice === 3) return { method: 'POST', uri: '/_matrix/policy/unstable/org.matrix.msc4284/sign', body: event };
  if (choice === 4) {
    const uri = `/_matrix/policy/unstable/org.matrix.msc4284/event/${encodeURIComponent(id)}/check`;
    return { method: 'POST', uri, body: event };
  }
  if (choice === 5) {
    const pdus: JsonValue[] = [event, mutated(dice, event), oddValue(dice)];
    return { method: 'PUT', uri: `${federation}/v1/send/${id}`, body: mutated(dice, { pdus, edus: [oddValue(dice)] }) };
  }
  const path = `invite/${encodeURIComponent(room.roomId)}/${encodeURIComponent(id)}`;
  if (choice === 6) return { method: 'PUT', uri: `${federation}/v1/${path}`, body: event };
  const body = { room_version: room.rules.version, event, invite_room_state: [oddValue(dice)] };
  return { method: 'PUT', uri: `${federation}/v2/${path}`, body: mutated(dice, body) };
}

/** An event with something odd in it: before it was signed, after, or both. */
function oddEvent(dice: Dice, room: RoomBuilder): JsonObject {
  const drafts = [
    { type: 'm.room.message', content: { body: dice.one(['hello', FORBIDDEN_WORD]), formatted_body: '<b>&amp;' } },
    { type: 'm.room.member', stateKey: room.creator, content: { membership: 'join' } },
    { type: 'm.room.power_levels', stateKey: '', content: { users: { [room.creator]: 100 } } },
    { type: 'm.room.create', stateKey: '', content: { room_version: room.rules.version } },
    { type: 'm.room.policy', stateKey: '', content: { via: 'x', public_keys: { ed25519: 'AA' } } },
  ];
  const more = dice.chance(0.6) ? { change: (event: JsonObject) => mutated(dice, event) } : {};
  const tamper = dice.chance(0.4) ? { tamper: (event: JsonObject) => mutated(dice, event) } : {};
  const draft = dice.one(drafts);
  try {
    return room.make({ ...draft, ...more, ...tamper });
  } catch {
    // Nothing that can be signed: as it is, then.
    return mutated(dice, room.template(draft, room.creator));
  }
}

function mutated(dice: Dice, object: JsonObject): JsonObject {
  const keys = Object.keys(object);
  const changes = new Map<string, JsonValue | undefined>();
  for (let i = 0; i <= dice.below(3); i += 1) {
    const key = dice.chance(0.8) && keys.length > 0 ? dice.one(keys) : dice.one(ODD_KEYS);
    const value = object[key];
    if (isJsonObject(value) && dice.chance(0.6)) changes.set(key, mutated(dice, value));
    else if (isJsonArray(value) && dice.chance(0.6)) changes.set(key, [...value, oddValue(dice)]);
    else changes.set(key, dice.chance(0.2) ? undefined : oddValue(dice));
  }
  return withKeys(object, changes);
}

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '0',
  'event_id',
  'unsigned',
  'redacts',
  '\u0000',
  '😀',
  'hashes',
];

function oddValue(dice: Dice, depth = 0): JsonValue {
  const simple: readonly JsonValue[] = [
    ...[null, true, false, 0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), '', 'x', '$', '!', '@', '@a:b', '!a:b', '$e', '[::1]:x'],
    ...[
      'a'.repeat(300),
      '\u0000',
      '\u2028',
      '\ufeff',
      '😀'.repeat(70),
      '<a "'.repeat(500),
      '&'.repeat(2_000),
      '../..',
      '%00',
    ],
    ...[new NumberToken('1.5'), new NumberToken('1e400'), new NumberToken('-0'), new NumberToken('9'.repeat(40))],
  ];
  if (depth > 3 || dice.chance(0.7)) return dice.one(simple.map((value) => ({ value }))).value;
  if (dice.chance(0.1)) return nested(dice.below(500));
  if (dice.chance(0.5)) return Array.from({ length: dice.below(30) }, () => oddValue(dice, depth + 1));
  const keys = Array.from({ length: dice.below(5) }, () => dice.one(ODD_KEYS));
  return Object.fromEntries<JsonValue>(keys.map((key) => [key, oddValue(dice, depth + 1)]));
}

function nested(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

const PATHS = [
  '/_matrix/policy/v1/sign',
  '/_matrix/policy/unstable/org.matrix.msc4284/sign',
  '/_matrix/policy/unstable/org.matrix.msc4284/event/%24e/check',
  '/_matrix/policy/unstable/org.matrix.msc4284/event/%E0%A4%A/check',
  '/_matrix/federation/v1/send/1',
  '/_matrix/federation/v1/send/%2F..%2F',
  '/_matrix/federation/v2/invite/!r:x/$e',
  '/_matrix/federation/v2/invite/%00/%00',
  '/_matrix/federation/v1/query/profile?user_id=%00',
  '/_matrix/federation/v1/user/devices/@x:y',
  '/_matrix/key/v2/server',
  '/_matrix/key/v2/server/%F0%9F',
  '/.well-known/matrix/policy_server',
  '/_gatehouse/ready',
  '/_gatehouse/admin/v1/keys',
  '//',
  '/%',
  `/${'a'.repeat(2_000)}`,
  '/_matrix/../_matrix/policy/v1/sign?%00#',
];
const AUTHORIZATIONS = [
  '',
  'X-Matrix',
  'X-Matrix ,,,',
  'X-Matrix origin=x',
  `X-Matrix origin="${'x'.repeat(5_000)}",key="ed25519:a",sig="a"`,
  'X-Matrix origin="localhost:1",key="ed25519:a",sig="a"',
  'X-Matrix origin="[::1]:1",key="ed25519:a",sig="AAAA",destination="x"',
  `X-Matrix origin="a\\"b",key=${'"'.repeat(99)}`,
  'Bearer x',
  `X-Matrix ${'a=b,'.repeat(1_000)}`,
];

/** Bodies, paths and headers that are no requests of servers; over TLS. */
async function wildRequest({ dice, gatehouse, origin }: Scene): Promise<Attempt> {
  const method = dice.one(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS'] as const);
  const uri = dice.one(PATHS);
  const bytes = wildBody(dice);
  const parsed = parseJson(bytes.toString('utf8'));
  const canonical = parsed.ok && isJsonObject(parsed.value) ? canonicalJson(parsed.value, 'as-written') : undefined;
  const request = { method, uri, origin: origin.serverName, destination: gatehouse.serverName };
  const authorization =
    canonical?.ok === true && dice.chance(0.5)
      ? authorizeRequest({ ...request, content: canonical.text }, origin.key)
      : dice.one(AUTHORIZATIONS);
  const headers = {
    authorization,
    'content-type': dice.one(['application/json', 'text/html', 'x', 'multipart/form-data']),
  };
  const body = method === 'GET' || method === 'OPTIONS' ? undefined : bytes;
  const answer = await origin.askWith(gatehouse.serverName, method, uri, body, headers);
  return { status: answer.status, what: `${method} ${uri} ${authorization} ${bytes.toString('hex').slice(0, 400)}` };
}

function wildBody(dice: Dice): Buffer {
  const sound = Buffer.from('{"type":"m.room.message","room_id":"!r:x","content":{"body":"\\ud83d\\ude00"},"depth":1}');
  const choice = dice.below(6);
  if (choice === 0) return Buffer.from(Array.from({ length: dice.below(200) }, () => dice.below(256)));
  if (choice === 1) return sound.subarray(0, dice.below(sound.length));
  if (choice === 2) {
    return Buffer.from(dice.one(['', '[]', 'null', '1', '"x"', '{}', '{"a":1}}', '{"a":1e999}', '\ufeff{}']));
  }
  if (choice === 3) return Buffer.from(`${'{"a":'.repeat(2_000)}1${'}'.repeat(dice.one([2_000, 1_999]))}`);
  if (choice === 4) return Buffer.from(`{${'"a":1,'.repeat(dice.below(3_000))}"__proto__":{"b":1}}`);
  const changed = Buffer.from(sound);
  for (let i = 0; i < 3; i += 1) changed[dice.below(changed.length)] = dice.below(256);
  return changed;
}

/** Bytes on a plain socket that may not even be HTTP. */
async function rawRequest({ dice, plainPort }: Scene): Promise<Attempt> {
  const text = dice.one([
    () => 'GET / HTTP/9.9\r\n\r\n',
    () => '\r\n\r\n\r\n',
    () => `POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: x\r\nContent-Length: ${dice.one(['-1', 'x', '1e3'])}\r\n\r\n`,
    () => 'POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    () =>
      `GET /_matrix/key/v2/server HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(dice.below(5_000))}Connection: close\r\n\r\n`,
    () => `GET /${'%'.repeat(dice.below(90_000))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    () =>
      `GET /_matrix/key/v2/server HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(dice.below(90_000))}\r\nConnection: close\r\n\r\n`,
    () => 'POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    () =>
      Buffer.from(Array.from({ length: 1 + dice.below(300) }, () => dice.below(256))).toString('latin1') + '\r\n\r\n',
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    () => 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    () => 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n',
  ])();
  const answer = await exchangeBytes(plainPort, text);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  return { status, what: JSON.stringify(text.slice(0, 300)) };
}

async function exchangeBytes(port: number, text: string): Promise<string> {
  return await new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.on('error', () => undefined).on('close', () => resolve(received));
  });
}
