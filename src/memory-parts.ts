/** The policy's memory of the past, between storage, the rooms' events and the rules. */
import type { Config } from './config/schema.ts';
import { PolicyMemory } from './policy/memory/policy-memory.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import { StreamReader } from './rooms/graph/stream-reader.ts';
import type { Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import type { Logger } from './telemetry/logger.ts';

export interface Memory extends AsyncDisposable {
  readonly policyMemory: PolicyMemory;
  /** Follows what is stored of rooms. */
  readonly reader: StreamReader;
}

export interface MemoryParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly storage: Storage;
  readonly settings: Pick<SettingsDirectory, 'policyOf'>;
}

/** Begins to read what is stored; questions that come before wait for it. */
export function startMemory(config: Config, { clock, log, storage, settings }: MemoryParts): Memory {
  const onFailure = (error: unknown): void => {
    log.error({ err: error }, 'the memory of the past is behind');
  };
  const policyMemory: PolicyMemory = new PolicyMemory({
    ...{ serverName: config.server_name, log: storage.verdicts, people: storage.people },
    ...{ clock, onFailure },
    roomsRead: () => reader.settled(),
    communityOf: (roomId) => settings.policyOf(roomId).community,
  });
  const reader = new StreamReader({
    name: 'people',
    graph: storage.graph,
    // The position is stored together with what was read: it must not run ahead.
    readers: { position: () => policyMemory.streamPosition(), setPosition: async () => undefined },
    handle: (events) => policyMemory.takeEvents(events),
    onFailure,
  });
  reader.wake();
  void policyMemory.start();
  return {
    policyMemory,
    reader,
    [Symbol.asyncDispose]: async () => {
      await reader.stop();
      await policyMemory.stop();
    },
  };
}
