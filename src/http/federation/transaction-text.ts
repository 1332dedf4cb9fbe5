/** Events in the form of a transaction, as `/event` and `/backfill` answer them. */
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { arrayText } from './resident-answer.ts';

export interface TransactionOrigin {
  readonly serverName: ServerName;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function transactionText({ serverName, now }: TransactionOrigin, pdus: readonly string[]): string {
  return `{"origin":${JSON.stringify(serverName)},"origin_server_ts":${String(now())},"pdus":${arrayText(pdus)}}`;
}
