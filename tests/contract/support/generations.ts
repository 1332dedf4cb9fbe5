import { parseRoomId } from '../../../src/protocol/ids/room-id.ts';
import type { GraphChange } from '../../../src/rooms/graph/ports.ts';
import { graphEvent, sampleJoin, sampleMessage, server } from './samples.ts';

/** A join of several chunks, every event of which says which generation it is of. */
export function generation(n: number): ReturnType<typeof sampleJoin> {
  return sampleJoin(450 + (n % 7), n);
}

/** One event of one of ten rooms, to be sent to one server. */
export function eventOfRoom(n: number): GraphChange {
  const room = parseRoomId(`!room${n % 10}:example.org`);
  if (room === undefined) throw new Error('this is a room id');
  const event = graphEvent(sampleMessage(n, room));
  return { roomId: room, events: [event], stateNodes: [], outgoing: [event.eventId], destinations: [server] };
}
