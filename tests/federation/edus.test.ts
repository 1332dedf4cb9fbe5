/** EDUs have nothing for a policy server: whatever they say, they do nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { own, ownObject, parseJson, type JsonValue } from '../../src/protocol/json.ts';
import type { Answer, FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

/** What a transaction may hold. */
const MOST = 100;

describe('EDUs', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;
  let transactions = 0;

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    room.addMember(origin.user('bob'), 'join');
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function send(edus: readonly JsonValue[], ...pdus: readonly JsonValue[]): Promise<Answer> {
    transactions += 1;
    const uri = `/_matrix/federation/v1/send/edus${String(transactions)}`;
    return await origin.ask(gatehouse.serverName, 'PUT', uri, {
      origin: origin.serverName,
      pdus: [...pdus],
      edus: [...edus],
    });
  }

  function wellFormed(): JsonValue[] {
    const { roomId } = room;
    const bob = origin.user('bob');
    return [
      { edu_type: 'm.typing', content: { room_id: roomId, user_id: bob, typing: true } },
      { edu_type: 'm.receipt', content: { [roomId]: { 'm.read': { [bob]: { data: { ts: 1 }, event_ids: ['$a'] } } } } },
      { edu_type: 'm.presence', content: { push: [{ user_id: bob, presence: 'online' }] } },
      { edu_type: 'm.device_list_update', content: { user_id: bob, device_id: 'A', stream_id: 1 } },
      { edu_type: 'm.direct_to_device', content: { sender: bob, type: 'x', message_id: '1', messages: {} } },
    ];
  }

  function malformed(): JsonValue[] {
    const deep = `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`;
    const texts = [
      ...['null', '1', '"m.typing"', '[]', '{}', '{"edu_type":5}', '{"edu_type":"m.typing"}'],
      ...['{"edu_type":"m.typing","content":[]}', '{"edu_type":"m.receipt","content":"x"}'],
      `{"edu_type":"m.typing","content":{"room_id":7,"user_id":{},"typing":"maybe"}}`,
      `{"edu_type":"m.receipt","content":{"__proto__":{"m.read":null},"constructor":{"prototype":{}}}}`,
      `{"edu_type":"__proto__","content":${deep}}`,
      `{"edu_type":"m.receipt","content":{"${room.roomId}":{"m.read":{"${'x'.repeat(60_000)}":{}}}}}`,
    ];
    return texts.map((text) => {
      const parsed = parseJson(text);
      assert.ok(parsed.ok, text);
      return parsed.value;
    });
  }

  it('are taken without an effect, as many as a transaction may hold', async () => {
    const many = [...wellFormed(), ...malformed()];
    const known = await gatehouse.room(room.roomId);
    for (const edus of [
      wellFormed(),
      malformed(),
      Array.from({ length: MOST }, (_, at) => many[at % many.length] ?? null),
    ]) {
      const answer = await send(edus);
      assert.deepEqual([answer.status, answer.body], [200, { pdus: {} }], answer.text);
    }
    assert.deepEqual(await gatehouse.room(room.roomId), known);
    assert.equal((await send(Array.from({ length: MOST + 1 }, () => ({})))).status, 400);
    assert.deepEqual(gatehouse.complaints, []);
  });

  it('keep no event of the same transaction out, and nobody from having events signed', async () => {
    const message = room.addMessage('hello');
    const answer = await send(malformed(), message.raw);
    assert.deepEqual(own(ownObject(answer.body, 'pdus') ?? {}, message.eventId), {}, answer.text);
    const flood = Array.from({ length: 30 }, () => send(Array.from({ length: MOST }, () => wellFormed()[0] ?? null)));
    const asked = await origin.askToSign(
      gatehouse.serverName,
      room.makeMessage('hello', { sender: origin.user('bob') }),
    );
    assert.equal(asked.status, 200, asked.text);
    assert.ok((await Promise.all(flood)).every(({ status }) => status === 200));
  });

  it('of servers that the room denies do nothing either', async () => {
    const denied = await network.origin();
    const acl = room.add({
      type: 'm.room.server_acl',
      stateKey: '',
      content: { allow: ['*'], deny: [denied.serverName] },
    });
    await origin.send(gatehouse.serverName, [acl.raw]);
    const edus = wellFormed();
    const uri = '/_matrix/federation/v1/send/denied';
    const answer = await denied.ask(gatehouse.serverName, 'PUT', uri, { origin: denied.serverName, pdus: [], edus });
    assert.deepEqual([answer.status, answer.body], [200, { pdus: {} }]);
    assert.deepEqual(gatehouse.complaints, []);
  });
});
