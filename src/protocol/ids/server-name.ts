/**
 * Server names (appendices, "Server Name"):
 *
 *     server_name = hostname [ ":" port ]      port = 1*5DIGIT
 *     hostname    = IPv4address / "[" IPv6address "]" / dns-name
 *     dns-name    = 1*255( DIGIT / ALPHA / "-" / "." )
 */
import { isIPv4, isIPv6 } from './ip-literal.ts';

declare const serverNameBrand: unique symbol;
/** Case-sensitive, at most 255 characters of host plus port. */
export type ServerName = string & { readonly [serverNameBrand]: true };

/** `name` has no brackets; `dns` is whatever is no IP address. */
export type Host = { kind: 'ipv4' | 'ipv6' | 'dns'; name: string };

const SHAPE = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,255}))(?::([0-9]{1,5}))?$/;

/** `undefined` where the text is outside the grammar; ports above 65535 are. */
export function parseServerName(text: string): ServerName | undefined {
  if (!recentNames.has(text)) {
    if (splitServerName(text) === undefined) return undefined;
    if (recentNames.size >= REMEMBERED_NAMES) recentNames.clear();
    recentNames.add(text);
  }
  return text as ServerName;
}

/** Names found to be well-formed: the same few stand in most ids. */
const recentNames = new Set<string>();
const REMEMBERED_NAMES = 2048;

/** Host (without brackets) and port of a server name; `undefined` where the text is none. */
export function splitServerName(text: string): { host: Host; port: number | undefined } | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, ipv6, name, digits] = match;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && port > 65535) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: { kind: 'ipv6', name: ipv6 }, port } : undefined;
  if (name === undefined) return undefined;
  return { host: { kind: isIPv4(name) ? 'ipv4' : 'dns', name }, port };
}
