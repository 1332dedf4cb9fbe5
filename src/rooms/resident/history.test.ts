import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { parsePdu, type Pdu } from '../../protocol/events.ts';
import { isJsonObject, own, ownObject, ownString, parseJson, type JsonObject } from '../../protocol/json.ts';
import type { HouseRoom } from '../../../tests/support/resident-house.ts';
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
const bob = neighbour('bob');

function parsed(text: string): JsonObject {
  const result = parseJson(text);
  assert.ok(result.ok && isJsonObject(result.value));
  return result.value;
}

/** Bodies of messages; `redacted` where nothing is left of one. */
function bodies(texts: readonly string[]): string[] {
  return texts
    .map(parsed)
    .filter((raw) => ownString(raw, 'type') === 'm.room.message')
    .map((raw) => ownString(ownObject(raw, 'content') ?? {}, 'body') ?? 'redacted');
}

describe('the past of a room', () => {
  let house: ResidentHouse;
  let room: HouseRoom;
  let joinOfBob: Pdu;
  let last: Pdu;

  beforeEach(async () => {
    house = new ResidentHouse();
    room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addMessage('before');
    joinOfBob = room.builder.addMember(bob, 'join');
    room.builder.addMessage('one');
    room.builder.addMessage('two');
    last = room.builder.addMessage('three');
    await room.catchUp();
  });

  const ask = () => ({ origin, roomId: room.roomId });

  it('is given back from an event, that event first', async () => {
    const all = valueOf(await house.resident.backfill({ ...ask(), from: [last.eventId], limit: 100 }));
    assert.deepEqual(bodies(all), ['three', 'two', 'one', 'before']);
    assert.equal(all.length, room.builder.timeline.length);
    const some = valueOf(await house.resident.backfill({ ...ask(), from: [last.eventId], limit: 2 }));
    assert.deepEqual(bodies(some), ['three', 'two']);
    assert.deepEqual(valueOf(await house.resident.backfill({ ...ask(), from: [last.eventId], limit: 0 })), []);
  });

  it('is at most 100 events', async () => {
    for (let n = 0; n < 120; n += 1) last = room.builder.addMessage(`more ${String(n)}`);
    await room.catchUp();
    const all = valueOf(await house.resident.backfill({ ...ask(), from: [last.eventId], limit: 5000 }));
    assert.equal(all.length, 100);
    const missing = { ...ask(), latest: [last.eventId], earliest: [], minDepth: 0, limit: 5000 };
    assert.equal(valueOf(await house.resident.missingEvents(missing)).length, 50);
  });

  it('fills gaps, oldest first, without the ends', async () => {
    const gap = { ...ask(), latest: [last.eventId], earliest: [joinOfBob.eventId], minDepth: 0, limit: 10 };
    assert.deepEqual(bodies(valueOf(await house.resident.missingEvents(gap))), ['one', 'two']);
    assert.deepEqual(bodies(valueOf(await house.resident.missingEvents({ ...gap, limit: 1 }))), ['two']);
    const shallow = { ...gap, earliest: [], minDepth: last.depth - 1 };
    assert.deepEqual(bodies(valueOf(await house.resident.missingEvents(shallow))), ['two']);
  });

  it('is for servers in the room', async () => {
    const other = { origin: STRANGER.serverName, roomId: room.roomId };
    const { eventId } = last;
    const answers = await Promise.all([
      house.resident.backfill({ ...other, from: [eventId], limit: 1 }),
      house.resident.missingEvents({ ...other, latest: [eventId], earliest: [], minDepth: 0, limit: 1 }),
      house.resident.stateAt({ ...other, eventId }),
      house.resident.stateIdsAt({ ...other, eventId }),
      house.resident.eventAuth({ ...other, eventId }),
      house.resident.eventNear({ ...other, timestamp: 0, direction: 'f' }),
      house.resident.eventById({ origin: other.origin, eventId }),
    ]);
    for (const answer of answers) assert.equal(refusalOf(answer), 'hostNotInRoom');
  });

  it('is not for servers that the ACL denies', async () => {
    room.builder.addState('m.room.server_acl', { allow: ['*'], deny: [origin] });
    await room.catchUp();
    const { eventId } = last;
    const answers = await Promise.all([
      house.resident.backfill({ ...ask(), from: [eventId], limit: 1 }),
      house.resident.missingEvents({ ...ask(), latest: [eventId], earliest: [], minDepth: 0, limit: 1 }),
      house.resident.stateAt({ ...ask(), eventId }),
      house.resident.stateIdsAt({ ...ask(), eventId }),
      house.resident.eventAuth({ ...ask(), eventId }),
      house.resident.makeLeave({ ...ask(), userId: bob }),
    ]);
    for (const answer of answers) assert.equal(refusalOf(answer), 'deniedByAcl');
  });

  it('holds single events', async () => {
    const text = valueOf(await house.resident.eventById({ origin, eventId: last.eventId }));
    assert.deepEqual(bodies([text]), ['three']);
    const unknown = room.builder.parse(room.builder.makeMessage('never sent'));
    assert.equal(refusalOf(await house.resident.eventById({ origin, eventId: unknown.eventId })), 'unknownEvent');
  });

  it('holds events of room version 1, whatever other room has one with the same id', async () => {
    const [other, mine] = [
      await house.createRoom('1', { joinRule: 'public' }),
      await house.createRoom('1', { joinRule: 'public' }),
    ];
    mine.builder.addMember(bob, 'join');
    const event_id = `$chosen:${US.serverName}`;
    for (const each of [other, mine]) {
      each.builder.addMessage(each === mine ? 'mine' : 'theirs', { change: (event) => ({ ...event, event_id }) });
      await each.catchUp();
    }
    const eventId = mine.builder.latest[0] ?? last.eventId;
    assert.deepEqual(bodies([valueOf(await house.resident.eventById({ origin, eventId }))]), ['mine']);
  });

  it('is found by time', async () => {
    const near = { ...ask(), timestamp: last.originServerTs, direction: 'b' as const };
    assert.equal(valueOf(await house.resident.eventNear(near)).originServerTs, last.originServerTs);
    const never = { ...ask(), timestamp: 4e12, direction: 'f' as const };
    assert.equal(refusalOf(await house.resident.eventNear(never)), 'unknownEvent');
  });

  it('is given redacted where it has been', async () => {
    const spam = room.builder.addMessage('spam');
    room.builder.add({ type: 'm.room.redaction', content: { redacts: spam.eventId } });
    await room.catchUp();
    const text = valueOf(await house.resident.eventById({ origin, eventId: spam.eventId }));
    assert.deepEqual(bodies([text]), ['redacted']);
    const reparsed = parsePdu(parsed(text), room.builder.rules);
    assert.ok(reparsed.ok && reparsed.pdu.eventId === spam.eventId);
  });

  it('holds the state before an event and what it rests on', async () => {
    const at = { ...ask(), eventId: joinOfBob.eventId };
    const ids = valueOf(await house.resident.stateIdsAt(at));
    const expected = room.builder.stateBefore(joinOfBob.eventId).map((pdu) => pdu.eventId);
    assert.deepEqual([...ids.state].sort(), [...expected].sort());
    assert.ok(!ids.state.includes(joinOfBob.eventId));
    const chain = room.builder.authChainOf(room.builder.stateBefore(joinOfBob.eventId)).map((pdu) => pdu.eventId);
    assert.deepEqual([...ids.authChain].sort(), [...chain].sort());
    const whole = valueOf(await house.resident.stateAt(at));
    assert.equal(whole.state.length, ids.state.length);
    assert.equal(whole.authChain.length, ids.authChain.length);
    const auth = valueOf(await house.resident.eventAuth({ ...ask(), eventId: last.eventId }));
    assert.equal(auth.length, room.builder.authChainOf([last]).length);
  });
});

describe('history visibility', () => {
  /** Bodies that the neighbour is given: before anything, while invited, while joined. */
  async function seen(visibility: string): Promise<string[]> {
    const house = new ResidentHouse();
    const room = await house.createRoom('11');
    room.builder.addState('m.room.history_visibility', { history_visibility: visibility });
    room.builder.addMessage('before');
    room.builder.addMember(bob, 'invite', { sender: room.builder.creator });
    room.builder.addMessage('invited');
    room.builder.addMember(bob, 'join');
    const last = room.builder.addMessage('joined');
    await room.catchUp();
    const ask = { origin, roomId: room.roomId, from: [last.eventId], limit: 100 };
    return bodies(valueOf(await house.resident.backfill(ask)));
  }

  it('shows what the users of the server may see', async () => {
    assert.deepEqual(await seen('world_readable'), ['joined', 'invited', 'before']);
    assert.deepEqual(await seen('shared'), ['joined', 'invited', 'before']);
    assert.deepEqual(await seen('nonsense'), ['joined', 'invited', 'before']);
    assert.deepEqual(await seen('invited'), ['joined', 'invited', 'redacted']);
    assert.deepEqual(await seen('joined'), ['joined', 'redacted', 'redacted']);
  });

  it('hides single messages, and gives state redacted', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addState('m.room.history_visibility', { history_visibility: 'joined' });
    const message = room.builder.addMessage('before');
    const topic = room.builder.addState('m.room.topic', { topic: 'secret' });
    const current = room.builder.addState('m.room.topic', { topic: 'open' });
    room.builder.addMember(bob, 'join');
    await room.catchUp();
    const get = async ({ eventId }: Pdu) => await house.resident.eventById({ origin, eventId });
    assert.equal(refusalOf(await get(message)), 'unknownEvent');
    assert.deepEqual(own(parsed(valueOf(await get(topic))), 'content'), {});
    assert.deepEqual(own(parsed(valueOf(await get(current))), 'content'), { topic: 'open' });
  });
});

describe('rejected and soft-failed events', () => {
  it('are not handed out as history, but soft-failed ones where they are asked for', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addMember(bob, 'join');
    const before = room.builder.latest;
    const kick = room.builder.addMember(bob, 'leave', { sender: room.builder.creator });
    await room.catchUp();
    // Bob's server answers the kick with a message from before it: allowed there, not in the current state.
    const late = room.builder.make({
      type: 'm.room.message',
      content: { body: 'late' },
      sender: bob,
      prevEvents: before,
    });
    const bad = room.builder.make({ type: 'm.room.topic', stateKey: '', content: {}, sender: bob, prevEvents: before });
    await room.graph.receive([late, bad], origin);
    const [softFailed, rejected] = [room.builder.parse(late).eventId, room.builder.parse(bad).eventId];
    assert.equal((await room.graph.events.get(rejected))?.record.status, 'rejected');
    room.builder.addMember(neighbour('carol'), 'join');
    await room.catchUp();
    const roomId = room.roomId;
    const from = [...room.builder.latest];
    const past = valueOf(await house.resident.backfill({ origin, roomId, from, limit: 100 }));
    assert.deepEqual(bodies(past), []);
    assert.ok(past.some((text) => own(parsed(text), 'type') === kick.type));
    assert.equal(refusalOf(await house.resident.eventById({ origin, eventId: rejected })), 'unknownEvent');
    if ((await room.graph.events.get(softFailed))?.record.status === 'softFailed') {
      assert.deepEqual(bodies([valueOf(await house.resident.eventById({ origin, eventId: softFailed }))]), ['late']);
    }
    assert.equal(US.serverName, room.builder.owner.serverName);
  });
});
