import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  neighbour,
  NEIGHBOUR,
  refusalOf,
  ResidentHouse,
  STRANGER,
  US,
  valueOf,
} from '../../../tests/support/resident-house.ts';

const origin = NEIGHBOUR.serverName;
const NO_FILTER = { limit: undefined, since: undefined, searchTerm: undefined, roomTypes: undefined };

describe('aliases', () => {
  it('are resolved to a room and the servers in it, ours first', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addMember(neighbour('bob'), 'join');
    await room.catchUp();
    await house.storage.directory.putAlias(`#inn:${US.serverName}`, room.roomId);
    const found = valueOf(await house.resident.resolveAlias(`#inn:${US.serverName}`));
    assert.deepEqual(found, { roomId: room.roomId, servers: [US.serverName, origin] });
    assert.equal(refusalOf(await house.resident.resolveAlias(`#out:${US.serverName}`)), 'unknownAlias');
    assert.equal(refusalOf(await house.resident.resolveAlias(`#inn:${origin}`)), 'unknownAlias');
    assert.equal(refusalOf(await house.resident.resolveAlias('inn')), 'invalid');
  });
});

describe('the public directory', () => {
  async function listed(count: number) {
    const house = new ResidentHouse();
    for (let n = 0; n < count; n += 1) {
      const room = await house.createRoom('11', { joinRule: 'public' });
      room.builder.addState('m.room.name', { name: `Room ${String(n)}` });
      for (let member = 0; member < n; member += 1) room.builder.addMember(neighbour(`u${String(member)}`), 'join');
      await room.catchUp();
      await house.storage.directory.setPublic(room.roomId, true);
    }
    return house;
  }

  it('lists the largest rooms first, page by page', async () => {
    const house = await listed(4);
    const names: (string | undefined)[] = [];
    let since: string | undefined;
    do {
      const page = valueOf(await house.resident.publicRooms({ ...NO_FILTER, limit: 3, since }));
      assert.equal(page.total, 4);
      names.push(...page.chunk.map((summary) => summary.name));
      since = page.nextBatch;
    } while (since !== undefined);
    assert.deepEqual(names, ['Room 3', 'Room 2', 'Room 1', 'Room 0']);
    const wrong = await house.resident.publicRooms({ ...NO_FILTER, since: 'nonsense' });
    assert.equal(refusalOf(wrong), 'invalid');
  });

  it('is filtered by words and by type', async () => {
    const house = await listed(2);
    const names = async (filter: object) =>
      valueOf(await house.resident.publicRooms({ ...NO_FILTER, ...filter })).chunk.map((summary) => summary.name);
    assert.deepEqual(await names({ searchTerm: 'rOOM 1' }), ['Room 1']);
    assert.deepEqual(await names({ roomTypes: ['m.space'] }), []);
    assert.deepEqual(await names({ roomTypes: [null] }), ['Room 1', 'Room 0']);
  });
});

describe('the hierarchy of a space', () => {
  it('shows the children that the server may join', async () => {
    const house = new ResidentHouse();
    const [open, closed, club] = [
      await house.createRoom('11', { joinRule: 'public' }),
      await house.createRoom('11'),
      await house.createRoom('11'),
    ];
    const space = await house.createRoom('11', { joinRule: 'public', create: { type: 'm.space' } });
    const allow = [{ type: 'm.room_membership', room_id: space.roomId }];
    club.builder.addState('m.room.join_rules', { join_rule: 'restricted', allow });
    await club.catchUp();
    const child = (roomId: string, content: object) =>
      space.builder.add({ type: 'm.space.child', stateKey: roomId, content: { ...content } });
    child(open.roomId, { via: [US.serverName], order: 'b', suggested: true });
    child(closed.roomId, { via: [US.serverName], order: 'a' });
    child(club.roomId, { via: [US.serverName] });
    child('!gone:three.example', {});
    child('!elsewhere:three.example', { via: ['three.example'] });
    space.builder.addMember(neighbour('bob'), 'join');
    await space.catchUp();
    const ask = { roomId: space.roomId, suggestedOnly: false };
    const forMember = valueOf(await house.resident.spaceHierarchy({ ...ask, origin }));
    assert.equal(forMember.room.summary.room_type, 'm.space');
    assert.equal(forMember.room.children.length, 4);
    assert.deepEqual(
      forMember.children.map(({ summary }) => summary.room_id),
      [open.roomId, club.roomId],
    );
    assert.deepEqual(forMember.children[1]?.summary.allowed_room_ids, [space.roomId]);
    assert.deepEqual(forMember.inaccessible, [closed.roomId]);
    const stranger = valueOf(await house.resident.spaceHierarchy({ ...ask, origin: STRANGER.serverName }));
    assert.deepEqual([...stranger.inaccessible].sort(), [closed.roomId, club.roomId].sort());
    const suggested = valueOf(await house.resident.spaceHierarchy({ ...ask, origin, suggestedOnly: true }));
    assert.deepEqual(
      suggested.children.map(({ summary }) => summary.room_id),
      [open.roomId],
    );
    const hidden = { roomId: closed.roomId, origin, suggestedOnly: false };
    assert.equal(refusalOf(await house.resident.spaceHierarchy(hidden)), 'unknownRoom');
  });
});
