import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import { serverName } from '../../../tests/support/http-app.ts';
import type { RoomSummary } from '../../rooms/outcomes.ts';
import { emptyLists } from '../../../tests/support/list-fakes.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { memoryArchive } from '../../../tests/support/memory-archive.ts';
import { memoryModeration } from '../../../tests/support/moderation-fakes.ts';
import { noTokens } from '../../../tests/support/admin-app.ts';
import { createOwnerApp } from '../apps.ts';
import type { OwnerDeps } from '../routes.ts';
import { openOwnerSocket, type OwnerSocket } from './owner-socket.ts';

const ROOM = parseRoomId('!room:a.test')!;
const ADMIN = '/_gatehouse/admin/v1';

const summary: RoomSummary = {
  roomId: ROOM,
  name: 'Room',
  canonicalAlias: undefined,
  roomVersion: '12',
  membership: 'joined',
  leftBecause: undefined,
  joinedMembers: 2,
  policy: { status: 'missing' },
};
const keys = {
  serverKey: { keyId: 'ed25519:abc', publicKey: 'A' },
  policyKey: { keyId: 'ed25519:policy_server', publicKey: 'B' },
  oldServerKeys: [],
};
const graph = { extremities: 1, events: { accepted: 6 }, unaccepted: [] };
const policyContent = { via: 'policy.test', public_keys: { ed25519: 'B' } };

function fakeOwnerDeps(changes: Partial<OwnerDeps> = {}): OwnerDeps {
  return {
    listRooms: () => Promise.resolve([summary]),
    showRoom: (roomId) => Promise.resolve(roomId === ROOM ? summary : undefined),
    showGraph: () => Promise.resolve(graph),
    showEvent: () => Promise.resolve(undefined),
    createRoom: () => Promise.resolve({ type: 'created', roomId: ROOM, alias: undefined, invites: [] }),
    defaultRoomVersion: '12',
    ownAlias: () => undefined,
    sendMessage: () => Promise.resolve({ type: 'notJoined' }),
    upgradeRoom: () => Promise.resolve({ type: 'notJoined' }),
    policyContent: () => policyContent,
    joinRoom: (_target, via) => Promise.resolve({ type: 'joined', roomId: ROOM, via: via[0] ?? serverName('none') }),
    leaveRoom: (roomId) => Promise.resolve({ type: 'left', roomId }),
    publicKeys: () => keys,
    rotateServerKey: () => Promise.resolve(keys),
    ...changes,
  };
}

interface Opened extends AsyncDisposable {
  readonly dataDir: string;
  readonly socket: OwnerSocket;
}

async function open(dataDir?: string): Promise<Opened> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'gatehouse-')));
  const { settings } = await openTestSettings();
  const app = await createOwnerApp({
    deps: {
      ...memoryModeration(settings).deps,
      ...memoryArchive(settings),
      ...fakeOwnerDeps(),
      settings,
      ...emptyLists(settings),
      ...noTokens(),
    },
    log: { error: () => undefined, warn: () => undefined },
  });
  const socket = await openOwnerSocket(app, folder);
  return {
    dataDir: folder,
    socket,
    [Symbol.asyncDispose]: async () => {
      await socket.close(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function askOwner(
  socketPath: string,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> }),
      );
    });
    request.on('error', reject).end(body);
  });
}

test('what the commands ask for', async () => {
  await using opened = await open();
  const room = `${ADMIN}/rooms/${encodeURIComponent(ROOM)}`;
  const joining = `${ADMIN}/rooms/join`;
  const details = { room: JSON.parse(JSON.stringify(summary)) as unknown, graph, policyContent };
  const cases: readonly (readonly [string, string, string | undefined, number, unknown])[] = [
    ['GET', `${ADMIN}/rooms`, undefined, 200, { rooms: [details.room] }],
    ['GET', room, undefined, 200, details],
    ['POST', `${room}/leave`, undefined, 200, { type: 'left', roomId: ROOM }],
    ['POST', `${ADMIN}/rooms`, '{"invite":["@a:b"]}', 200, { type: 'created', roomId: ROOM, invites: [] }],
    ['POST', `${room}/send`, '{"text":"hi"}', 200, { type: 'notJoined' }],
    ['POST', `${room}/upgrade`, '{"version":"12"}', 200, { type: 'notJoined' }],
    ['POST', joining, '{"target":"#a:b","via":["c.test"]}', 200, { type: 'joined', roomId: ROOM, via: 'c.test' }],
    ['POST', joining, `{"target":"${ROOM}"}`, 200, { type: 'joined', roomId: ROOM, via: 'none' }],
    ['GET', `${ADMIN}/keys`, undefined, 200, keys],
    ['POST', `${ADMIN}/keys/rotate-server-key`, undefined, 200, keys],
  ];
  for (const [method, path, body, status, expected] of cases) {
    assert.deepEqual(await askOwner(opened.socket.path, method, path, body), { status, body: expected });
  }
});

test('what the owner gets wrong is said', async () => {
  await using opened = await open();
  const joining = `${ADMIN}/rooms/join`;
  const cases: readonly (readonly [string, string, string | undefined, number, string])[] = [
    ['GET', `${ADMIN}/rooms/!other:a.test`, undefined, 404, 'M_NOT_FOUND'],
    ['GET', `${ADMIN}/events/$other`, undefined, 404, 'M_NOT_FOUND'],
    ['GET', `${ADMIN}/events/other`, undefined, 400, 'M_INVALID_PARAM'],
    ['POST', `${ADMIN}/rooms`, '{"invite":["nobody"]}', 400, 'M_INVALID_PARAM'],
    ['POST', `${ADMIN}/rooms`, '{"alias":"elsewhere"}', 400, 'M_INVALID_PARAM'],
    ['POST', `${ADMIN}/rooms/!room:a.test/send`, '{"text":""}', 400, 'M_INVALID_PARAM'],
    ['POST', `${ADMIN}/rooms/!room:a.test/upgrade`, '{}', 400, 'M_INVALID_PARAM'],
    ['GET', `${ADMIN}/rooms/nonsense`, undefined, 400, 'M_INVALID_PARAM'],
    ['POST', `${ADMIN}/rooms/nonsense/leave`, undefined, 400, 'M_INVALID_PARAM'],
    ['POST', joining, undefined, 400, 'M_NOT_JSON'],
    ['POST', joining, '{}', 400, 'M_INVALID_PARAM'],
    ['POST', joining, '{"target":"#a:b","via":"c"}', 400, 'M_INVALID_PARAM'],
    ['POST', joining, '{"target":"#a:b","via":["_"]}', 400, 'M_INVALID_PARAM'],
    ['GET', `${ADMIN}/verdicts/none`, undefined, 404, 'M_NOT_FOUND'],
    ['DELETE', `${ADMIN}/rooms`, undefined, 405, 'M_UNRECOGNIZED'],
    ['GET', '/_matrix/key/v2/server', undefined, 404, 'M_UNRECOGNIZED'],
  ];
  for (const [method, path, body, status, errcode] of cases) {
    const reply = await askOwner(opened.socket.path, method, path, body);
    assert.deepEqual([path, reply.status, reply.body['errcode']], [path, status, errcode]);
  }
});

test('only the owner can open the socket, and it is gone afterwards', async () => {
  const opened = await open();
  assert.equal((await stat(opened.socket.path)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(opened.socket.path))).mode & 0o777, 0o700);
  await opened.socket.close(0);
  await assert.rejects(stat(opened.socket.path));
  await rm(opened.dataDir, { recursive: true });
});

test('the socket of a killed process is replaced, that of a running one is not', async () => {
  await using first = await open();
  await assert.rejects(open(first.dataDir), /another process is running on this data folder/);
  await first.socket.close(0);
  // Node removes the file when a server closes; a second name for it keeps what a killed process would leave.
  await leaveStaleSocket(first.socket.path);
  await using second = await open(first.dataDir);
  assert.equal((await askOwner(second.socket.path, 'GET', `${ADMIN}/keys`)).status, 200);
});

test('a file in the way, and a path too long, are said', async () => {
  await using opened = await open();
  await opened.socket.close(0);
  await writeFile(opened.socket.path, 'x');
  await assert.rejects(open(opened.dataDir), /is no socket/);
  await assert.rejects(open(join(opened.dataDir, 'x'.repeat(100))), /choose a shorter data_dir/);
});

async function leaveStaleSocket(path: string): Promise<void> {
  const { link, rename } = await import('node:fs/promises');
  const server = createServer();
  await new Promise((resolve) => server.listen(path, () => resolve(undefined)));
  await link(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  await rename(`${path}.kept`, path);
}
