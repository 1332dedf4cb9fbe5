import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import { NEIGHBOUR } from '../../../tests/support/resident-house.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { EventVerification, EventVerifier } from '../ports.ts';
import { checkInviteState } from './invite-state.ts';

const FINE: EventVerification = { ok: true };

async function check(room: RoomBuilder, roomState: readonly JsonValue[], verification = FINE): Promise<boolean> {
  const verifier: EventVerifier = { verifyAll: async (pdus) => pdus.map(() => verification) };
  const { roomId, rules } = room;
  return (await checkInviteState({ roomId, rules, roomState }, verifier, { timeoutMs: 1 })) === undefined;
}

describe('what comes with an invite', () => {
  const room = new RoomBuilder('12', NEIGHBOUR);
  const create = room.stateEvent('m.room.create')?.raw ?? {};
  const joinRules = room.stateEvent('m.room.join_rules')?.raw ?? {};

  it('must be sound events of the room in version 12, the create event among them', async () => {
    assert.equal(await check(room, [create, joinRules]), true);
    assert.equal(await check(room, [joinRules]), false);
    // Nothing rests on it, so servers that send none are let through.
    assert.equal(await check(room, []), true);
    const other = new RoomBuilder('12', NEIGHBOUR);
    assert.equal(await check(room, [create, other.stateEvent('m.room.join_rules')?.raw ?? {}]), false);
    const stripped = { type: 'm.room.create', state_key: '', sender: room.creator, content: {} };
    assert.equal(await check(room, [stripped]), false);
    assert.equal(
      await check(
        room,
        Array.from({ length: 101 }, () => create),
      ),
      false,
    );
  });

  it('must be signed, as far as that can be told', async () => {
    const forged: EventVerification = { ok: false, reason: { type: 'signature', detail: 'wrong' } };
    const untold: EventVerification = { ok: false, reason: { type: 'keysUnavailable', detail: 'away' } };
    assert.equal(await check(room, [create], forged), false);
    assert.equal(await check(room, [create], untold), true);
  });

  it('may be anything in older versions', async () => {
    const older = new RoomBuilder('11', NEIGHBOUR);
    assert.equal(await check(older, []), true);
    assert.equal(await check(older, [{ type: 'm.room.create', state_key: '', content: {} }, 5]), true);
  });
});
