/** Power cuts and full disks: what was answered is kept, and the rest is as if it had never begun. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import { serverNamed } from '../../support/federation-fakes.ts';
import { FakeOrigin } from '../../support/fake-origin.ts';
import type { RoomBuilder } from '../../support/room-builder.ts';
import { eventually } from '../../interop/support/eventually.ts';
import { GatehouseProcess } from '../../interop/support/gatehouse-process.ts';

const KILLS = 4;
const MEMBERS = 300;

async function begin(
  t: TestContext,
  members = 0,
): Promise<{ gatehouse: GatehouseProcess; origin: FakeOrigin; room: RoomBuilder }> {
  const stack = new AsyncDisposableStack();
  t.after(async () => await stack.disposeAsync());
  const origin = stack.use(await FakeOrigin.start());
  const room = origin.createRoom('11', { joinRule: 'public' });
  for (let number = 0; number < members; number += 1) room.addMember(origin.user(`m${String(number)}`), 'join');
  const gatehouse = stack.use(await GatehouseProcess.start({ log: { level: 'info', format: 'json' } }));
  return { gatehouse, origin, room };
}

async function join(gatehouse: GatehouseProcess, origin: FakeOrigin, room: RoomBuilder): Promise<void> {
  const joined = await gatehouse.run('rooms', 'join', room.roomId, '--via', origin.serverName);
  assert.equal(joined.exitCode, 0, joined.stdout + joined.stderr);
}

/** What the database says of itself while nobody has it open. */
function assertSound(gatehouse: GatehouseProcess): void {
  const database = new DatabaseSync(path.join(gatehouse.folder, 'data', 'gatehouse.db'));
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
    assert.deepEqual(database.prepare('PRAGMA foreign_key_check').all(), []);
  } finally {
    database.close();
  }
}

/** Every one of the events is in the graph, and with it the state that it was sent on. */
async function assertKept(
  gatehouse: GatehouseProcess,
  origin: FakeOrigin,
  room: RoomBuilder,
  events: readonly Pdu[],
): Promise<void> {
  const to = serverNamed(gatehouse.serverName);
  for (const pdu of events) {
    const answer = await origin.ask(to, 'GET', `/_matrix/federation/v1/event/${encodeURIComponent(pdu.eventId)}`);
    assert.equal(answer.status, 200, `${pdu.eventId}: ${answer.text}`);
  }
  const last = events.at(-1);
  assert.ok(last !== undefined);
  const uri = `/_matrix/federation/v1/state_ids/${encodeURIComponent(room.roomId)}?event_id=${encodeURIComponent(last.eventId)}`;
  const { body, text } = await origin.ask(to, 'GET', uri);
  const ids = Array.isArray(body['pdu_ids']) ? body['pdu_ids'].map(String).sort() : text;
  const expected = room.stateBefore(last.eventId).map((pdu) => pdu.eventId);
  assert.deepEqual(ids, expected.sort());
}

/** Sends messages one after another until the server is gone; those answered with success come back. */
async function sendUntilGone(gatehouse: GatehouseProcess, origin: FakeOrigin, room: RoomBuilder): Promise<Pdu[]> {
  const taken: Pdu[] = [];
  try {
    for (let number = 0; number < 5_000; number += 1) {
      const isTopic = number % 7 === 0;
      const topic = {
        type: 'm.room.topic',
        stateKey: '',
        content: { topic: String(number), filler: 'x'.repeat(2_000) },
      };
      const pdu = isTopic ? room.add(topic) : room.addMessage(`message ${String(number)} ${'x'.repeat(2_000)}`);
      const answer = await origin.send(serverNamed(gatehouse.serverName), [pdu.raw]);
      const isTaken = answer.status === 200 && answer.text === JSON.stringify({ pdus: { [pdu.eventId]: {} } });
      if (!isTaken) return taken;
      taken.push(pdu);
    }
  } catch {
    // The server is gone.
  }
  return taken;
}

describe('power cuts', () => {
  it('during joins: the room is joined anew, or is there as a whole', async (t) => {
    const { gatehouse, origin, room } = await begin(t, MEMBERS);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const another = origin.createRoom('11', { joinRule: 'public' });
      for (let number = 0; number < MEMBERS; number += 1) another.addMember(origin.user(`m${String(number)}`), 'join');
      const wait = 150 + kill * 120;
      const joining = gatehouse.run('rooms', 'join', another.roomId, '--via', origin.serverName);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await gatehouse.kill();
      await joining;
      assertSound(gatehouse);
      await gatehouse.startAgain();
      await join(gatehouse, origin, another);
      const message = another.addMessage('after the power cut');
      const answer = await origin.send(serverNamed(gatehouse.serverName), [message.raw]);
      assert.equal(answer.status, 200, answer.text);
      await assertKept(gatehouse, origin, another, [message]);
    }
    await join(gatehouse, origin, room);
  });

  it('under load: every event that was answered is there, and the room goes on', async (t) => {
    const { gatehouse, origin, room } = await begin(t, 20);
    await join(gatehouse, origin, room);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const sending = sendUntilGone(gatehouse, origin, room);
      await new Promise((resolve) => setTimeout(resolve, 300 + kill * 90));
      await gatehouse.kill();
      const taken = await sending;
      assert.ok(taken.length > 0);
      assertSound(gatehouse);
      await gatehouse.startAgain();
      await assertKept(gatehouse, origin, room, taken);
    }
    const message = room.addMessage('it goes on');
    const answer = await origin.send(serverNamed(gatehouse.serverName), [message.raw]);
    assert.deepEqual([answer.status, answer.body], [200, { pdus: { [message.eventId]: {} } }], answer.text);
    await assertKept(gatehouse, origin, room, [message]);
  });
});

describe('a full disk', { skip: process.platform === 'win32' && 'there is no limit to set' }, () => {
  it('is said clearly, loses nothing that was answered, and is over when there is room again', async (t) => {
    const { gatehouse, origin, room } = await begin(t, 20);
    const to = serverNamed(gatehouse.serverName);
    await join(gatehouse, origin, room);
    await gatehouse.stop();
    await gatehouse.startAgain({ fileLimit: 2_048 });
    const taken = await sendUntilGone(gatehouse, origin, room);
    assert.ok(taken.length > 0 && taken.length < 5_000, String(taken.length));
    const refused = room.addMessage('no room for this');
    const answer = await origin.send(serverNamed(gatehouse.serverName), [refused.raw]);
    assert.match(answer.text, /could not be stored, try again/, answer.text);
    await eventually('the log to say what is wrong', () => /disk|full|space|too large/i.test(gatehouse.log()), {
      seen: () => gatehouse.log().slice(-2_000),
    });
    assert.equal((await origin.ask(to, 'GET', '/_gatehouse/ready')).status, 503);
    await assertKept(gatehouse, origin, room, taken.slice(-20));
    await gatehouse.kill();
    assertSound(gatehouse);
    await gatehouse.startAgain();
    assert.equal((await origin.ask(to, 'GET', '/_gatehouse/ready')).status, 200);
    await assertKept(gatehouse, origin, room, taken);
    const again = await origin.send(serverNamed(gatehouse.serverName), [refused.raw]);
    assert.deepEqual([again.status, again.body], [200, { pdus: { [refused.eventId]: {} } }], again.text);
    await assertKept(gatehouse, origin, room, [refused]);
  });
});
