import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { own, ownObject, ownString } from '../../protocol/json.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const KINDS = ['reply', 'thread', 'edit', 'reaction', 'reference'] as const;
type RelationKind = (typeof KINDS)[number];

const settings = z
  .strictObject({
    kinds: z
      .array(z.enum(KINDS))
      .max(KINDS.length)
      .default([])
      .describe(
        '`reply` (`m.in_reply_to`), `thread` (`m.thread`), `edit` (`m.replace`), `reaction` (`m.annotation`), `reference` (`m.reference`).',
      ),
    rel_types: globList.default([]).describe('Globs on `rel_type`, for relations of other kinds.'),
  })
  .refine(({ kinds, rel_types: relTypes }) => kinds.length + relTypes.length > 0, {
    error: 'expected kinds or rel_types',
  });

export const relation = defineFilter({
  name: 'relation',
  summary: 'Events that relate to another one: replies, messages in threads, edits, reactions, references and others.',
  settings,
  needs: [],
  // Relations stand outside what is encrypted.
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { kinds: ['edit'] },
    matches: {
      content: {
        msgtype: 'm.text',
        body: '* better',
        'm.new_content': { msgtype: 'm.text', body: 'better' },
        'm.relates_to': { rel_type: 'm.replace', event_id: '$original' },
      },
    },
    ignores: {
      content: { msgtype: 'm.text', body: 'yes', 'm.relates_to': { 'm.in_reply_to': { event_id: '$original' } } },
    },
  },
  compile: ({ kinds, rel_types: relTypes }) => {
    const wanted: ReadonlySet<RelationKind> = new Set(kinds);
    const findType = compileGlobList(relTypes, { ignoreCase: false });
    return ({ pdu }) => {
      const found = relationOf(pdu);
      if (found === undefined) return NO_MATCH;
      const kind = found.kinds.find((one) => wanted.has(one));
      const glob = found.relType === undefined ? undefined : findType(found.relType);
      if (kind === undefined && glob === undefined) return NO_MATCH;
      if (kind === 'reply') return matchOf({ path: `${PATH}.m\\.in_reply_to`, note: 'reply' });
      const note = kind ?? `relation "${glob ?? ''}"`;
      return matchOf({ path: `${PATH}.rel_type`, matched: excerpt(found.relType ?? ''), note });
    };
  },
});

const PATH = 'content.m\\.relates_to';

const BY_REL_TYPE: ReadonlyMap<string, RelationKind> = new Map([
  ['m.thread', 'thread'],
  ['io.element.thread', 'thread'],
  ['m.replace', 'edit'],
  ['m.annotation', 'reaction'],
  ['m.reference', 'reference'],
]);

function relationOf(pdu: Pdu): { relType: string | undefined; kinds: readonly RelationKind[] } | undefined {
  const relates = ownObject(pdu.content, 'm.relates_to');
  if (relates === undefined) return undefined;
  const relType = ownString(relates, 'rel_type');
  const kinds: RelationKind[] = [];
  const kind = BY_REL_TYPE.get(relType ?? '');
  if (kind !== undefined) kinds.push(kind);
  // In threads it is there for clients that know no threads (client-server API, "Fallback for unthreaded clients").
  const isFallback = own(relates, 'is_falling_back') === true && kind === 'thread';
  if (ownObject(relates, 'm.in_reply_to') !== undefined && !isFallback) kinds.push('reply');
  return { relType, kinds };
}
