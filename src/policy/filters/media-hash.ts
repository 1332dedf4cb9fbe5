import * as z from 'zod';
import { defineFilter, matchWhere, NO_MATCH, PENDING } from './filter.ts';
import { anyName, endpointMistakes, endpointName, nameGlobs } from './remote-endpoint.ts';

const settings = z.strictObject({
  endpoint: endpointName.describe(
    'Where files are looked up: a name in `remote_checks` of the configuration; one of kind `media_hash`.',
  ),
  banks: nameGlobs
    .default(['*'])
    .describe('Globs on the names of banks that count, in any case; `sha256` is the own list of the endpoint.'),
});

export const mediaHash = defineFilter({
  name: 'media_hash',
  summary:
    'Events with a file, or a thumbnail, that a bank of hashes knows. Files are fetched from their server; where that or the look-up fails, so does the check.',
  settings,
  needs: ['remote_services'],
  readsContent: true,
  onFailure: 'busy',
  example: {
    settings: { endpoint: 'hashes', banks: ['known_abuse'] },
    matches: {
      content: { msgtype: 'm.image', body: 'a.png', url: 'mxc://example.org/a' },
      answers: { remote: { labels: [{ label: 'known_abuse', score: 1, path: 'content.url' }], note: null } },
    },
    ignores: {
      content: { msgtype: 'm.image', body: 'b.png', url: 'mxc://example.org/b' },
      answers: { remote: { labels: [], note: null } },
    },
  },
  mistakes: ({ endpoint }, context) => endpointMistakes(endpoint, ['media_hash'], context),
  compile: ({ endpoint, banks }) => {
    const counts = anyName(banks);
    const question = { key: JSON.stringify([endpoint, {}]), endpoint, options: {} };
    return (event, facts) => {
      if (event.media.length === 0) return NO_MATCH;
      const asked = facts.ask('remote', question);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const { labels, incomplete } = asked.value;
      const found = labels.filter(({ label }) => counts(label));
      if (found.length === 0 && incomplete !== undefined) return { matched: 'failed', detail: incomplete };
      return matchWhere(
        found.map(({ label, path }) => ({ path: path ?? 'content', note: `in bank "${label}" of ${endpoint}` })),
      );
    };
  },
});
