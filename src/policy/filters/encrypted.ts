import * as z from 'zod';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

export const encrypted = defineFilter({
  name: 'encrypted',
  summary: 'Encrypted events, of which checks that read texts or media can say nothing.',
  settings: z.strictObject({}),
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgA' } },
    ignores: { content: { msgtype: 'm.text', body: 'hello' } },
  },
  compile: () => (event) =>
    event.isEncrypted ? matchOf({ path: 'type', matched: event.pdu.type, note: 'encrypted' }) : NO_MATCH,
});
