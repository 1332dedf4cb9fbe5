import type { Clock } from '../telemetry/clock.ts';
import { FederationError } from './federation-error.ts';

export interface Deadline extends Disposable {
  /** Aborted with a FederationError of type `timeout`, or with the reason of the outer signal. */
  readonly signal: AbortSignal;
}

/** Begins to count down; dispose of it once the work is done. */
export function startDeadline(clock: Clock, timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const stop = new AbortController();
  const onOuterAbort = () => controller.abort(outer?.reason);
  if (outer?.aborted === true) onOuterAbort();
  else outer?.addEventListener('abort', onOuterAbort, { once: true });
  clock.sleep(timeoutMs, stop.signal).then(
    () => controller.abort(new FederationError('timeout', `no answer within ${timeoutMs} ms`)),
    () => undefined,
  );
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      outer?.removeEventListener('abort', onOuterAbort);
      stop.abort();
    },
  };
}

/** The promise's outcome, or a rejection with the signal's reason as soon as that is aborted; the work itself goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
