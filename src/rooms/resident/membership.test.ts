import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson, isJsonObject, own, ownObject, ownString, type JsonObject } from '../../protocol/json.ts';
import { signaturesBy } from '../../protocol/signing.ts';
import { ALL_ROOM_VERSIONS } from '../../../tests/support/room-builder.ts';
import {
  BOT,
  neighbour,
  NEIGHBOUR,
  refusalOf,
  ResidentHouse,
  STRANGER,
  US,
  valueOf,
  type HouseRoom,
} from '../../../tests/support/resident-house.ts';

const origin = NEIGHBOUR.serverName;
const bob = neighbour('bob');

function parsed(text: string): JsonObject {
  const result = parseJson(text);
  assert.ok(result.ok && isJsonObject(result.value));
  return result.value;
}

async function join(house: ResidentHouse, room: HouseRoom, omitMembers = false) {
  const { roomId, graph } = room;
  const template = valueOf(
    await house.resident.makeJoin({ origin, roomId, userId: bob, versions: [graph.room.rules.version] }),
  );
  const pdu = room.finish(template.event, NEIGHBOUR);
  const input = { origin, roomId, eventId: pdu.eventId, event: pdu.raw, omitMembers };
  return { pdu, answer: valueOf(await house.resident.sendJoin(input)) };
}

describe('make_join and send_join', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    it(`lets a user of another server into a public room of version ${version}`, async () => {
      const house = new ResidentHouse();
      const room = await house.createRoom(version, { joinRule: 'public' });
      const { pdu, answer } = await join(house, room);
      assert.equal(answer.membersOmitted, false);
      assert.deepEqual(answer.serversInRoom, [US.serverName]);
      assert.equal(answer.state.length, room.builder.state.size);
      assert.equal(room.graph.room.view().membershipOf(bob), 'join');
      assert.deepEqual(room.graph.extremities, [pdu.eventId]);
      const chain = answer.authChain.map((text) => ownString(parsed(text), 'type'));
      for (const type of ['m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.join_rules']) {
        assert.ok(chain.includes(type), `${type} is in the auth chain`);
      }
    });
  }

  it('answers the same join again', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    const { pdu, answer } = await join(house, room);
    const input = { origin, roomId: room.roomId, eventId: pdu.eventId, event: pdu.raw, omitMembers: false };
    const again = valueOf(await house.resident.sendJoin(input));
    assert.deepEqual(again.state, answer.state);
  });

  it('leaves out members on request, but for heroes where the room has no name', async () => {
    const house = new ResidentHouse();
    const nameless = await house.createRoom('11', { joinRule: 'public' });
    const heroes = (await join(house, nameless, true)).answer;
    assert.equal(heroes.membersOmitted, true);
    assert.equal(heroes.state.filter((text) => ownString(parsed(text), 'type') === 'm.room.member').length, 2);
    const named = await house.createRoom('11', { joinRule: 'public' });
    named.builder.addState('m.room.name', { name: 'The inn' });
    await named.catchUp();
    const { answer } = await join(house, named, true);
    assert.equal(answer.state.filter((text) => ownString(parsed(text), 'type') === 'm.room.member').length, 0);
    const both = answer.authChain.filter((text) => answer.state.includes(text));
    assert.deepEqual(both, []);
    assert.ok(answer.authChain.some((text) => ownString(parsed(text), 'type') === 'm.room.member'));
  });

  it('refuses unknown rooms, versions, users of others, and those who are not invited', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11');
    const { roomId } = room;
    const ask = { origin, roomId, userId: bob, versions: ['11'] };
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'forbidden');
    assert.equal(refusalOf(await house.resident.makeJoin({ ...ask, versions: ['1'] })), 'incompatibleVersion');
    assert.equal(refusalOf(await house.resident.makeJoin({ ...ask, userId: room.builder.creator })), 'forbidden');
    assert.equal(refusalOf(await house.resident.makeJoin({ ...ask, userId: 'bob' })), 'invalid');
    const other = await new ResidentHouse().createRoom('11');
    assert.equal(refusalOf(await house.resident.makeJoin({ ...ask, roomId: other.roomId })), 'unknownRoom');
  });

  it('refuses servers that the ACL denies', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addState('m.room.server_acl', { allow: ['*'], deny: [origin] });
    await room.catchUp();
    const ask = { origin, roomId: room.roomId, userId: bob, versions: ['11'] };
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'deniedByAcl');
  });

  const broken: Readonly<Record<string, JsonObject>> = {
    type: { type: 'm.room.topic' },
    membership: { content: { membership: 'leave' } },
    sender: { sender: `@bob:${STRANGER.serverName}` },
    state_key: { state_key: neighbour('carol') },
    'room of the path': { room_id: `!elsewhere:${US.serverName}` },
  };
  for (const [what, changes] of Object.entries(broken)) {
    it(`refuses a join with another ${what}`, async () => {
      const house = new ResidentHouse();
      const room = await house.createRoom('11', { joinRule: 'public' });
      const { roomId } = room;
      const { event } = valueOf(await house.resident.makeJoin({ origin, roomId, userId: bob, versions: ['11'] }));
      const pdu = room.finish(event, NEIGHBOUR, changes);
      const input = { origin, roomId, eventId: pdu.eventId, event: pdu.raw, omitMembers: false };
      assert.equal(refusalOf(await house.resident.sendJoin(input)), 'invalid');
    });
  }

  it('refuses a join under another id, with a wrong signature, or a wrong hash', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    const { roomId } = room;
    const { event } = valueOf(await house.resident.makeJoin({ origin, roomId, userId: bob, versions: ['11'] }));
    const send = async (raw: JsonObject, eventId: string) =>
      refusalOf(await house.resident.sendJoin({ origin, roomId, eventId, event: raw, omitMembers: false }));
    const good = room.finish(event, NEIGHBOUR);
    assert.equal(await send(good.raw, '$other'), 'invalid');
    const forged = room.finish(event, { serverName: NEIGHBOUR.serverName, key: STRANGER.key });
    assert.equal(await send(forged.raw, forged.eventId), 'invalid');
    const changed = { ...good.raw, content: { membership: 'join', displayname: 'Mallory' } };
    assert.equal(await send(changed, good.eventId), 'invalid');
    assert.equal(await send({}, good.eventId), 'malformed');
  });
});

describe('restricted rooms', () => {
  async function restricted(version: string, joinRule = 'restricted') {
    const house = new ResidentHouse();
    const club = await house.createRoom('11', { joinRule: 'public' });
    const room = await house.createRoom(version);
    const allow = [{ type: 'm.room_membership', room_id: club.roomId }];
    room.builder.addState('m.room.join_rules', { join_rule: joinRule, allow });
    await room.catchUp();
    const ask = { origin, roomId: room.roomId, userId: bob, versions: [version] };
    return { house, club, room, ask };
  }

  for (const version of ['8', '9', '10', '11', '12']) {
    it(`vouches in version ${version} for members of the rooms named, and signs`, async () => {
      const { house, club, room } = await restricted(version);
      await join(house, club);
      const { answer } = await join(house, room);
      const event = parsed(answer.event);
      const vouching = own(ownObject(event, 'content') ?? {}, 'join_authorised_via_users_server');
      assert.equal(vouching, BOT);
      assert.equal(signaturesBy(event, US.serverName).size, 1);
      assert.equal(room.graph.room.view().membershipOf(bob), 'join');
    });
  }

  it('knows knock_restricted', async () => {
    const { house, club, room } = await restricted('10', 'knock_restricted');
    await join(house, club);
    await join(house, room);
  });

  it('refuses those who meet no condition, at the template and afterwards', async () => {
    const { house, club, room, ask } = await restricted('11');
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'forbidden');
    await join(house, club);
    const { event } = valueOf(await house.resident.makeJoin(ask));
    const leave = valueOf(await house.resident.makeLeave({ origin, roomId: club.roomId, userId: bob }));
    const left = club.finish(leave.event, NEIGHBOUR);
    const { roomId } = club;
    valueOf(await house.resident.sendLeave({ origin, roomId, eventId: left.eventId, event: left.raw }));
    const late = room.finish(event, NEIGHBOUR);
    const input = { origin, roomId: room.roomId, eventId: late.eventId, event: late.raw, omitMembers: false };
    assert.equal(refusalOf(await house.resident.sendJoin(input)), 'forbidden');
  });

  it('says where it cannot tell, and where it may not let anybody in', async () => {
    const { house, club, room, ask } = await restricted('11');
    const allow = [{ type: 'm.room_membership', room_id: '!unknown:three.example' }];
    room.builder.addState('m.room.join_rules', { join_rule: 'restricted', allow });
    await room.catchUp();
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'cannotAuthorise');
    await join(house, club);
    const known = [...allow, { type: 'm.room_membership', room_id: club.roomId }];
    room.builder.addState('m.room.join_rules', { join_rule: 'restricted', allow: known });
    room.builder.addState('m.room.power_levels', { users: { [room.builder.creator]: 90 }, invite: 100 });
    await room.catchUp();
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'cannotGrant');
    room.builder.addState('m.room.join_rules', { join_rule: 'restricted', allow: [] });
    await room.catchUp();
    assert.equal(refusalOf(await house.resident.makeJoin(ask)), 'forbidden');
  });
});

describe('leaving and knocking', () => {
  it('lets a user leave', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'public' });
    const { roomId } = room;
    const ask = { origin, roomId, userId: bob };
    assert.equal(refusalOf(await house.resident.makeLeave(ask)), 'forbidden');
    await join(house, room);
    const { event } = valueOf(await house.resident.makeLeave(ask));
    const pdu = room.finish(event, NEIGHBOUR);
    valueOf(await house.resident.sendLeave({ origin, roomId, eventId: pdu.eventId, event: pdu.raw }));
    assert.equal(room.graph.room.view().membershipOf(bob), 'leave');
  });

  it('takes knocks and answers with the stripped state in full', async () => {
    const house = new ResidentHouse();
    const room = await house.createRoom('11', { joinRule: 'knock' });
    const { roomId } = room;
    const { event } = valueOf(await house.resident.makeKnock({ origin, roomId, userId: bob, versions: ['11'] }));
    const pdu = room.finish(event, NEIGHBOUR);
    const stripped = valueOf(
      await house.resident.sendKnock({ origin, roomId, eventId: pdu.eventId, event: pdu.raw }),
    ).map(parsed);
    assert.deepEqual(
      stripped.map((raw) => ownString(raw, 'type')),
      ['m.room.create', 'm.room.join_rules'],
    );
    assert.ok(stripped.every((raw) => signaturesBy(raw, US.serverName).size === 1));
    assert.equal(room.graph.room.view().membershipOf(bob), 'knock');
  });

  it('refuses knocks where nobody can knock', async () => {
    const house = new ResidentHouse();
    for (const version of ['6', '11']) {
      const { roomId } = await house.createRoom(version, { joinRule: 'public' });
      const ask = { origin, roomId, userId: bob, versions: [version] };
      assert.equal(refusalOf(await house.resident.makeKnock(ask)), 'forbidden');
    }
  });
});
