import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoomId, type RoomId } from '../../src/protocol/ids/room-id.ts';
import { parseServerName } from '../../src/protocol/ids/server-name.ts';
import type { GraphChange, OutboxStore } from '../../src/rooms/graph/ports.ts';
import { engines } from './support/engines.ts';
import { graphEvent, roomId, sampleMessage, server } from './support/samples.ts';

const otherRoom = parseRoomId('!other:example.org')!;
const otherServer = parseServerName('matrix.example.net:8448')!;

function sending(from: number, to: number, room: RoomId = roomId, destinations = [server]): GraphChange {
  const events = Array.from({ length: to - from }, (_, i) => graphEvent(sampleMessage(from + i, room)));
  return { roomId: room, events, stateNodes: [], outgoing: events.map(({ eventId }) => eventId), destinations };
}

async function waitingIn(outbox: OutboxStore, destination = server): Promise<readonly string[]> {
  return (await outbox.next(destination, 10_000)).map(({ event }) => `${event.roomId} ${event.stateKey ?? ''}`);
}

function named(numbers: readonly number[], room: RoomId = roomId): readonly string[] {
  return numbers.map((n) => `${room} ${n}`);
}

for (const engine of engines) {
  describe(`the outbox in ${engine.name}`, () => {
    it('has nothing for a server that nothing was sent to', async (test) => {
      const { outbox } = await engine.open(test);
      assert.deepEqual(await outbox.destinations(), []);
      assert.deepEqual(await outbox.next(server, 10), []);
      assert.equal(await outbox.waiting(server), 0);
      assert.equal(await outbox.thinOut(server), 0);
      await outbox.done(server, 10);
    });

    it('gives events in the order in which they were stored, to each destination', async (test) => {
      const { graph, outbox } = await engine.open(test);
      await graph.append(sending(1, 4, roomId, [server, otherServer]));
      await graph.append({ ...sending(1, 2, otherRoom), outgoing: [] });
      await graph.append(sending(2, 4, otherRoom));
      assert.deepEqual(await waitingIn(outbox), [...named([1, 2, 3]), ...named([2, 3], otherRoom)]);
      assert.deepEqual(await waitingIn(outbox, otherServer), named([1, 2, 3]));
      assert.deepEqual(await outbox.destinations(), [server, otherServer]);
      const next = await outbox.next(server, 2);
      assert.equal(next.length, 2);
      const first = sampleMessage(1);
      assert.deepEqual(next[0]?.event, { ...graphEvent(first), roomId, position: 1 });
      assert.equal(await outbox.waiting(server), 5);
    });

    it('lets go what was sent, and only that', async (test) => {
      const { graph, outbox } = await engine.open(test);
      await graph.append(sending(1, 4, roomId, [server, otherServer]));
      const [, second] = await outbox.next(server, 2);
      await outbox.done(server, second?.sequence ?? 0);
      assert.deepEqual(await waitingIn(outbox), named([3]));
      assert.equal(await outbox.waiting(otherServer), 3);
      await outbox.done(server, (await outbox.next(server, 1))[0]?.sequence ?? 0);
      assert.deepEqual(await outbox.destinations(), [otherServer]);
      await graph.append(sending(4, 5));
      const [fourth] = await outbox.next(server, 1);
      assert.ok((fourth?.sequence ?? 0) > (second?.sequence ?? Infinity));
    });

    it('keeps the newest event of each room when it is thinned out', async (test) => {
      const { graph, outbox } = await engine.open(test);
      await graph.append(sending(1, 3_000));
      await graph.append(sending(1, 5, otherRoom, [server, otherServer]));
      await graph.append(sending(3_000, 3_010));
      assert.equal(await outbox.thinOut(server), 3_011);
      assert.deepEqual(await waitingIn(outbox), [...named([4], otherRoom), ...named([3_009])]);
      assert.equal(await outbox.thinOut(server), 0);
      assert.equal(await outbox.waiting(otherServer), 4);
    });

    it('holds on to an event that gets another position', async (test) => {
      const { graph, outbox } = await engine.open(test);
      const { events, ...rest } = sending(1, 2);
      await graph.append({ ...rest, events: events.map((event) => ({ ...event, status: 'outlier' })) });
      await graph.append({ roomId, events, stateNodes: [] });
      const [waiting] = await outbox.next(server, 1);
      assert.deepEqual([waiting?.event.position, waiting?.event.status], [2, 'accepted']);
    });
  });

  describe(`readers in ${engine.name}`, () => {
    it('go on where they stopped', async (test) => {
      const { readers } = await engine.open(test);
      assert.equal(await readers.position('counters'), 0);
      await readers.setPosition('counters', 7);
      await readers.setPosition('feed', 3);
      await readers.setPosition('counters', 9);
      assert.equal(await readers.position('counters'), 9);
      assert.equal(await readers.position('feed'), 3);
    });
  });

  describe(`the directory in ${engine.name}`, () => {
    it('gives an alias to the room that has it first', async (test) => {
      const { directory, rooms } = await engine.open(test);
      assert.equal(await directory.roomOfAlias('#a:example.org'), undefined);
      assert.deepEqual(await directory.aliasesOf(roomId), []);
      assert.deepEqual(
        await Promise.all([
          directory.putAlias('#b:example.org', roomId),
          directory.putAlias('#a:example.org', roomId),
          directory.putAlias('#b:example.org', otherRoom),
          directory.putAlias('#b:example.org', roomId),
        ]),
        [true, true, false, true],
      );
      assert.equal(await directory.roomOfAlias('#b:example.org'), roomId);
      assert.deepEqual(await directory.aliasesOf(roomId), ['#b:example.org', '#a:example.org']);
      assert.deepEqual(await directory.aliasesOf(otherRoom), []);
      assert.deepEqual(await rooms.rooms(), []);
    });

    it('moves the aliases of a room to the one that replaces it', async (test) => {
      const { directory } = await engine.open(test);
      await directory.moveAliases(roomId, otherRoom);
      for (const alias of ['#a:example.org', '#b:example.org']) await directory.putAlias(alias, roomId);
      await directory.putAlias('#c:example.org', otherRoom);
      await directory.moveAliases(roomId, otherRoom);
      assert.deepEqual(await directory.aliasesOf(roomId), []);
      assert.equal((await directory.aliasesOf(otherRoom)).length, 3);
      assert.equal(await directory.roomOfAlias('#a:example.org'), otherRoom);
    });

    it('frees the aliases of a room', async (test) => {
      const { directory } = await engine.open(test);
      await directory.removeAliases(roomId);
      for (const alias of ['#a:example.org', '#b:example.org']) await directory.putAlias(alias, roomId);
      await directory.putAlias('#c:example.org', otherRoom);
      await directory.removeAliases(roomId);
      assert.deepEqual(await directory.aliasesOf(roomId), []);
      assert.deepEqual(await directory.aliasesOf(otherRoom), ['#c:example.org']);
      assert.equal(await directory.putAlias('#a:example.org', otherRoom), true);
    });

    it('lists public rooms', async (test) => {
      const { directory } = await engine.open(test);
      await directory.setPublic(otherRoom, false);
      assert.deepEqual(await directory.publicRooms(), []);
      for (const room of [roomId, otherRoom, roomId]) await directory.setPublic(room, true);
      assert.deepEqual((await directory.publicRooms()).toSorted(), [roomId, otherRoom].sort());
      await directory.setPublic(roomId, false);
      assert.deepEqual(await directory.publicRooms(), [otherRoom]);
    });
  });
}
