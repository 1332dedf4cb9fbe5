/** Forgets in time what people have said. */
import type { Config } from './config/schema.ts';
import { Retention } from './policy/retention/retention.ts';
import type { Parts } from './server-parts.ts';

export function startRetention(
  config: Config,
  { clock, log, storage }: Pick<Parts, 'clock' | 'log' | 'storage'>,
): Retention {
  const retention = new Retention({
    ...{ content: storage.content, keepMs: config.retention.events, clock },
    onFailure: (error) => {
      log.error({ err: error }, 'the content of old events could not be removed yet');
    },
  });
  retention.start();
  return retention;
}
