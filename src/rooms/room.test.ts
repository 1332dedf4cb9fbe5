import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SIGNER } from '../../tests/support/policy-events.ts';
import { RoomBuilder, userAt } from '../../tests/support/room-builder.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import { Room } from './room.ts';

it('has no policy server once the stable event is emptied, whatever the unstable one says', () => {
  const built = new RoomBuilder('11', SIGNER);
  const { serverName, key } = SIGNER;
  const record = { roomId: built.roomId, roomVersion: '11', membership: 'joined', via: [], since: 0 } as const;
  const room = new Room({ ...record, historyFrontier: [] }, built.rules, serverName);
  room.putState(built.addState('org.matrix.msc4284.policy', { via: serverName, public_key: key.publicKeyText }));
  assert.equal(room.policy()?.via, serverName);
  const named = { via: serverName, public_keys: { ed25519: key.publicKeyText } };
  room.putState(built.addState('m.room.policy', named));
  assert.equal(room.view().namesUs, true);
  room.putState(built.addState('m.room.policy', {}));
  assert.equal(room.policy(), undefined);
  assert.equal(room.view().namesUs, false);
});

it('lists in a view who moderates, with the names that they have now', () => {
  const mod = userAt('mod', SIGNER.serverName);
  const built = new RoomBuilder('11', SIGNER, { users: { [mod]: 50 } });
  const record = { roomId: built.roomId, roomVersion: '11', membership: 'joined', via: [], since: 0 } as const;
  const room = new Room({ ...record, historyFrontier: [] }, built.rules, SIGNER.serverName);
  room.setState(built.timeline);
  const before = room.view();
  assert.deepEqual(new Set(before.moderators().map(({ userId }) => userId)), new Set([built.creator, mod]));
  assert.equal(before.moderators(), before.moderators());
  room.putState(built.addMember(mod, 'join', { content: { membership: 'join', displayname: 'Mod' } }));
  const named = room
    .view()
    .moderators()
    .find(({ userId }) => userId === mod);
  assert.equal(named?.displayName, 'Mod');
  room.putState(built.addState('m.room.power_levels', { users: { [built.creator]: 100 } }));
  assert.deepEqual(
    room
      .view()
      .moderators()
      .map(({ userId }) => userId),
    [built.creator],
  );
});

it('tells of the names of members who are joined, and of each change, until it need not', () => {
  const [ann, bob] = ['ann', 'bob'].map((name) => userAt(name, SIGNER.serverName)) as [UserId, UserId];
  const built = new RoomBuilder('11', SIGNER, { joinRule: 'public' });
  const record = { roomId: built.roomId, roomVersion: '11', membership: 'joined', via: [], since: 0 } as const;
  const room = new Room({ ...record, historyFrontier: [] }, built.rules, SIGNER.serverName);
  const be = (userId: UserId, membership: string, displayname?: string): void => {
    const content = { membership, ...(displayname === undefined ? {} : { displayname }) };
    room.putState(built.addMember(userId, membership, { content }));
  };
  room.setState(built.timeline);
  be(ann, 'join', 'Ann');
  const { members } = room.view();
  const told: unknown[] = [];
  const stop = members.watchNames((before, after) => told.push([before, after]));
  be(ann, 'join', 'Anna');
  be(bob, 'invite', 'Bob');
  be(bob, 'join', 'Bob');
  assert.equal(room.view().members, members);
  assert.deepEqual([...members.joinedNames()].sort(), ['Anna', 'Bob']);
  assert.deepEqual([members.joinedName(bob), members.joinedName('@nobody:home.test')], ['Bob', undefined]);
  be(bob, 'leave', 'Bob');
  assert.equal(members.joinedName(bob), undefined);
  room.removeState('m.room.member', ann);
  assert.deepEqual(told, [
    ['Ann', 'Anna'],
    [undefined, undefined],
    [undefined, 'Bob'],
    ['Bob', undefined],
    ['Anna', undefined],
  ]);
  room.setState(built.timeline);
  assert.deepEqual(told.slice(-2), [
    [undefined, 'Bob'],
    ['Bob', undefined],
  ]);
  assert.deepEqual(members.joinedNames(), ['Anna']);
  const times = told.length;
  stop();
  be(ann, 'join', 'Ann');
  assert.equal(told.length, times);
});
