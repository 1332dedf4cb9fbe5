import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { ListRoomLimit } from './list-room-limit.ts';

function roomNamed(name: string): RoomId {
  return parseRoomId(`!${name}:lists.test`) ?? assert.fail();
}

function limitOf(max: number, subscribed: readonly RoomId[] = []) {
  const left: RoomId[] = [];
  const lists = new Set(subscribed);
  const limit = new ListRoomLimit({
    ...{ max, listsOf: () => lists, isInUse: (list) => lists.has(list) },
    leave: async (room) => void left.push(room),
  });
  const join = async (community: string | undefined, name: string, type = 'joined'): Promise<unknown> =>
    await limit.join(community, async () => ({ type, roomId: roomNamed(name) }));
  return { limit, lists, left, join };
}

describe('rooms of lists that a community has the bot join', () => {
  it('are as many as the owner allows, the oldest that was only looked at is left', async () => {
    const { left, join, lists } = limitOf(3, [roomNamed('subscribed')]);
    await join('games', 'a');
    await join('games', 'b');
    assert.deepEqual(left, []);
    lists.add(roomNamed('a'));
    await join('games', 'c');
    assert.deepEqual(left, [roomNamed('b')], 'what is subscribed to meanwhile stays');
  });

  it('are not counted where the bot was before, nor for the owner', async () => {
    const { left, join, limit } = limitOf(1, [roomNamed('subscribed')]);
    for (const name of ['a', 'b', 'c']) await join('games', name, 'alreadyJoined');
    for (const name of ['d', 'e', 'f']) await join(undefined, name);
    assert.deepEqual(left, []);
    assert.equal(limit.allows(undefined, '!x:lists.test'), true);
    assert.equal(limit.allows('games', '!x:lists.test'), false);
    assert.equal(limit.allows('games', roomNamed('subscribed')), true);
  });

  it('are joined one after another', async () => {
    const { limit } = limitOf(10);
    let running = 0;
    let most = 0;
    const join = async (): Promise<{ type: string; roomId: RoomId }> => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { type: 'joined', roomId: roomNamed('a') };
    };
    await Promise.all([1, 2, 3].map(() => limit.join('games', join)));
    assert.equal(most, 1);
  });

  it('are cut off where settings name more', () => {
    const rooms = ['a', 'b', 'c', 'd'].map(roomNamed);
    const { limit } = limitOf(3, rooms);
    assert.deepEqual(limit.among('games', rooms.slice(1)), rooms.slice(1, 3));
    const owners = roomNamed('owners');
    assert.deepEqual(limitOf(1, rooms).limit.among('games', [...rooms.slice(2), owners]), [owners]);
  });
});
