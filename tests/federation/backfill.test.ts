import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FakeOrigin } from '../support/fake-origin.ts';
import { isJsonArray, own } from '../../src/protocol/json.ts';
import { protectRoom, TestNetwork } from '../support/test-network.ts';

/** Servers take what they get for all there is, so a server that lacks the room's past leaves it to those that have it. */
it('leaves the past of a room from before its join to servers that have it', async () => {
  await using network = await TestNetwork.start();
  const gatehouse = await network.gatehouse();
  const origin = await network.origin();
  const room = origin.createRoom('11', { joinRule: 'public' });
  for (let i = 0; i < 5; i += 1) room.addMessage(`before ${String(i)}`);
  await protectRoom(gatehouse, origin, room);
  const latest = room.addState('m.room.topic', { topic: 'now' });
  await origin.send(gatehouse.serverName, [latest.raw]);
  const backfill = async (asker: FakeOrigin): Promise<{ status: number; events: number }> => {
    const uri = `/_matrix/federation/v1/backfill/${encodeURIComponent(room.roomId)}?v=${encodeURIComponent(latest.eventId)}&limit=100`;
    const { status, body } = await asker.ask(gatehouse.serverName, 'GET', uri);
    const pdus = own(body, 'pdus');
    return { status, events: isJsonArray(pdus) ? pdus.length : 0 };
  };
  const alone = await backfill(origin);
  assert.equal(alone.status, 200);
  assert.ok(alone.events > 0);
  const other = await network.origin();
  other.share(room);
  await origin.send(gatehouse.serverName, [room.addMember(other.user('carol'), 'join').raw]);
  assert.equal((await backfill(other)).status, 404);
});
