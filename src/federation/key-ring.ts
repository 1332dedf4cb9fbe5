/** Keys of servers: from memory, the store, the server itself, notaries; each asked no more often than it should be. */
import type { ServerKeys, VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';
import { orAborted, startDeadline } from './deadline.ts';
import { FetchPauses, type KeysFailure } from './fetch-pauses.ts';
import { FederationError } from './federation-error.ts';
import type { KeyFetchers, KeyNeed } from './key-fetchers.ts';
import { KnownKeys, type KeysById } from './known-keys.ts';
import { NotaryQueue } from './notary-queue.ts';
import type { FederationLog, KeyStore } from './ports.ts';
import { Slots } from './slots.ts';

export interface KeyQuery {
  /** Any one of these is enough. */
  readonly keyIds: readonly KeyId[];
  /** Keys whose server vouches for them for less long are asked for again. */
  readonly minimumValidUntilTs?: number;
}

export interface KeysFound {
  /** Every key known of the server, the needed ones or not. */
  readonly keys: KeysById;
  /** Set where a query could not be met. */
  readonly failed?: KeysFailure;
}

export interface KeyRing {
  /** What memory has of a server, without waiting for anything. */
  cached(serverName: ServerName): KeysById | undefined;
  keysFor(
    serverName: ServerName,
    neededKeyIds: readonly KeyId[],
    options: { timeoutMs: number; minimumValidUntilTs?: number },
  ): Promise<KeysFound>;
  /** Keys of many servers at once; of each, every query is to be met. */
  keysForAll(
    queries: ReadonlyMap<ServerName, readonly KeyQuery[]>,
    options: { timeoutMs: number },
  ): Promise<ReadonlyMap<ServerName, KeysFound>>;
}

export interface KeyRingDeps {
  /** Our own keys: answered as they are, and never fetched. */
  readonly ownKeys: () => ServerKeys;
  readonly store: KeyStore;
  readonly fetchers: KeyFetchers;
  /** Notaries, the first to be asked first. */
  readonly keyServers: readonly ServerName[];
  readonly clock: Clock;
  readonly log: FederationLog;
  readonly random?: () => number;
}

const ORIGIN_TIMEOUT_MS = 10_000;
const MAX_FETCHES = 32;
/** Beside those, so that a join to a large room does not keep requests of others waiting. */
const MAX_BULK_FETCHES = 48;
const MAX_FETCHES_WAITING = 10_000;
/** Key ids of one query that are looked at: honest events and requests carry one or two. */
const MAX_NEEDED_IDS = 16;
const MAX_QUERIES = 64;

export function createKeyRing(deps: KeyRingDeps): KeyRing {
  return new LayeredKeyRing(deps);
}

class LayeredKeyRing implements KeyRing {
  readonly #deps: KeyRingDeps;
  readonly #known: KnownKeys;
  readonly #pauses: FetchPauses;
  readonly #notaries: NotaryQueue;
  readonly #slots = new Slots(MAX_FETCHES, MAX_FETCHES_WAITING);
  readonly #bulkSlots = new Slots(MAX_BULK_FETCHES, MAX_FETCHES_WAITING);
  readonly #underWay = new Map<ServerName, Promise<KeysFailure | undefined>>();

  constructor(deps: KeyRingDeps) {
    const { clock, fetchers, keyServers, log, random = Math.random } = deps;
    this.#deps = deps;
    this.#known = new KnownKeys(deps.store, log);
    this.#pauses = new FetchPauses(clock, random);
    const notaryKeys = async (notary: ServerName) => await this.#keysOfNotary(notary);
    this.#notaries = new NotaryQueue({ fetchers, keyServers, notaryKeys });
  }

  cached(serverName: ServerName): KeysById | undefined {
    const own = this.#deps.ownKeys();
    return own.serverName === serverName ? own.keys : this.#known.cached(serverName);
  }

  async keysFor(
    serverName: ServerName,
    neededKeyIds: readonly KeyId[],
    options: { timeoutMs: number; minimumValidUntilTs?: number },
  ): Promise<KeysFound> {
    const { timeoutMs, ...rest } = options;
    using deadline = startDeadline(this.#deps.clock, timeoutMs);
    const query = boundedQuery({ keyIds: neededKeyIds, ...rest });
    return await this.#find(serverName, [query], { slots: this.#slots, signal: deadline.signal });
  }

  async keysForAll(
    queries: ReadonlyMap<ServerName, readonly KeyQuery[]>,
    options: { timeoutMs: number },
  ): Promise<ReadonlyMap<ServerName, KeysFound>> {
    using deadline = startDeadline(this.#deps.clock, options.timeoutMs);
    const found = await Promise.all(
      [...queries].map(async ([serverName, ofServer]) => {
        const bounded = ofServer.slice(0, MAX_QUERIES).map(boundedQuery);
        const keys = await this.#find(serverName, bounded, { slots: this.#bulkSlots, signal: deadline.signal });
        return [serverName, keys] as const;
      }),
    );
    return new Map(found);
  }

  async #find(serverName: ServerName, queries: readonly KeyQuery[], turn: Turn): Promise<KeysFound> {
    const own = this.#deps.ownKeys();
    if (own.serverName === serverName) return foundIn(own.keys, queries, UNKNOWN_OWN);
    const known = await this.#known.load(serverName);
    if (satisfies(known, queries)) return { keys: known };
    const paused = this.#pauses.reason(serverName, unknownIds(known, queries));
    const failure = paused ?? (await this.#fetchOnce(serverName, queries, turn));
    return foundIn(await this.#known.load(serverName), queries, failure ?? NOT_LISTED);
  }

  /** One fetch at a time for each server; it goes on for others when one who waits has no more time. */
  async #fetchOnce(serverName: ServerName, queries: readonly KeyQuery[], turn: Turn): Promise<KeysFailure | undefined> {
    const underWay = this.#underWay.get(serverName);
    const fetch = underWay ?? this.#begin(serverName, queries, turn);
    try {
      return await orAborted(fetch, turn.signal);
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
      // Whoever began it had no more time before it was its turn; we have.
      if (underWay !== undefined && !turn.signal.aborted) return await this.#fetchOnce(serverName, queries, turn);
      return { type: 'unavailable', detail: `keys of ${serverName}: ${error.message}` };
    }
  }

  async #begin(serverName: ServerName, queries: readonly KeyQuery[], turn: Turn): Promise<KeysFailure | undefined> {
    const fetch = turn.slots
      .run(async () => await this.#fetch(serverName, queries), turn.signal)
      .finally(() => {
        this.#underWay.delete(serverName);
      });
    this.#underWay.set(serverName, fetch);
    return await fetch;
  }

  /** Asks the server itself, then the notaries. What comes of it also decides when this may be done again. */
  async #fetch(serverName: ServerName, queries: readonly KeyQuery[]): Promise<KeysFailure | undefined> {
    const { clock, fetchers, keyServers, log } = this.#deps;
    const answer = await fetchers.fromOrigin(serverName, { timeoutMs: ORIGIN_TIMEOUT_MS });
    let known = answer.ok ? await this.#known.add(answer.keys) : await this.#known.load(serverName);
    if (!satisfies(known, queries) && keyServers.length > 0) {
      const need = needOf(queries, clock.now());
      for (const keys of await this.#notaries.ask(serverName, need)) known = await this.#known.add(keys);
    }
    if (answer.ok) {
      this.#pauses.answered(serverName, unknownIds(known, queries));
      return satisfies(known, queries) ? undefined : NOT_LISTED;
    }
    log.debug({ serverName, reason: answer.reason }, 'keys could not be fetched from their server');
    const failure: KeysFailure = { type: 'unavailable', detail: answer.reason.detail };
    this.#pauses.failed(serverName, failure);
    return failure;
  }

  /** From memory, the store or the notary itself, never from another notary. */
  async #keysOfNotary(notary: ServerName): Promise<KeysById> {
    const { clock, fetchers } = this.#deps;
    const known = await this.#known.load(notary);
    const now = clock.now();
    const hasCurrent = [...known.values()].some((key) => !key.expired && key.validUntilTs >= now);
    if (hasCurrent || this.#pauses.reason(notary, []) !== undefined) return known;
    const answer = await fetchers.fromOrigin(notary, { timeoutMs: ORIGIN_TIMEOUT_MS });
    if (answer.ok) {
      this.#pauses.answered(notary, []);
      return await this.#known.add(answer.keys);
    }
    this.#pauses.failed(notary, { type: 'unavailable', detail: answer.reason.detail });
    return known;
  }
}

/** Where a fetch waits for its turn, and until when somebody waits for it. */
interface Turn {
  readonly slots: Slots;
  readonly signal: AbortSignal;
}

const UNKNOWN_OWN: KeysFailure = { type: 'unknown', detail: 'this server has no such key' };
const NOT_LISTED: KeysFailure = { type: 'unknown', detail: 'the server does not publish such a key' };

function boundedQuery(query: KeyQuery): KeyQuery {
  return { ...query, keyIds: query.keyIds.slice(0, MAX_NEEDED_IDS) };
}

function foundIn(keys: KeysById, queries: readonly KeyQuery[], failed: KeysFailure): KeysFound {
  return satisfies(keys, queries) ? { keys } : { keys, failed };
}

function satisfies(keys: KeysById, queries: readonly KeyQuery[]): boolean {
  return queries.every((query) => isMet(keys, query));
}

function isMet(keys: KeysById, { keyIds, minimumValidUntilTs = -Infinity }: KeyQuery): boolean {
  return keyIds.some((keyId) => {
    const key: VerifyKey | undefined = keys.get(keyId);
    return key !== undefined && key.validUntilTs >= minimumValidUntilTs;
  });
}

/** Of what is still needed, the key ids that have never been seen; none where all that is short is validity. */
function unknownIds(keys: KeysById, queries: readonly KeyQuery[]): KeyId[] {
  const open = queries.filter((query) => !isMet(keys, query)).flatMap(({ keyIds }) => keyIds);
  return [...new Set(open)].filter((keyId) => !keys.has(keyId));
}

function needOf(queries: readonly KeyQuery[], now: number): KeyNeed {
  const validities = queries.map(({ minimumValidUntilTs }) => minimumValidUntilTs ?? now);
  return {
    keyIds: [...new Set(queries.flatMap(({ keyIds }) => keyIds))],
    minimumValidUntilTs: Math.max(...validities),
  };
}
