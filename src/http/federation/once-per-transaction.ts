/**
 * One result per origin and transaction id: servers send a transaction again until they see its result (server-server
 * API, "Transactions"). Who sends it again while it is worked on waits for the same result; finished ones are remembered
 * as long as there is room. A transaction that failed on a fault of ours is forgotten, so that it can be sent again.
 */
import { LRUCache } from 'lru-cache';
import type { TransactionInput, TransactionResult } from '../../rooms/outcomes.ts';

export type ReceiveTransaction = (input: TransactionInput) => Promise<TransactionResult>;

const MAX_REMEMBERED = 10_000;
/** In events and transactions; a result is little more than the ids of its events. */
const MAX_REMEMBERED_EVENTS = 100_000;

export function oncePerTransaction(receive: ReceiveTransaction): ReceiveTransaction {
  const running = new Map<string, Promise<TransactionResult>>();
  const finished = new LRUCache<string, TransactionResult>({
    max: MAX_REMEMBERED,
    maxSize: MAX_REMEMBERED_EVENTS,
    sizeCalculation: (result) => 1 + result.size,
  });
  return async (input) => {
    // A server name holds no blank.
    const key = `${input.origin} ${input.transactionId}`;
    const known = finished.get(key) ?? running.get(key);
    if (known !== undefined) return await known;
    const result = receive(input);
    running.set(key, result);
    try {
      finished.set(key, await result);
      return await result;
    } finally {
      running.delete(key);
    }
  };
}
