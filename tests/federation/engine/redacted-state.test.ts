/** State that moderators redact: it stays in its place and says nothing any more, now and after a restart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pdu } from '../../../src/protocol/events.ts';
import { EventWorld } from '../../support/event-world.ts';
import { testKey } from '../../support/federation-fakes.ts';
import { GRAPH_SERVER, GraphUnderTest, OTHER_SERVER } from '../../support/graph-under-test.ts';
import { RoomBuilder } from '../../support/room-builder.ts';

const OWNER = { serverName: OTHER_SERVER, key: testKey('ed25519:owner', 9) };

for (const version of ['2', '10', '12'] as const) {
  describe(`version ${version}: redacted state`, () => {
    async function redacting(target: (room: RoomBuilder) => Pdu | undefined) {
      const room = new RoomBuilder(version, OWNER, { joinRule: 'public' });
      const targetId = target(room)?.eventId ?? '';
      const inContent = room.rules.redactsIn === 'content';
      room.add({
        type: 'm.room.redaction',
        sender: room.creator,
        content: inContent ? { redacts: targetId } : {},
        change: (event) => (inContent ? event : { ...event, redacts: targetId }),
      });
      const [create] = room.timeline;
      assert.ok(create !== undefined);
      const setup = { world: new EventWorld() };
      const graph = await GraphUnderTest.open(create, room.rules, setup);
      for (const pdu of room.timeline.slice(1)) {
        const [result] = await graph.receive([pdu]);
        assert.equal(result?.outcome, 'accepted', result?.reason);
      }
      return { graph, again: await GraphUnderTest.open(create, room.rules, { ...setup, storage: graph.storage }) };
    }

    it('names no policy server, and shows no topic', async () => {
      const policy = await redacting((room) => room.protect(GRAPH_SERVER, Buffer.alloc(32, 7).toString('base64')));
      const topic = await redacting((room) => room.addState('m.room.topic', { topic: 'abuse' }));
      for (const { graph } of [policy.graph, policy.again]) {
        assert.ok(graph.room.stateEvent('m.room.policy', '') !== undefined);
        assert.equal(graph.room.view().namesUs, false);
      }
      for (const { graph } of [topic.graph, topic.again]) {
        assert.deepEqual(graph.room.contentOf('m.room.topic'), {});
      }
    });

    it('the create event is not redacted: nobody could join without the version that it names', async () => {
      const { graph, again } = await redacting((room) => room.stateEvent('m.room.create'));
      for (const { graph: each } of [graph, again]) {
        assert.equal(each.room.contentOf('m.room.create')?.['room_version'], version);
        const known = await each.events.get(each.room.createEvent?.eventId ?? each.extremities[0] ?? assert.fail());
        assert.equal(known?.record.redactedBy, undefined);
      }
    });
  });
}
