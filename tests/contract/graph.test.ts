import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalText } from '../../src/protocol/canonical-json.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import { parseRoomId } from '../../src/protocol/ids/room-id.ts';
import type { EventRecord, EventStatus, GraphChange, GraphStore } from '../../src/rooms/graph/ports.ts';
import { EMPTY_STATE, StateTrees } from '../../src/rooms/graph/state-trees.ts';
import { engines } from './support/engines.ts';
import { contentText, eventText } from './support/odd-json.ts';
import {
  graphEvent,
  roomId,
  sampleEventId,
  sampleJoin,
  sampleMessage,
  sampleRoom,
  server,
  stateEvent,
} from './support/samples.ts';

const otherRoom = parseRoomId('!other:example.org')!;

function change(events: GraphChange['events'], more: Partial<GraphChange> = {}): GraphChange {
  return { roomId, stateNodes: [], events, ...more };
}

function messages(from: number, to: number, status: EventStatus = 'accepted'): GraphChange['events'] {
  return Array.from({ length: to - from }, (_, i) => graphEvent(sampleMessage(from + i), status));
}

function idsOf(events: readonly { eventId: EventId }[]): readonly EventId[] {
  return events.map(({ eventId }) => eventId);
}

async function one(graph: GraphStore, eventId: EventId, room = roomId): Promise<EventRecord | undefined> {
  return (await graph.events(room, [eventId])).get(eventId);
}

for (const engine of engines) {
  describe(`the event graph in ${engine.name}`, () => {
    it('has nothing of a room that it was told nothing of', async (test) => {
      const { graph } = await engine.open(test);
      assert.equal((await graph.events(roomId, [sampleEventId(1)])).size, 0);
      assert.equal(await graph.heads(roomId), undefined);
      assert.equal((await graph.stateNodes([EMPTY_STATE])).size, 0);
      assert.deepEqual(await graph.stream(0, 10), []);
      assert.equal(await graph.eventNear(roomId, 0, 'f'), undefined);
      assert.deepEqual(await graph.overview(roomId, 10), { counts: {}, unaccepted: [] });
      assert.deepEqual(await graph.roomsOf(sampleEventId(1), 10), []);
    });

    it('gives events of every status back as they were', async (test) => {
      const { graph } = await engine.open(test);
      const { id } = sampleJoin(1, 1);
      const given = [
        graphEvent(sampleMessage(1)),
        graphEvent(sampleMessage(2), 'accepted', { stateBefore: id, stateAfter: EMPTY_STATE }),
        graphEvent(sampleMessage(3), 'softFailed', { reason: 'check 6: "banned"\u0000 👢' }),
        graphEvent(sampleMessage(4), 'rejected', { reason: 'check 4, rule 5' }),
        graphEvent(sampleMessage(5), 'outlier', { isRejected: true }),
        graphEvent(sampleMessage(6), 'backfilled'),
        graphEvent(stateEvent('m.room.name', '', '"name":"a"')),
      ];
      await graph.append(change(given));
      const expected = given.map((event, i) => ({ ...event, roomId, position: i + 1 }));
      const found = await graph.events(roomId, [...idsOf(given), sampleEventId('unknown')]);
      assert.deepEqual([...found.values()], expected);
      assert.deepEqual(await graph.stream(0, 100), expected);
    });

    it('keeps events byte for byte, whatever JSON they hold', async (test) => {
      const { graph } = await engine.open(test);
      let n = 0;
      const check = async (text: string, version: string): Promise<void> => {
        const pdu = stateEvent('odd', 'json', `"n":${++n}${text === '' ? '' : ','}${text}`, version);
        await graph.append(change([graphEvent(pdu)]));
        const raw = (await one(graph, pdu.eventId))?.raw;
        assert.ok(raw !== undefined);
        assert.equal(canonicalText(raw), canonicalText(pdu.raw));
        assert.equal(eventText(raw), eventText(pdu.raw));
      };
      await check('"a":1e+20,"b":-0,"c":123456789012345678901234567890,"d":0.10', '5');
      await check('"__proto__":{"__proto__":1},"constructor":2,"10":1,"2":1', '11');
      await fc.assert(
        fc.asyncProperty(contentText, async (text) => await check(text, '5')),
        { numRuns: 150 },
      );
    });

    it('reads what events of old room versions say of themselves', async (test) => {
      const { graph } = await engine.open(test);
      const pdu = stateEvent('m.room.topic', '\u0000 odd', '"topic":"a"', '1');
      const raw = { ...pdu.raw, prev_events: [[sampleEventId(1), { sha256: 'a' }]] };
      const event = graphEvent(pdu, 'accepted', { raw, prevEvents: [sampleEventId(1)] });
      await graph.append(change([event]));
      assert.deepEqual(await one(graph, event.eventId), { ...event, roomId, position: 1 });
    });

    it('tells rooms apart that have an event id in common', async (test) => {
      const { graph } = await engine.open(test);
      const event = graphEvent(sampleMessage(1));
      const elsewhere = { ...event, raw: sampleMessage(1, otherRoom).raw };
      await graph.append(change([event]));
      await graph.append(
        change([elsewhere], { roomId: otherRoom, redactions: new Map([[event.eventId, event.eventId]]) }),
      );
      assert.deepEqual(await one(graph, event.eventId), { ...event, roomId, position: 1 });
      assert.equal((await one(graph, event.eventId, otherRoom))?.redactedBy, event.eventId);
      assert.deepEqual(await graph.roomsOf(event.eventId, 10), [roomId, otherRoom]);
      assert.deepEqual(await graph.roomsOf(event.eventId, 1), [roomId]);
    });

    it('streams events in order, from where a reader stopped', async (test) => {
      const { graph } = await engine.open(test);
      await Promise.all([
        graph.append(change(messages(0, 450))),
        graph.append({ roomId: otherRoom, stateNodes: [], events: [graphEvent(sampleMessage(0, otherRoom))] }),
      ]);
      await graph.append(change(messages(450, 460)));
      const all = await graph.stream(0, 1000);
      assert.equal(all.length, 461);
      assert.ok(all.every(({ position }, i) => i === 0 || position > (all[i - 1]?.position ?? 0)));
      const inRoom = all.filter((event) => event.roomId === roomId);
      assert.deepEqual(idsOf(inRoom), idsOf(messages(0, 460)));
      for (const limit of [1, 7, 200, 201, 460]) {
        const read: EventRecord[] = [];
        for (;;) {
          const next = await graph.stream(read.at(-1)?.position ?? 0, limit);
          assert.ok(next.length <= limit);
          if (next.length === 0) break;
          read.push(...next);
          if (limit === 1 && read.length === 20) break;
        }
        assert.deepEqual(idsOf(read), idsOf(all.slice(0, read.length)));
        assert.ok(limit === 1 || read.length === all.length);
      }
      assert.deepEqual(await graph.stream(all.at(-1)?.position ?? 0, 10), []);
      assert.deepEqual(await graph.stream(0, 0), []);
    });

    it('streams events of some statuses alone, past any number of others', async (test) => {
      const { graph } = await engine.open(test);
      assert.equal(await graph.latestPosition(), 0);
      const some = [
        ...messages(0, 2, 'rejected'),
        ...messages(2, 5_100, 'outlier'),
        ...messages(5_100, 5_103, 'rejected'),
      ];
      await graph.append(change([...some, ...messages(5_103, 5_104)]));
      const rejected = await graph.stream(0, 100, ['rejected', 'softFailed']);
      assert.deepEqual(idsOf(rejected), idsOf([...messages(0, 2), ...messages(5_100, 5_103)]));
      const [, second] = rejected;
      assert.deepEqual(await graph.stream(second?.position ?? 0, 2, ['rejected']), rejected.slice(2, 4));
      assert.deepEqual(await graph.stream(0, 10, ['backfilled']), []);
      const [last] = await graph.stream(0, 10, ['accepted']);
      assert.equal(await graph.latestPosition(), last?.position);
    });

    it('moves an outlier that is received later to the end of the stream', async (test) => {
      const { graph } = await engine.open(test);
      await graph.append(change([...messages(1, 2, 'outlier'), ...messages(2, 3, 'backfilled'), ...messages(3, 4)]));
      const [outlier, backfilled] = await graph.stream(0, 2);
      await graph.append(change([...messages(1, 2), ...messages(4, 5)]));
      await graph.append(change(messages(2, 3, 'softFailed')));
      const stream = await graph.stream(0, 10);
      assert.deepEqual(idsOf(stream), idsOf([3, 1, 4, 2].map((n) => sampleMessage(n))));
      assert.deepEqual(
        stream.map(({ status }) => status),
        ['accepted', 'accepted', 'accepted', 'softFailed'],
      );
      assert.ok((stream[1]?.position ?? 0) > 3 && outlier?.position === 1 && backfilled?.position === 2);
      assert.deepEqual((await graph.overview(roomId, 0)).counts, { accepted: 3, softFailed: 1 });
    });

    it('stores a change wholly or not at all', async (test) => {
      const { graph, rooms, outbox } = await engine.open(test);
      const heads = { extremities: [sampleMessage(1).eventId], currentState: EMPTY_STATE };
      await graph.append(change(messages(1, 2), { heads, record: sampleRoom() }));
      const join = sampleJoin(3, 2);
      const bad: GraphChange = {
        ...join,
        events: [...join.events, ...messages(1, 2)],
        redactions: new Map([[sampleMessage(1).eventId, sampleMessage(2).eventId]]),
        outgoing: idsOf(join.events),
        destinations: [server],
      };
      await assert.rejects(graph.append(bad), /is stored already, as accepted/);
      await assert.rejects(
        graph.append({ ...join, outgoing: [sampleEventId('unknown')], destinations: [server] }),
        /is to be sent and is not known/,
      );
      assert.deepEqual(idsOf(await graph.stream(0, 100)), idsOf(messages(1, 2)));
      assert.equal((await one(graph, sampleMessage(1).eventId))?.redactedBy, undefined);
      assert.deepEqual(await graph.heads(roomId), heads);
      assert.deepEqual(await rooms.rooms(), [sampleRoom()]);
      assert.equal((await graph.stateNodes([join.id])).size, 0);
      assert.equal(await outbox.waiting(server), 0);
      await graph.append(join);
      assert.deepEqual(await graph.heads(roomId), join.heads);
      assert.deepEqual((await graph.overview(roomId, 0)).counts, { accepted: 2, outlier: 3 });
    });

    it('replaces heads and record where they are given', async (test) => {
      const { graph, rooms } = await engine.open(test);
      const join = sampleJoin(20, 1);
      await graph.append(join);
      await graph.append(change(messages(1, 2)));
      assert.deepEqual(await graph.heads(roomId), join.heads);
      assert.deepEqual(await rooms.rooms(), [join.record]);
      const heads = { extremities: [sampleEventId(2), sampleEventId(1)], currentState: EMPTY_STATE };
      await graph.append(change([], { heads, record: sampleRoom({ membership: 'left' }) }));
      assert.deepEqual(await graph.heads(roomId), heads);
      assert.deepEqual(await rooms.rooms(), [sampleRoom({ membership: 'left' })]);
      await rooms.putRoom(sampleRoom({ since: 5 }));
      assert.deepEqual(await rooms.rooms(), [sampleRoom({ since: 5 })]);
    });

    it('stores a large join with its state', async (test) => {
      const { graph } = await engine.open(test);
      const join = sampleJoin(1_000, 1);
      await graph.append(join);
      await graph.append({ ...sampleJoin(1_000, 1), events: join.events.slice(0, -1) });
      const found = await graph.events(roomId, idsOf(join.events));
      assert.deepEqual([...found.keys()], idsOf(join.events));
      const trees = new StateTrees(graph);
      assert.equal((await trees.entries(join.id)).length, 1_000);
      assert.equal((await graph.stateNodes(join.stateNodes.map(({ id }) => id))).size, join.stateNodes.length);
      assert.deepEqual((await graph.overview(roomId, 0)).counts, { accepted: 1, outlier: 1_000 });
    });

    it('knows redactions before their targets, and by which event the last was', async (test) => {
      const { graph } = await engine.open(test);
      const [a, b] = [sampleMessage(1).eventId, sampleMessage(2).eventId];
      await graph.append(change(messages(1, 2), { redactions: new Map([[b, sampleEventId('first')]]) }));
      await graph.append(change(messages(2, 3), { redactions: new Map([[a, sampleEventId('second')]]) }));
      assert.equal((await one(graph, b))?.redactedBy, sampleEventId('first'));
      assert.equal((await graph.stream(0, 1))[0]?.redactedBy, sampleEventId('second'));
      await graph.append(change([], { redactions: new Map([[a, sampleEventId('third')]]) }));
      assert.equal((await one(graph, a))?.redactedBy, sampleEventId('third'));
    });

    it('knows what was told of events before they come, room by room', async (test) => {
      const { graph } = await engine.open(test);
      const [a, b, c, unknown] = [1, 2, 3, 4].map((n) => sampleEventId(`ahead ${String(n)}`)) as [
        EventId,
        EventId,
        EventId,
        EventId,
      ];
      const [r, s] = [sampleEventId('r'), sampleEventId('s')];
      const first = { target: a, redaction: r, of: undefined };
      const second = { target: a, redaction: s, of: server };
      assert.equal((await graph.ahead(roomId, [a])).size, 0);
      await graph.append(change([], { redactionsAhead: [first, second], citedAhead: [b] }));
      await graph.append(change([], { redactionsAhead: [{ ...second, redaction: r }], citedAhead: new Set([b, c]) }));
      const ahead = await graph.ahead(roomId, [a, b, c, unknown]);
      assert.deepEqual([...ahead.keys()], [a, b, c]);
      const redactions = ahead.get(a)?.redactions ?? [];
      assert.deepEqual(new Set(redactions), new Set([first, second]));
      assert.deepEqual(
        [a, b, c].map((eventId) => ahead.get(eventId)?.isCited),
        [false, true, true],
      );
      assert.equal((await graph.ahead(otherRoom, [a, b])).size, 0);
    });

    it('replaces an event that is undecided, and then keeps it', async (test) => {
      const { graph } = await engine.open(test);
      const states = { stateBefore: EMPTY_STATE, stateAfter: EMPTY_STATE };
      const undecided = graphEvent(sampleMessage(1), 'softFailed', { reason: 'check 7', isUndecided: true, ...states });
      await graph.append(change([undecided]));
      assert.equal((await one(graph, undecided.eventId))?.isUndecided, true);
      const accepted = graphEvent(sampleMessage(1), 'accepted', states);
      await graph.append(change([accepted]));
      assert.deepEqual(await one(graph, accepted.eventId), { ...accepted, roomId, position: 2 });
      assert.deepEqual((await graph.overview(roomId, 0)).counts, { accepted: 1 });
      await assert.rejects(graph.append(change([undecided])), /is stored already, as accepted/);
    });

    it('finds the event nearest to a time', async (test) => {
      const { graph } = await engine.open(test);
      const at = (n: number, ts: number, status: EventStatus): GraphChange['events'][number] => {
        const event = graphEvent(sampleMessage(n), status, { originServerTs: ts });
        return { ...event, raw: { ...event.raw, origin_server_ts: ts } };
      };
      await graph.append(
        change([
          at(1, 100, 'accepted'),
          at(2, 100, 'accepted'),
          at(3, 300, 'backfilled'),
          at(4, 200, 'outlier'),
          at(5, 210, 'softFailed'),
          at(6, 190, 'rejected'),
        ]),
      );
      await graph.append({ ...change([at(7, 200, 'accepted')]), roomId: otherRoom });
      const near = async (time: number, direction: 'f' | 'b'): Promise<EventId | undefined> =>
        (await graph.eventNear(roomId, time, direction))?.eventId;
      assert.equal(await near(0, 'f'), sampleMessage(1).eventId);
      assert.equal(await near(100, 'f'), sampleMessage(1).eventId);
      assert.equal(await near(101, 'f'), sampleMessage(3).eventId);
      assert.equal(await near(301, 'f'), undefined);
      assert.equal(await near(299, 'b'), sampleMessage(2).eventId);
      assert.equal(await near(300, 'b'), sampleMessage(3).eventId);
      assert.equal(await near(99, 'b'), undefined);
    });

    it('gives an overview of what was not accepted', async (test) => {
      const { graph } = await engine.open(test);
      await graph.append(change([...messages(1, 4, 'rejected'), ...messages(4, 6), ...messages(6, 8, 'softFailed')]));
      await graph.append(change(messages(8, 20, 'outlier')));
      const { counts, unaccepted } = await graph.overview(roomId, 3);
      assert.deepEqual(counts, { rejected: 3, accepted: 2, softFailed: 2, outlier: 12 });
      assert.deepEqual(idsOf(unaccepted), idsOf([7, 6, 3].map((n) => sampleMessage(n))));
    });

    it('keeps state nodes as they first came', async (test) => {
      const { graph } = await engine.open(test);
      const { stateNodes } = sampleJoin(40, 1);
      await graph.append(change([], { stateNodes }));
      await graph.append(change([], { stateNodes: stateNodes.map(({ id }) => ({ id, text: 'another' })).slice(1) }));
      const found = await graph.stateNodes([...stateNodes.map(({ id }) => id), EMPTY_STATE]);
      assert.deepEqual(
        [...found],
        stateNodes.map(({ id, text }) => [id, text]),
      );
    });
  });
}
