/** Server access control lists (server-server API, "Server Access Control Lists (ACLs)"; `m.room.server_acl`). */
import { compileGlob } from './glob.ts';
import { splitServerName, type ServerName } from './ids/server-name.ts';
import { isJsonArray, own, type JsonObject } from './json.ts';

/** Whether a server may take part in the room. */
export type ServerAcl = (serverName: ServerName) => boolean;

/** The ACL of a room without `m.room.server_acl`. */
export const ALLOW_ALL: ServerAcl = () => true;

/**
 * Compiles the content of the room's `m.room.server_acl`; the result says whether a server may take part.
 * The order is the text's: IP literals, deny, allow, else deny. Ports are not looked at, case does not count (v1.19).
 */
export function compileServerAcl(content: JsonObject | undefined): ServerAcl {
  if (content === undefined) return ALLOW_ALL;
  const allow = globs(content, 'allow');
  const deny = globs(content, 'deny');
  const allowsIpLiterals = own(content, 'allow_ip_literals') !== false;
  return (serverName) => {
    const host = splitServerName(serverName)?.host;
    if (host === undefined) return false;
    if (host.kind !== 'dns' && !allowsIpLiterals) return false;
    const name = host.kind === 'ipv6' ? `[${host.name}]` : host.name;
    if (deny.some((matches) => matches(name))) return false;
    return allow.some((matches) => matches(name));
  };
}

/** A list that is none counts as empty, entries that are no strings are left out. */
function globs(content: JsonObject, key: string): readonly ((text: string) => boolean)[] {
  const list = own(content, key);
  if (!isJsonArray(list)) return [];
  return list.filter((item) => typeof item === 'string').map((pattern) => compileGlob(pattern, { ignoreCase: true }));
}
