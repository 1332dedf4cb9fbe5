/** The admin API over the network: apart from what other servers see, and no way to harm `/sign`. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ownObject, ownString } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const ADMIN = '/_gatehouse/admin/v1';
const OPEN_CONNECTIONS = 1_000;

describe('the admin listener', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;
  let token: string;

  before(async () => {
    network = await TestNetwork.start();
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    gatehouse = await network.gatehouse({ admin: { listen: [{ port: 0 }] } });
    await protectRoom(gatehouse, origin, room);
    const made = await gatehouse.owner('POST', 'tokens', { name: 'test' });
    token = ownString(made.body, 'text') ?? '';
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  function adminPort(): number {
    return gatehouse.server.adminListeners[0]?.port ?? 0;
  }

  async function ask(path: string, bearer?: string): Promise<{ status: number; text: string }> {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const response = await fetch(`http://127.0.0.1:${String(adminPort())}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  }

  async function sign(body: string): Promise<number> {
    const event = room.makeMessage(body, { sender: origin.user('bob') });
    return (await origin.askToSign(gatehouse.serverName, event)).status;
  }

  it('listens on this machine alone unless told otherwise, and not where other servers ask', async () => {
    assert.equal(gatehouse.server.adminListeners[0]?.host, '127.0.0.1');
    const { status } = await origin.ask(gatehouse.serverName, 'GET', `${ADMIN}/tokens`);
    assert.equal(status, 404);
  });

  it('knows its tokens after a restart, and a revoked one no more', async () => {
    assert.equal((await ask(`${ADMIN}/tokens`, token)).status, 200);
    assert.equal((await ask(`${ADMIN}/tokens`)).status, 401);
    await gatehouse.restart();
    assert.equal((await ask(`${ADMIN}/tokens`, token)).status, 200);
    const other = await gatehouse.owner('POST', 'tokens', { name: 'other' });
    const text = ownString(other.body, 'text') ?? '';
    assert.equal((await ask(`${ADMIN}/tokens`, text)).status, 200);
    assert.ok(ownObject(other.body, 'token') !== undefined);
    const revoked = await fetch(`http://127.0.0.1:${String(adminPort())}${ADMIN}/tokens/2`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(revoked.status, 200);
    assert.equal((await ask(`${ADMIN}/tokens`, text)).status, 401);
  });

  it('counts decisions by outcome and rule, and names no room and no user', async () => {
    assert.equal(await sign('hello'), 200);
    assert.equal(await sign(`${FORBIDDEN_WORD} 1`), 400);
    const { text } = await ask('/metrics');
    assert.match(text, /^gatehouse_decisions_total\{outcome="refuse",rule="words"\} 1$/m);
    assert.match(text, /^gatehouse_sign_seconds_count\{result="refused"\} 1$/m);
    assert.match(text, /^gatehouse_rooms\{membership="joined"\} 1$/m);
    assert.ok(!text.includes(room.roomId) && !text.includes(origin.serverName));
  });

  it('lets open connections and slow readers keep nobody from having events signed', async () => {
    const sockets = await Promise.all(Array.from({ length: OPEN_CONNECTIONS }, () => openSocket(adminPort())));
    try {
      // Half a request each, and one whose answers nobody reads.
      for (const socket of sockets) socket.write(`GET ${ADMIN}/checks HTTP/1.1\r\nHost: a\r\n`);
      const slow = sockets[0];
      slow?.pause();
      slow?.write('\r\n'.concat(`GET ${ADMIN}/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(500)));
      const statuses = await Promise.all(Array.from({ length: 50 }, (_, at) => sign(`hello ${String(at)}`)));
      assert.ok(statuses.every((status) => status === 200));
      assert.equal((await ask(`${ADMIN}/tokens`, token)).status, 200);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

async function openSocket(port: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(socket);
    });
    socket.on('error', reject);
  });
}
