import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodePublicKey, verifyText } from '../../src/protocol/ed25519.ts';
import { signableText } from '../../src/protocol/events.ts';
import { ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import { ALL_ROOM_VERSIONS, type RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

describe('a room of every version', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    origin = await network.origin();
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function assertSigned(room: RoomBuilder, raw: JsonObject): Promise<void> {
    const answer = await origin.askToSign(gatehouse.serverName, raw);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(Object.keys(answer.body), [gatehouse.serverName]);
    const signatures = ownObject(answer.body, gatehouse.serverName) ?? {};
    assert.deepEqual(Object.keys(signatures), ['ed25519:policy_server']);
    const publicKey = decodePublicKey(await gatehouse.policyKey());
    assert.ok(publicKey !== undefined);
    const signature = ownString(signatures, 'ed25519:policy_server') ?? '';
    assert.ok(verifyText(publicKey, signableText(room.parse(raw)), signature));
  }

  for (const version of ALL_ROOM_VERSIONS) {
    it(`version ${version}: invited, joined, protecting, refusing`, async () => {
      const room = origin.createRoom(version);
      await protectRoom(gatehouse, origin, room);
      assert.equal(await gatehouse.membership(room.roomId), 'joined');
      assert.deepEqual(ownObject(ownObject(await gatehouse.room(room.roomId), 'room') ?? {}, 'policy'), {
        status: 'active',
      });
      const bob = origin.user('bob');
      room.addMember(bob, 'invite', { sender: room.creator });
      room.addMember(bob, 'join');
      const redaction = room.rules.redactsIn === 'content' ? { redacts: '$some' } : {};
      const topLevel = room.rules.redactsIn === 'content' ? {} : { redacts: '$some:x' };
      await assertSigned(room, room.makeMessage('hello', { sender: bob }));
      await assertSigned(room, room.make({ type: 'm.room.topic', stateKey: '', content: { topic: 'tea' } }));
      await assertSigned(
        room,
        room.make({ type: 'm.reaction', sender: bob, content: { 'm.relates_to': { key: '+' } } }),
      );
      await assertSigned(
        room,
        room.make({
          type: 'm.room.redaction',
          sender: bob,
          content: redaction,
          change: (event) => ({ ...event, ...topLevel }),
        }),
      );
      await assertSigned(room, room.timeline[0]?.raw ?? {});
      const refused = await origin.askToSign(
        gatehouse.serverName,
        room.makeMessage(`this is ${FORBIDDEN_WORD}`, { sender: bob }),
      );
      assert.equal(refused.status, 400, refused.text);
      assert.equal(refused.body['errcode'], 'M_FORBIDDEN');
      assert.match(refused.text, /Reference: [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}"/);
      assert.deepEqual(gatehouse.complaints, []);
    });
  }

  it('never calls version 1 of send_join', () => {
    assert.ok(origin.requests.some((request) => request.startsWith('PUT /_matrix/federation/v2/send_join/')));
    assert.deepEqual(
      origin.requests.filter((request) => request.includes('/v1/send_join/')),
      [],
    );
  });
});
