/** `PUT /_matrix/federation/v1/send/{txnId}` (server-server API, "Transactions"; data/api/server-server/transactions.yaml). */
import { isJsonArray, own, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import type { TransactionResult } from '../../rooms/outcomes.ts';
import { pathParam, requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import type { ReceiveTransaction } from './once-per-transaction.ts';

export interface TransactionDeps {
  readonly receiveTransaction: ReceiveTransaction;
}

const MAX_PDUS = 50;
const MAX_EDUS = 100;

export const sendTransaction: SignedEndpoint<TransactionDeps> = {
  method: 'PUT',
  path: '/_matrix/federation/v1/send/{txnId}',
  auth: 'x-matrix',
  // 50 events of 64 KiB and 100 ephemeral ones, which have no limit of their own.
  bodyLimit: 8 * 1024 * 1024,
  handler: async (request, deps) => {
    const body = requiredBody(request);
    const claimed = own(body, 'origin');
    if (claimed !== undefined && claimed !== request.origin) {
      throw matrixError('M_INVALID_PARAM', 400, 'The transaction is not from the server that signed the request.');
    }
    const result = await deps.receiveTransaction({
      origin: request.origin,
      transactionId: pathParam(request, 'txnId'),
      pdus: atMost(MAX_PDUS, body, 'pdus'),
      edus: atMost(MAX_EDUS, body, 'edus'),
    });
    return textAnswer(resultText(result));
  },
};

function atMost(count: number, body: JsonObject, key: 'pdus' | 'edus'): readonly JsonValue[] {
  const items = own(body, key) ?? [];
  if (!isJsonArray(items)) throw matrixError('M_BAD_JSON', 400, `${key} is no array.`);
  // @NOTE the text forbids more without saying what to answer; Synapse answers 400 too.
  if (items.length > count) throw matrixError('M_BAD_JSON', 400, `There are more than ${String(count)} ${key}.`);
  return items;
}

function resultText(result: TransactionResult): string {
  const entries: string[] = [];
  for (const [eventId, outcome] of result) {
    const error = outcome.error === undefined ? '{}' : JSON.stringify({ error: outcome.error });
    entries.push(`${JSON.stringify(eventId)}:${error}`);
  }
  return `{"pdus":{${entries.join(',')}}}`;
}
