/**
 * Room ids (appendices, "Room IDs"): `!opaque:server_name` up to room version 11; from version 12 on `!` and the
 * reference hash of the create event.
 */
import { fitsId, splitSigilId } from './sigil-id.ts';
import type { EventId } from './event-id.ts';
import type { ServerName } from './server-name.ts';

declare const roomIdBrand: unique symbol;
/** At most 255 bytes; its domain, where there is one, tells only where the room was made. */
export type RoomId = string & { readonly [roomIdBrand]: true };

/** How rooms of a version are named: see the head of this file. */
export type RoomIdFormat = 'with-domain' | 'create-event-hash';

const HASH = /^![A-Za-z0-9_-]{43}$/;

/** Either form; which one a room must have is its version's affair. */
export function parseRoomId(text: string): RoomId | undefined {
  return HASH.test(text) || splitSigilId(text, '!') !== undefined ? (text as RoomId) : undefined;
}

/**
 * The room id of an event of the given format.
 * @NOTE rooms whose id has no domain are seen in versions before 12 in tests only; Synapse refuses them, so does this.
 */
export function parseRoomIdAs(text: string, format: RoomIdFormat): RoomId | undefined {
  if (format === 'create-event-hash') {
    return text.length > 1 && text.startsWith('!') && fitsId(text) ? (text as RoomId) : undefined;
  }
  return splitSigilId(text, '!') === undefined ? undefined : (text as RoomId);
}

/** Version 12: the create event's id with the sigil of a room (room version 12, "Room IDs as hashes"). */
export function roomIdOfCreateEvent(eventId: EventId): RoomId {
  return `!${eventId.slice(1)}` as RoomId;
}

/** The inverse of `roomIdOfCreateEvent`: means something in version 12 and later only. */
export function createEventIdOf(roomId: RoomId): EventId {
  return `$${roomId.slice(1)}` as EventId;
}

/** The server in a room id with a domain (until version 11): who made the room, not who is in it. */
export function serverNameOfRoom(roomId: RoomId): ServerName | undefined {
  return splitSigilId(roomId, '!')?.serverName;
}
