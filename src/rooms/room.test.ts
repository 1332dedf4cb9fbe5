import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SIGNER } from '../../tests/support/policy-events.ts';
import { RoomBuilder } from '../../tests/support/room-builder.ts';
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
