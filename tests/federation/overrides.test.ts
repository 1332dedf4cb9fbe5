/** What moderators decide otherwise counts nothing twice, and comes before lockdowns and rules. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';
import { ASKING_RULES, VerdictRecord, type Messages } from '../support/verdict-record.ts';

describe('overrides', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;
  let bob: UserId;

  before(async () => {
    network = await TestNetwork.start();
    const welcome = { order: 1, when: { words: { words: ['welcome'] } }, action: 'allow' };
    gatehouse = await network.gatehouse({ policy: { rules: { ...ASKING_RULES, welcome } } });
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    bob = origin.user('bob');
    room.addMember(bob, 'join');
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  const says = (text: string): JsonObject => room.makeMessage(text, { sender: bob });

  async function statusOf(event: JsonObject): Promise<number> {
    return (await origin.askToSign(gatehouse.serverName, event)).status;
  }

  async function override(event: JsonObject, action: 'allow' | 'refuse', covers = 'this'): Promise<void> {
    const verdict = `verdicts/${encodeURIComponent(room.parse(event).eventId)}/override`;
    const { status, text } = await gatehouse.owner('POST', verdict, { action, covers });
    assert.equal(status, 200, text);
  }

  /** What is known of Bob by the time he says something more, which counts the next time. */
  async function knownOfBob(): Promise<Messages & { readonly ofPerson: number }> {
    const probe = says('something more');
    assert.equal(await statusOf(probe), 200);
    using record = new VerdictRecord(gatehouse.dataDir);
    return record.knownAt(room.parse(probe).eventId);
  }

  it('leave what is remembered of people as it was, also after a restart', async () => {
    const [first, second, refused] = [says('one'), says('two'), says(`three ${FORBIDDEN_WORD}`)];
    for (const [event, status] of [
      [first, 200],
      [second, 200],
      [refused, 400],
    ] as const) {
      assert.equal(await statusOf(event), status);
    }
    await override(first, 'refuse');
    await override(refused, 'allow');
    assert.deepEqual([await statusOf(first), await statusOf(refused)], [400, 200], 'those who ask again');
    assert.deepEqual(await knownOfBob(), { accepted: 2, refused: 1, ofPerson: 2 });
    await override(refused, 'refuse');
    await override(refused, 'allow');
    await gatehouse.restart();
    assert.deepEqual(await knownOfBob(), { accepted: 3, refused: 1, ofPerson: 3 });
  });

  it('for the same content come before lockdowns, and before rules that allow', async () => {
    const [fruit, greeting] = [says('a pineapple'), says('welcome all')];
    assert.deepEqual([await statusOf(fruit), await statusOf(greeting)], [200, 200]);
    await override(greeting, 'refuse', 'everyone');
    await override(fruit, 'allow', 'sender');
    const lockdown = { scope: `room/${room.roomId}`, for: '1h' };
    assert.equal((await gatehouse.owner('POST', 'lockdowns', lockdown)).status, 201);
    assert.equal(await statusOf(says('hello')), 400, 'it is locked down');
    assert.equal(await statusOf(says('a pineapple')), 200);
    assert.equal(await statusOf(says('welcome all')), 400);
    assert.equal(await statusOf(says('welcome everybody')), 200, 'allowed by a rule that comes before the lockdown');
    const leave = room.make({
      ...{ type: 'm.room.member', sender: bob, stateKey: bob, content: { membership: 'leave' } },
    });
    assert.equal(await statusOf(leave), 200, 'leaving is never refused');
    assert.equal((await gatehouse.owner('POST', 'lockdowns/end', { scope: lockdown.scope })).status, 200);
    assert.equal(await statusOf(says('hello again')), 200);
    assert.equal(await statusOf(says('welcome all')), 400, 'the precedent holds on');
  });
});
