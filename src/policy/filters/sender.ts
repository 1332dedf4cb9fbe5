import * as z from 'zod';
import { senderServer } from '../facts.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, compileServerGlobs, globList } from './glob-list.ts';

const settings = z
  .strictObject({
    users: globList.default([]).describe('Globs on whole user ids, such as `@bot-*:example.org`; case counts.'),
    servers: globList
      .default([])
      .describe(
        'Globs on server names, such as `example.org` or `*.example.org` (which is not `example.org` itself). A port does not count unless the glob has one.',
      ),
  })
  .refine(({ users, servers }) => users.length + servers.length > 0, { error: 'expected users or servers' });

export const sender = defineFilter({
  name: 'sender',
  summary: 'Events of listed users or of users of listed servers.',
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { servers: ['*.bad.example'] },
    matches: { sender: '@mallory:matrix.bad.example', content: { msgtype: 'm.text', body: 'hello' } },
    ignores: { sender: '@alice:home.test', content: { msgtype: 'm.text', body: 'bad.example' } },
  },
  compile: ({ users, servers }) => {
    const findUser = compileGlobList(users, { ignoreCase: false });
    const findServer = compileServerGlobs(servers);
    return ({ pdu }) => {
      const user = findUser(pdu.sender);
      if (user !== undefined) return matchOf({ path: 'sender', matched: pdu.sender, note: `user "${user}"` });
      const server = findServer(senderServer(pdu));
      if (server === undefined) return NO_MATCH;
      return matchOf({ path: 'sender', matched: pdu.sender, note: `server "${server}"` });
    };
  },
});
