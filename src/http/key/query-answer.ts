/** What both ways to ask a notary answer. */
import type { AskNotary } from '../../federation/notary.ts';
import { canonicalText } from '../../protocol/canonical-json.ts';
import { textAnswer, type Answer } from '../endpoint.ts';

export interface NotaryDeps {
  readonly askNotary: AskNotary;
}

export async function notaryAnswer({ askNotary }: NotaryDeps, queries: Parameters<AskNotary>[0]): Promise<Answer> {
  const documents = await askNotary(queries);
  return textAnswer(`{"server_keys":[${documents.map((document) => canonicalText(document)).join(',')}]}`);
}
