/**
 * User ids (appendices, "User Identifiers"): `@localpart:server_name`, at most 255 bytes.
 * Events may carry historical ones, whose localpart is any text without `:` and NUL, the empty one included.
 */
import { splitSigilId } from './sigil-id.ts';
import type { ServerName } from './server-name.ts';

declare const userIdBrand: unique symbol;
/** Historical or not; at most 255 bytes. */
export type UserId = string & { readonly [userIdBrand]: true };

const LOCALPART = /^[a-z0-9._=\-/+]+$/;

/** Accepts historical ids too, as servers must. */
export function parseUserId(text: string): UserId | undefined {
  return splitSigilId(text, '@') === undefined ? undefined : (text as UserId);
}

/** A new user id of ours; `undefined` where the localpart is outside the grammar for new ids or the id is too long. */
export function makeUserId(localpart: string, serverName: ServerName): UserId | undefined {
  return LOCALPART.test(localpart) ? parseUserId(`@${localpart}:${serverName}`) : undefined;
}

/** The server of a user id: everything after the first colon. */
export function serverNameOf(userId: UserId): ServerName {
  return userId.slice(userId.indexOf(':') + 1) as ServerName;
}

/** What stands between `@` and the first colon; may be empty or hold any characters in historical ids. */
export function localpartOf(userId: UserId): string {
  return userId.slice(1, userId.indexOf(':'));
}
