/** `GET /_gatehouse/admin/v1/tokens`: all tokens, without their texts. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { tokenAnswer, tokenForm, type TokenDeps } from './token-answers.ts';

export const listTokens = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/tokens',
  summary: 'All tokens, those that are valid no more included.',
  answer: z.object({ tokens: z.array(tokenAnswer) }),
  handler: (_request, { tokens }: TokenDeps) => ({
    body: { tokens: tokens.all().map((token) => tokenForm(token, tokens)) },
  }),
});
