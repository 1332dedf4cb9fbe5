/** `gatehouse start`: runs the server until a signal ends it. */
import type { Command } from 'commander';
import type { RunningServer } from '../../server.ts';
import type { CommandIo } from '../command-io.ts';
import { printError } from '../command-io.ts';
import type { ConfigOption } from '../configured.ts';
import { configurable } from '../options.ts';

/** A signal to the whole process group arrives once from the sender and once more from each parent that passes it on. */
const SAME_SIGNAL_MS = 1_000;
/** What keeps running after this long is cut off, e.g. a connection that nobody closed. */
const AFTER_STOP_MS = 2_000;

export function start(io: CommandIo): Command {
  return configurable('start', 'run the server').action(async (options: ConfigOption) => {
    const { configured } = await import('../configured.ts');
    const { config, source } = configured(io, options);
    if (source.type === 'development') {
      printError(
        io,
        `no configuration file: this is a trial server named ${config.server_name}, data in ${config.data_dir}`,
      );
    }
    const { startServer } = await import('../../server.ts');
    const { describeStartFailure } = await import('../start-failure.ts');
    const stopped = new AbortController();
    let stoppedAt = 0;
    const release = onSignals(['SIGTERM', 'SIGINT'], (signal) => {
      if (!stopped.signal.aborted) {
        stoppedAt = performance.now();
        stopped.abort();
      } else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) {
        // Another one, later, is from somebody who does not want to wait.
        process.exit(signal === 'SIGINT' ? 130 : 143);
      }
    });
    try {
      const server = await startServer(config).catch((error: unknown) => {
        throw describeStartFailure(error);
      });
      await serveUntil(stopped.signal, server, io);
    } finally {
      release();
    }
    setTimeout(() => process.exit(), AFTER_STOP_MS).unref();
  });
}

async function serveUntil(signal: AbortSignal, server: RunningServer, io: CommandIo): Promise<void> {
  const release = onSignals(['SIGHUP'], () => {
    server.reload().catch((error: unknown) => {
      printError(io, `reload failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await server.stop();
  } finally {
    release();
  }
}

function onSignals(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
