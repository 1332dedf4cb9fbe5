/** What a link opens: its address as a browser understands it. */
import { domainToUnicode } from 'node:url';
import { parse as parseDomain } from 'tldts';

export interface LinkTarget {
  /** As it is written, entities decoded. */
  readonly written: string;
  /** As a browser writes it; bare domains get `https://`. */
  readonly href: string;
  /** The same for addresses that differ in http or https alone. */
  readonly key: string;
  /** Lower case, without the colon. */
  readonly scheme: string;
  /** Lower case, in ASCII (`xn--…`), without port and closing dot; of mail addresses too. */
  readonly host: string | undefined;
  /** The same with the letters that people see. */
  readonly unicodeHost: string | undefined;
  /** What somebody can register under a public suffix: `example.co.uk` of `www.example.co.uk`. */
  readonly registrable: string | undefined;
  readonly isIp: boolean;
  /** What stands before an `@` in front of the host. */
  readonly userinfo: string | undefined;
}

/** What browsers leave out: control characters at the beginning, tabs and line ends everywhere. */
const LEADING = /^[\p{Cc}\s]+/u;
const LEFT_OUT = /[\t\n\r]+/g;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
/** Spelled so that it is no link; people are told to repair it. */
const DEFUSED = /^hxxp/i;
const PSL = { allowPrivateDomains: true } as const;
const SUFFIX_ALONE = { ...PSL, extractHostname: false, validateHostname: false, detectIp: false } as const;

/** `undefined` where it opens nothing outside of the text: a relative address, a fragment, broken syntax. */
export function readTarget(written: string): LinkTarget | undefined {
  const address = written.replace(LEADING, '').replace(LEFT_OUT, '');
  const start = /^\/\/[^/]/.test(address) ? `https:${address}` : address;
  const scheme = SCHEME.exec(start)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  if (scheme === 'mailto') return mailTarget(written, start.slice(start.indexOf(':') + 1));
  const url = URL.parse(start);
  if (url === null) return undefined;
  const web = DEFUSED.test(scheme) ? scheme.toLowerCase().replace('xx', 'tt') : scheme;
  // Other schemes than those of the web have opaque hosts, whose case and digits browsers leave alone.
  const host = url.host === '' ? undefined : hostOf(`https://${url.host}`);
  const { href } = web === scheme ? url : (URL.parse(start.replace(SCHEME, `${web}:`)) ?? url);
  return {
    written,
    href,
    key: href.replace(/^https?:\/\//, ''),
    scheme,
    ...host,
    ...partsOf(host),
    userinfo: userOf(url),
  };
}

/** `undefined` where the text is no host name under a known public suffix and no IP address. */
export function readBareTarget(written: string): LinkTarget | undefined {
  const target = readTarget(`https://${written}`);
  if (target?.host === undefined) return undefined;
  const { isIcann, isPrivate, domain } = parseDomain(target.host, PSL);
  if (!target.isIp && (domain === null || (isIcann !== true && isPrivate !== true))) return undefined;
  return { ...target, written };
}

/** Whether an ASCII name ends in a known public suffix; asks for no more than that. */
export function endsInPublicSuffix(name: string): boolean {
  const { isIcann, isPrivate } = parseDomain(name.toLowerCase(), SUFFIX_ALONE);
  return isIcann === true || isPrivate === true;
}

/** Whether anybody can register names below it: `com`, `co.uk`, `github.io`. */
export function isPublicSuffix(host: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parseDomain(host, PSL);
  return publicSuffix === host && (isIcann === true || isPrivate === true);
}

/** A host name in lower case and ASCII, as browsers read it. */
export function asciiHost(text: string): string | undefined {
  return hostOf(`https://${text}`)?.host;
}

function hostOf(address: string): { host: string } | undefined {
  const name = URL.parse(address)?.hostname.replace(/\.$/, '');
  return name === undefined || name === '' ? undefined : { host: name };
}

function partsOf(
  found: { host: string } | undefined,
): Pick<LinkTarget, 'host' | 'unicodeHost' | 'registrable' | 'isIp'> {
  if (found === undefined) return { host: undefined, unicodeHost: undefined, registrable: undefined, isIp: false };
  const { host } = found;
  const unicodeHost = host.includes('xn--') ? domainToUnicode(host) || host : host;
  const { isIp, domain } = parseDomain(host, PSL);
  return { host, unicodeHost, registrable: domain ?? undefined, isIp: isIp === true || host.startsWith('[') };
}

function userOf(url: URL): string | undefined {
  return url.username === '' && url.password === '' ? undefined : url.username;
}

function mailTarget(written: string, address: string): LinkTarget {
  const [to = ''] = address.split(/[?,]/, 1);
  const found = hostOf(`https://${to.slice(to.lastIndexOf('@') + 1)}`);
  const href = `mailto:${to.toLowerCase()}`;
  return { written, href, key: href, scheme: 'mailto', ...partsOf(found), userinfo: undefined };
}
