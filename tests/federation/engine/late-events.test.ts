/** Events that come late, after what rests on them, or with a past that nobody gives: nobody else waits for them. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import type { EventId } from '../../../src/protocol/ids/event-id.ts';
import { EventWorld } from '../../support/event-world.ts';
import { serverNamed, testKey } from '../../support/federation-fakes.ts';
import { GraphUnderTest, OTHER_SERVER } from '../../support/graph-under-test.ts';
import { RoomBuilder, userAt } from '../../support/room-builder.ts';

const OWNER = { serverName: OTHER_SERVER, key: testKey('ed25519:owner', 9) };
const TWO = serverNamed('two.example');
const bob = userAt('bob', TWO);

for (const version of ['2', '11', '12'] as const) {
  let room: RoomBuilder;
  let world: EventWorld;
  let graph: GraphUnderTest;

  async function begin(): Promise<void> {
    room = new RoomBuilder(version, OWNER, { joinRule: 'public' });
    room.addMember(bob, 'join');
    world = new EventWorld();
    const [create] = room.timeline;
    assert.ok(create !== undefined);
    graph = await GraphUnderTest.open(create, room.rules, { world });
    await graph.receive(room.timeline.slice(1));
  }

  function message(text: string, prevEvents: readonly EventId[], depth = 50): Pdu {
    return room.parse(room.makeMessage(text, { sender: bob, prevEvents, depth }));
  }

  async function take(pdu: Pdu): Promise<void> {
    const [result] = await graph.receive([pdu]);
    assert.equal(result?.outcome, 'accepted', result?.reason);
  }

  describe(`version ${version}: a server that answers nothing`, () => {
    beforeEach(begin);

    it("holds up neither another server's events nor ours, and its own events come to an end", async () => {
      const hanging = Promise.withResolvers<undefined>();
      const begun = Promise.withResolvers<undefined>();
      world.wait = ({ destination }) => {
        if (destination !== TWO) return undefined;
        begun.resolve(undefined);
        return hanging.promise;
      };
      const { latest } = room;
      const never = message('never given', latest);
      const stuck = graph.receive([message('on it', [never.eventId])], TWO);
      await begun.promise;
      const [other] = await graph.receive([room.addMessage('from another server')]);
      assert.equal(other?.outcome, 'accepted', other?.reason);
      const sent = await graph.graph.submit(room.addMessage('handed in'), OTHER_SERVER);
      assert.ok(sent.ok, sent.ok ? '' : sent.reason);
      world.isDown = true;
      hanging.resolve(undefined);
      const [late] = await stuck;
      assert.equal(late?.outcome, 'accepted', late?.reason);
    });

    it('does not hold up what else it sends in the same batch', async () => {
      const hanging = Promise.withResolvers<undefined>();
      const begun = Promise.withResolvers<undefined>();
      world.wait = () => {
        begun.resolve(undefined);
        return hanging.promise;
      };
      const fine = message('all known', room.latest);
      const stuck = graph.receive([message('on it', [message('never given', room.latest).eventId]), fine], TWO);
      await begun.promise;
      assert.equal(await graph.statusOf(fine.eventId), 'accepted');
      world.isDown = true;
      hanging.resolve(undefined);
      assert.deepEqual(
        (await stuck).map((result) => result.outcome),
        ['accepted', 'accepted'],
      );
    });
  });

  describe(`version ${version}: events that come after those that cite them`, () => {
    beforeEach(begin);

    it('become no forward extremities', async () => {
      const parent = message('parent', room.latest);
      const child = message('child', [parent.eventId], 51);
      world.isDown = true;
      await take(child);
      const before = graph.graph.extremities.length;
      await take(parent);
      assert.ok(!graph.graph.extremities.includes(parent.eventId));
      assert.ok(graph.graph.extremities.includes(child.eventId));
      assert.ok(graph.graph.extremities.length <= before);
    });

    it('nor after a restart, and what they cite is none either', async () => {
      const first = room.latest;
      const parent = message('parent', first);
      const child = message('child', [parent.eventId], 51);
      world.isDown = true;
      await take(child);
      const [create] = room.timeline;
      assert.ok(create !== undefined);
      graph = await GraphUnderTest.open(create, room.rules, { world, storage: graph.storage });
      await take(parent);
      assert.deepEqual(graph.graph.extremities, [child.eventId]);
    });

    it('take what they follow with them where they are soft-failed', async () => {
      const [first] = room.latest;
      assert.ok(first !== undefined);
      const carol = userAt('carol', TWO);
      const member = { type: 'm.room.member', stateKey: carol };
      const place = (prevEvents: readonly EventId[], depth: number) => ({ prevEvents, depth });
      const invite = room.parse(room.make({ ...member, ...place([first], 50), content: { membership: 'invite' } }));
      const join = { ...member, sender: carol, content: { membership: 'join' } };
      const joined = room.parse(room.make({ ...join, ...place([invite.eventId], 51) }));
      world.isDown = true;
      await take(joined);
      const [late] = await graph.receive([invite]);
      assert.equal(late?.outcome, 'softFailed', late?.reason);
      assert.deepEqual(graph.graph.extremities, [joined.eventId]);
      const fork = message('beside the join', [first], 51);
      await take(fork);
      const again = room.parse(
        room.make({ ...member, ...place([fork.eventId], 52), content: { membership: 'invite', reason: 'again' } }),
      );
      const [failed] = await graph.receive([again]);
      assert.equal(failed?.outcome, 'softFailed', failed?.reason);
      const tip = message('on what was soft-failed', [again.eventId], 53);
      await take(tip);
      assert.deepEqual(new Set(graph.graph.extremities), new Set([joined.eventId, tip.eventId]));
    });

    it('do when what cites them was refused', async () => {
      const stranger = userAt('stranger', TWO);
      const parent = message('parent', room.latest);
      const draft = { sender: stranger, prevEvents: [parent.eventId], depth: 51 };
      world.isDown = true;
      const [refused] = await graph.receive([room.parse(room.makeMessage('not in the room', draft))]);
      assert.equal(refused?.outcome, 'rejected');
      await take(parent);
      assert.ok(graph.graph.extremities.includes(parent.eventId));
    });

    it('thousands of unknown events cited cost nothing but their ids', async () => {
      world.isDown = true;
      const start = performance.now();
      for (let number = 0; number < 50; number += 1) {
        const unknown = Array.from({ length: 20 }, (_, each) =>
          message(`${String(number)} ${String(each)}`, room.latest),
        );
        await take(
          message(
            'cites',
            unknown.map((pdu) => pdu.eventId),
            60,
          ),
        );
      }
      assert.ok(performance.now() - start < 15_000);
      await take(message('goes on', graph.graph.extremities.slice(0, 5), 100));
    });
  });
}
