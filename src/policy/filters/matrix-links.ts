import * as z from 'zod';
import { readMatrixLinks, serverInId, type MatrixLink } from '../reading/matrix-links.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchOf, matchWhere, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const KINDS = ['room_alias', 'room_id', 'user'] as const;

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Most different rooms and users; with 0, one is enough to match.'),
  kinds: z
    .array(z.enum(KINDS))
    .min(1)
    .default(['room_alias', 'room_id'])
    .describe(
      'What counts: addresses of rooms, ids of rooms, users. Links to events count as links to their room, the room itself never counts.',
    ),
  ids: globList.optional().describe('Globs: only these rooms and users count, such as `#*:example.org`.'),
  except_ids: globList.default([]).describe('Globs: rooms and users that do not count.'),
  servers: globList.optional().describe('Globs: only rooms and users of these servers count.'),
  except_servers: globList
    .default([])
    .describe(
      'Globs: rooms and users of these servers do not count. Ids of rooms from version 12 on name no server and count always.',
    ),
  links_only: z
    .boolean()
    .default(false)
    .describe('Whether ids in plain text do not count: many clients make links of them.'),
});

type Settings = z.infer<typeof settings>;

const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.redaction']);
const MAX_EVIDENCE = 10;
/** Of lists with thousands of entries, each link costs a look at each. */
const MAX_JUDGED = 500;
const TOO_MANY = `more than ${String(MAX_JUDGED)} different rooms and users: too many to look at each`;

export const matrixLinks = defineFilter({
  name: 'matrix_links',
  summary:
    'Events with links to Matrix rooms or users: matrix.to, `matrix:`, web clients, and addresses in plain text. Invites to other rooms are of this kind. More than 500 different ones match whatever they are.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { except_servers: ['example.org'] },
    matches: { content: { msgtype: 'm.text', body: 'Join https://matrix.to/#/#casino:example.com now' } },
    ignores: { content: { msgtype: 'm.text', body: 'See #help:example.org, or ask @bob:example.com' } },
  },
  compile: (given) => {
    const counts = compileTest(given);
    return (event) => {
      if (NOT_JUDGED.has(event.pdu.type)) return NO_MATCH;
      const found = distinct(readMatrixLinks(event.links), event.pdu.roomId);
      if (found.length > MAX_JUDGED) return matchOf({ path: 'content', note: TOO_MANY });
      const counted = new Map<string, Evidence>();
      for (const link of found) {
        const key = link.id.toLowerCase();
        if (!counted.has(key) && counts(link)) counted.set(key, explain(link));
      }
      if (counted.size <= given.more_than) return NO_MATCH;
      const evidence = [...counted.values()].slice(0, MAX_EVIDENCE);
      if (given.more_than === 0) return matchWhere(evidence);
      const note = `${String(counted.size)} rooms and users, at most ${String(given.more_than)} are allowed`;
      return matchWhere([{ path: 'content', note }, ...evidence]);
    };
  },
});

/** Without those to the room itself, and each as link and as text once. */
function distinct(found: readonly MatrixLink[], ownRoom: string | undefined): readonly MatrixLink[] {
  const seen = new Map<string, MatrixLink>();
  for (const link of found) {
    const key = `${link.form} ${link.id}`;
    if (link.id !== ownRoom && !seen.has(key)) seen.set(key, link);
  }
  return [...seen.values()];
}

function compileTest(given: Settings): (link: MatrixLink) => boolean {
  const kinds: ReadonlySet<string> = new Set(given.kinds);
  const ids = given.ids && compileGlobList(given.ids, { ignoreCase: true });
  const exceptIds = compileGlobList(given.except_ids, { ignoreCase: true });
  const servers = given.servers && compileGlobList(given.servers, { ignoreCase: true });
  const exceptServers = compileGlobList(given.except_servers, { ignoreCase: true });
  return ({ kind, id, form }) => {
    if (!kinds.has(kind) || (given.links_only && form === 'text')) return false;
    if (exceptIds(id) !== undefined || (ids !== undefined && ids(id) === undefined)) return false;
    const server = serverInId(id);
    if (server !== undefined && exceptServers(server) !== undefined) return false;
    return servers === undefined || (server !== undefined && servers(server) !== undefined);
  };
}

const WORDS = { room_alias: 'room', room_id: 'room', user: 'user' } as const;

function explain({ kind, id, path, span }: MatrixLink): Evidence {
  return { path, ...(span === undefined ? {} : { span }), matched: excerpt(id), note: `link to a ${WORDS[kind]}` };
}
