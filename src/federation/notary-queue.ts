import type { ServerKeys } from '../protocol/key-documents.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { KeyFetchers, KeyNeed } from './key-fetchers.ts';
import type { KeysById } from './known-keys.ts';

export interface NotaryQueueDeps {
  readonly fetchers: Pick<KeyFetchers, 'fromNotary'>;
  readonly keyServers: readonly ServerName[];
  readonly notaryKeys: (notary: ServerName) => Promise<KeysById>;
}

interface Waiting {
  readonly need: KeyNeed;
  readonly settle: PromiseWithResolvers<readonly ServerKeys[]>;
}

const MAX_BATCH = 100;
const TIMEOUT_MS = 15_000;

/** Questions to notaries: while one is on its way, those that come up meanwhile gather into the next. */
export class NotaryQueue {
  readonly #deps: NotaryQueueDeps;
  readonly #waiting = new Map<ServerName, Waiting>();
  #busy = false;

  constructor(deps: NotaryQueueDeps) {
    this.#deps = deps;
  }

  /** What the first notary that knows the server says; a server is asked about once at a time, by contract of the caller. */
  async ask(serverName: ServerName, need: KeyNeed): Promise<readonly ServerKeys[]> {
    const settle = Promise.withResolvers<readonly ServerKeys[]>();
    this.#waiting.set(serverName, { need, settle });
    if (!this.#busy) void this.#drain();
    return await settle.promise;
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.size > 0) {
      const batch = new Map([...this.#waiting].slice(0, MAX_BATCH));
      for (const serverName of batch.keys()) this.#waiting.delete(serverName);
      try {
        const answers = await this.#askAll(new Map([...batch].map(([serverName, { need }]) => [serverName, need])));
        for (const [serverName, { settle }] of batch) settle.resolve(answers.get(serverName) ?? []);
      } catch (error) {
        for (const { settle } of batch.values()) settle.reject(error);
      }
    }
    this.#busy = false;
  }

  /** Each notary is asked about what those before it could not tell. */
  async #askAll(needs: ReadonlyMap<ServerName, KeyNeed>): Promise<ReadonlyMap<ServerName, readonly ServerKeys[]>> {
    const { fetchers, keyServers, notaryKeys } = this.#deps;
    const answers = new Map<ServerName, readonly ServerKeys[]>();
    for (const notary of keyServers) {
      const open = new Map([...needs].filter(([serverName]) => serverName !== notary && !isAnswered(serverName)));
      if (open.size === 0) continue;
      const keys = await fetchers.fromNotary(notary, await notaryKeys(notary), open, { timeoutMs: TIMEOUT_MS });
      for (const found of keys) answers.set(found.serverName, [...(answers.get(found.serverName) ?? []), found]);
    }
    return answers;

    function isAnswered(serverName: ServerName): boolean {
      const wanted = needs.get(serverName)?.keyIds ?? [];
      return (answers.get(serverName) ?? []).some(({ keys }) => wanted.some((keyId) => keys.has(keyId)));
    }
  }
}
