/** Room aliases (appendices, "Room Aliases"): `#localpart:server_name`, at most 255 bytes. */
import { splitSigilId } from './sigil-id.ts';
import type { ServerName } from './server-name.ts';

declare const roomAliasBrand: unique symbol;
/** Case-sensitive, at most 255 bytes. */
export type RoomAlias = string & { readonly [roomAliasBrand]: true };

/** `undefined` where the text is no room alias. */
export function parseRoomAlias(text: string): RoomAlias | undefined {
  return splitSigilId(text, '#') === undefined ? undefined : (text as RoomAlias);
}

/** The server that can resolve the alias. */
export function serverNameOfAlias(alias: RoomAlias): ServerName {
  return alias.slice(alias.indexOf(':') + 1) as ServerName;
}
