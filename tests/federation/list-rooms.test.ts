/** What the token of a community may have the bot do in rooms of policy lists. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isJsonObject, ownString, parseJson, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

describe('rooms of lists for a community', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let keeper: FakeOrigin;
  let lists: readonly RoomBuilder[];
  let token: string;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse({ admin: { listen: [{ port: 0 }] }, policy_lists: { max_rooms: 2 } });
    const home = await network.origin();
    keeper = await network.origin();
    const room = home.createRoom('11', { joinRule: 'public' });
    await protectRoom(gatehouse, home, room);
    lists = [1, 2, 3, 4].map(() => keeper.createRoom('11', { joinRule: 'public' }));
    const settings = { name: 'Games', rooms: [room.roomId] };
    assert.equal((await gatehouse.owner('POST', 'communities', { id: 'games', settings })).status, 201);
    const made = await gatehouse.owner('POST', 'tokens', { name: 'games', community: 'games' });
    token = ownString(made.body, 'text') ?? '';
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function ask(resource: string, list: number, more: JsonObject = {}): Promise<{ status: number; text: string }> {
    const { roomId } = lists[list] ?? assert.fail();
    const port = gatehouse.server.adminListeners[0]?.port ?? 0;
    const response = await fetch(`http://127.0.0.1:${String(port)}/_gatehouse/admin/v1/lists/${resource}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ target: roomId, via: [keeper.serverName], scope: 'community/games', ...more }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** Lists whose rooms the bot is in. */
  async function joined(): Promise<readonly number[]> {
    const { text } = await gatehouse.owner('GET', 'rooms');
    const parsed = parseJson(text);
    assert.ok(parsed.ok && isJsonObject(parsed.value));
    const rooms: unknown = parsed.value['rooms'];
    const isJoined = (id: string): boolean =>
      Array.isArray(rooms) &&
      rooms.some((one: unknown) => JSON.stringify(one).includes(id) && JSON.stringify(one).includes('"joined"'));
    return lists.flatMap(({ roomId }, index) => (isJoined(roomId) ? [index] : []));
  }

  it('that were only looked at are left when there are too many', async () => {
    for (const list of [0, 1]) assert.equal((await ask('preview', list)).status, 200);
    assert.deepEqual(await joined(), [0, 1]);
    assert.equal((await ask('preview', 2)).status, 200);
    assert.deepEqual(await joined(), [1, 2]);
  });

  it('that are subscribed to stay, and no others are joined beyond the limit', async () => {
    for (const list of [1, 2]) assert.equal((await ask('subscribe', list)).status, 200);
    const refused = await ask('subscribe', 3);
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.text, /in the rooms of 2 policy lists already.*end a subscription, or ask the owner/);
    assert.deepEqual(await joined(), [1, 2]);
    assert.equal(
      (await ask('subscribe', 1, { subscription: { trust: 'enforce' } })).status,
      200,
      'those it has change',
    );
    const settings = await gatehouse.owner('POST', 'lists/preview', {
      ...{ target: lists[3]?.roomId ?? '', via: [keeper.serverName], scope: 'community/games' },
    });
    assert.equal(settings.status, 200, 'the owner is not limited');
    assert.deepEqual(await joined(), [1, 2, 3]);
  });
});
