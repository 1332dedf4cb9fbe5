/** What was done and could not be entered in the log of actions: told to the operator instead. */
import type { NewAction } from './policy/ports.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface Operator {
  readonly log: Pick<Logger, 'error'>;
  readonly metrics: Pick<Metrics, 'actionNotLogged'>;
}

export function tellOfUnlogged({ log, metrics }: Operator): (error: unknown, entry: NewAction) => void {
  return (error, entry) => {
    log.error({ err: error, entry }, 'what was done could not be entered in the log of actions');
    metrics.actionNotLogged(entry.action);
  };
}
