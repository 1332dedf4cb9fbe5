/**
 * Event ids (appendices, "Event IDs"): `$opaque:server_name` in room versions 1 and 2, `$` and the reference hash in
 * unpadded base64 in version 3, in URL-safe base64 from version 4 on. At most 255 bytes.
 */
import { fitsId, splitSigilId } from './sigil-id.ts';
import type { ServerName } from './server-name.ts';

declare const eventIdBrand: unique symbol;
/** Begins with `$`, at most 255 bytes; nothing else is certain. */
export type EventId = string & { readonly [eventIdBrand]: true };

/**
 * Any event id that may stand in a reference. Only the sigil and the length are certain: old events cite ids of every
 * shape, and an id is looked up, never taken apart.
 */
export function parseEventId(text: string): EventId | undefined {
  return text.startsWith('$') && fitsId(text) ? (text as EventId) : undefined;
}

/** The id that an event of room version 1 or 2 carries, with the server that made it. */
export function parseOpaqueEventId(text: string): { eventId: EventId; serverName: ServerName } | undefined {
  const parts = splitSigilId(text, '$');
  return parts === undefined ? undefined : { eventId: text as EventId, serverName: parts.serverName };
}

/** An event id from the base64 text of a reference hash. */
export function eventIdOfHash(base64: string): EventId {
  return `$${base64}` as EventId;
}
