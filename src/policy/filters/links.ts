import * as z from 'zod';
import type { EventReading } from '../reading/event-reading.ts';
import { pretendedHost } from '../reading/link-deception.ts';
import type { Link } from '../reading/links.ts';
import { linksAnywhere } from '../reading/links-anywhere.ts';
import { matrixAddress } from '../reading/matrix-links.ts';
import type { Evidence } from '../verdict.ts';
import { compileDomainList } from './domain-list.ts';
import { defineFilter, excerpt, matchOf, matchWhere, NO_MATCH } from './filter.ts';
import { compileGlobList } from './glob-list.ts';

const TRAITS = ['deceptive', 'punycode', 'ip_address', 'unencrypted', 'port', 'credentials', 'image'] as const;
type Trait = (typeof TRAITS)[number];

const MAX_WILD = 1_000;
const domains = z
  .array(z.string().min(1).max(255))
  .max(20_000)
  .refine((list) => list.filter((entry) => /[*?]/.test(entry)).length <= MAX_WILD, {
    error: 'expected at most 1,000 entries with wildcards',
  });
const urls = z.array(z.string().min(1).max(1_000)).max(1_000);
const schemes = z.array(
  z.string().regex(/^[a-zA-Z][a-zA-Z0-9+.-]{0,31}$/, { error: 'expected a scheme such as "https"' }),
);

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Most different links of those that count; with 0, one is enough to match.'),
  domains: domains
    .optional()
    .describe(
      'Only links to these domains count: `example.com` stands for itself and all below it, `*.example.*` for hosts that it covers. Punycode and plain letters are the same.',
    ),
  except_domains: domains
    .default([])
    .describe(
      'Links to these domains do not count. A name below which anybody can register (`github.io`) stands for itself alone.',
    ),
  denied_urls: urls
    .default([])
    .describe(
      'Globs over whole addresses (`*` any characters, `?` one, in any case). With this or `allowed_urls`, only links count that are denied or not allowed; denied wins.',
    ),
  allowed_urls: urls
    .default([])
    .describe('Globs over whole addresses. When there are any, links that none of them covers count.'),
  schemes: schemes
    .max(100)
    .optional()
    .describe('Only links with these schemes count, such as `http`, `magnet` or `mailto`.'),
  except_schemes: schemes.max(100).default([]).describe('Links with these schemes do not count.'),
  only: z
    .array(z.enum(TRAITS))
    .min(1)
    .optional()
    .describe(
      'Only links count that have one of these traits: `deceptive` (shows another domain than it opens), `punycode` (letters beyond ASCII in the host), `ip_address`, `unencrypted` (http, ftp), `port`, `credentials` (something before an `@`), `image` (a picture from the web in HTML).',
    ),
  mail: z.boolean().default(false).describe('Whether mail addresses count.'),
  matrix: z
    .boolean()
    .default(false)
    .describe('Whether links to users and rooms of Matrix (matrix.to, `matrix:`) count; mentions are such links.'),
  everywhere: z
    .boolean()
    .default(false)
    .describe(
      'Whether addresses with a scheme count in every text of the content, also where people do not read them.',
    ),
});

type Settings = z.infer<typeof settings>;
/** Why a link counts, in words; `undefined`: it does not. */
type Judge = (link: Link) => string | undefined;

/** Deleting must always work, so redactions are not judged by their reason. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.redaction']);
const MAX_EVIDENCE = 10;
/** Of lists with thousands of entries, each link costs a look at each. */
const MAX_JUDGED = 500;

export const links = defineFilter({
  name: 'links',
  summary:
    'Events with links: all, more than a number, or those to listed domains, addresses or schemes, or with traits such as showing another domain than they open. Each different link counts once; a link must fit every setting. More than 500 different links match whatever they are.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { except_domains: ['example.org'] },
    matches: { content: { msgtype: 'm.text', body: 'Look: casino.example.com/win' } },
    ignores: { content: { msgtype: 'm.text', body: 'Look: https://docs.example.org/start' } },
  },
  compile: (given) => {
    const judge = compileJudge(given);
    return (event) => {
      if (NOT_JUDGED.has(event.pdu.type)) return NO_MATCH;
      const found = distinct(linksOf(event, given.everywhere));
      if (found.length > MAX_JUDGED) return matchOf({ path: 'content', note: TOO_MANY });
      const counted = new Map<string, Evidence>();
      for (const link of found) {
        const reason = counted.has(link.target.key) ? undefined : judge(link);
        if (reason !== undefined) counted.set(link.target.key, explain(link, reason));
      }
      if (counted.size <= given.more_than) return NO_MATCH;
      const evidence = [...counted.values()].slice(0, MAX_EVIDENCE);
      if (given.more_than === 0) return matchWhere(evidence);
      const note = `${String(counted.size)} different links, at most ${String(given.more_than)} are allowed`;
      return matchWhere([{ path: 'content', note }, ...evidence]);
    };
  },
});

const TOO_MANY = `more than ${String(MAX_JUDGED)} different links: too many to look at each`;

/** Without those that are written, and shown, like one before. */
function distinct(found: readonly Link[]): readonly Link[] {
  const seen = new Map<string, Link>();
  for (const link of found) {
    const key = `${link.form} ${link.target.written}\0${link.shown ?? ''}`;
    if (!seen.has(key)) seen.set(key, link);
  }
  return [...seen.values()];
}

function linksOf(event: EventReading, everywhere: boolean): readonly Link[] {
  return everywhere ? [...event.links.links, ...linksAnywhere(event.pdu)] : event.links.links;
}

function explain({ path, span, target }: Link, note: string): Evidence {
  return { path, ...(span === undefined ? {} : { span }), matched: excerpt(target.written), note };
}

function compileJudge(given: Settings): Judge {
  const tests = [domainTest(given), urlTest(given), schemeTest(given), traitTest(given)].filter(
    (test) => test !== undefined,
  );
  const namesLinks = given.domains !== undefined || (given.denied_urls.length > 0 && given.allowed_urls.length === 0);
  return (link) => {
    if (!given.mail && link.target.scheme === 'mailto' && given.schemes?.includes('mailto') !== true) return undefined;
    if (!given.matrix && matrixAddress(link.target) !== undefined) return undefined;
    // What is hardly a link counts where it is named alone.
    if (link.isDoubtful && !namesLinks) return undefined;
    const reasons = tests.map((test) => test(link));
    if (reasons.includes(undefined)) return undefined;
    const { unicodeHost, scheme } = link.target;
    const target = unicodeHost === undefined ? `a ${excerpt(scheme)} address` : excerpt(unicodeHost);
    return [`link to ${target}`, ...reasons.filter((reason) => reason !== '')].join(', ');
  };
}

/** Tests say nothing (`''`) where a link fits for no reason worth telling. */
function domainTest({ domains: wanted, except_domains: except }: Settings): Judge | undefined {
  if (wanted === undefined && except.length === 0) return undefined;
  const listed = wanted && compileDomainList(wanted, { trusting: false });
  const excepted = compileDomainList(except, { trusting: true });
  return ({ target: { host } }) => {
    if (host !== undefined && excepted(host) !== undefined) return undefined;
    if (listed === undefined) return '';
    const entry = host === undefined ? undefined : listed(host);
    return entry === undefined ? undefined : `listed as "${entry}"`;
  };
}

function urlTest({ denied_urls: deniedUrls, allowed_urls: allowedUrls }: Settings): Judge | undefined {
  if (deniedUrls.length === 0 && allowedUrls.length === 0) return undefined;
  const denied = compileGlobList(deniedUrls, { ignoreCase: true });
  const allowed = compileGlobList(allowedUrls, { ignoreCase: true });
  return ({ target: { written, href } }) => {
    const glob = denied(written) ?? denied(href);
    if (glob !== undefined) return `denied by "${glob}"`;
    if (allowedUrls.length === 0) return undefined;
    // Only the address as browsers read it: what is written may show a user name where a host seems to stand.
    return (allowed(href) ?? allowed(href.replace(/\/$/, ''))) === undefined
      ? 'not among the allowed addresses'
      : undefined;
  };
}

function schemeTest({ schemes: wanted, except_schemes: except }: Settings): Judge | undefined {
  if (wanted === undefined && except.length === 0) return undefined;
  const listed = wanted && new Set(wanted.map((scheme) => scheme.toLowerCase()));
  const excepted = new Set(except.map((scheme) => scheme.toLowerCase()));
  return ({ target: { scheme } }) =>
    excepted.has(scheme) || listed?.has(scheme) === false ? undefined : listed === undefined ? '' : `scheme ${scheme}`;
}

const TRAIT_TESTS: Readonly<Record<Trait, Judge>> = {
  deceptive: (link) => {
    const host = pretendedHost(link);
    return host === undefined ? undefined : `shows "${excerpt(host)}"`;
  },
  punycode: ({ target: { host = '', unicodeHost = '' } }) =>
    host.includes('xn--') ? `"${excerpt(unicodeHost)}" is ${excerpt(host)}` : undefined,
  ip_address: ({ target }) => (target.isIp ? 'an IP address' : undefined),
  unencrypted: ({ form, target }) =>
    form !== 'bare' && /^(?:http|ftp|hxxp)$/.test(target.scheme) ? 'not encrypted' : undefined,
  port: ({ target }) => {
    const port = URL.parse(target.href)?.port ?? '';
    return port === '' ? undefined : `port ${port}`;
  },
  credentials: ({ target }) => (target.userinfo === undefined ? undefined : 'with something before an @'),
  image: ({ form }) => (form === 'image' ? 'a picture from the web' : undefined),
};

function traitTest({ only }: Settings): Judge | undefined {
  return only === undefined
    ? undefined
    : (link) => {
        for (const trait of only) {
          const reason = TRAIT_TESTS[trait](link);
          if (reason !== undefined) return reason;
        }
        return undefined;
      };
}
