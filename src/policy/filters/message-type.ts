import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { ownObject, ownString } from '../../protocol/json.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const settings = z.strictObject({
  types: globList.min(1).describe('Globs on `msgtype`, such as `m.notice` or `org.example.*`; case counts.'),
  except: globList.default([]).describe('Globs on `msgtype` that do not match all the same.'),
});

export const messageType = defineFilter({
  name: 'message_type',
  summary:
    'Messages by their `msgtype`, and edits by that of their new content. For what people see as pictures and files, `media` knows more.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { types: ['m.notice'] },
    matches: { content: { msgtype: 'm.notice', body: 'hello' } },
    ignores: { content: { msgtype: 'm.text', body: 'm.notice' } },
  },
  compile: ({ types, except }) => {
    const find = compileGlobList(types, { ignoreCase: false });
    const findException = compileGlobList(except, { ignoreCase: false });
    return ({ pdu }) => {
      for (const { type, path } of messageTypes(pdu)) {
        const glob = findException(type) === undefined ? find(type) : undefined;
        if (glob !== undefined) return matchOf({ path, matched: excerpt(type), note: `type of message "${glob}"` });
      }
      return NO_MATCH;
    };
  },
});

function messageTypes({ type, content }: Pdu): readonly { readonly type: string; readonly path: string }[] {
  if (type !== 'm.room.message') return [];
  const found = [
    { type: ownString(content, 'msgtype'), path: 'content.msgtype' },
    { type: ownString(ownObject(content, 'm.new_content') ?? {}, 'msgtype'), path: 'content.m\\.new_content.msgtype' },
  ];
  return found.flatMap(({ type: msgtype, path }) => (msgtype === undefined ? [] : [{ type: msgtype, path }]));
}
