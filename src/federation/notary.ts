/** Being a notary: other servers' key documents, each signed by us too (server-server API, "Querying Keys Through Another Server"). */
import type { SigningKey } from '../protocol/ed25519.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';
import { signJson } from '../protocol/signing.ts';
import type { Clock } from '../telemetry/clock.ts';
import { FederationError } from './federation-error.ts';
import type { KeyDocument, KeyDocuments } from './key-documents.ts';
import type { KeyRing } from './key-ring.ts';
import { Slots } from './slots.ts';

export interface NotaryQuery {
  /** Empty for all keys. */
  readonly keyIds: readonly KeyId[];
  /** Milliseconds; now, where it is left out. */
  readonly minimumValidUntilTs: number | undefined;
}

/** The documents of those servers that have one; servers of which nothing can be had are left out. */
export type AskNotary = (queries: ReadonlyMap<ServerName, NotaryQuery>) => Promise<readonly JsonObject[]>;

export interface NotaryDeps {
  readonly serverName: ServerName;
  readonly serverKey: () => SigningKey;
  readonly ownDocument: () => JsonObject;
  readonly documents: KeyDocuments;
  readonly keyRing: Pick<KeyRing, 'keysForAll'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Anyone may ask, without a signature: few fetches at once, and few that wait. */
const MAX_FETCHES = 8;
const MAX_WAITING = 200;
const FETCH_TIMEOUT_MS = 10_000;

export function createNotary(deps: NotaryDeps): AskNotary {
  const slots = new Slots(MAX_FETCHES, MAX_WAITING);
  const documentOf = async (serverName: ServerName, query: NotaryQuery): Promise<JsonObject | undefined> => {
    if (serverName === deps.serverName) return deps.ownDocument();
    const minimumValidUntilTs = query.minimumValidUntilTs ?? deps.clock.now();
    let known = await deps.documents.find(serverName);
    if (!isEnough(known, query.keyIds, minimumValidUntilTs)) {
      // Whatever keys are known already: it is the document that is wanted.
      const queries = new Map([[serverName, [{ keyIds: [], minimumValidUntilTs }]]]);
      await slots
        .run(async () => await deps.keyRing.keysForAll(queries, { timeoutMs: FETCH_TIMEOUT_MS }))
        .catch(ignoreBusy);
      known = await deps.documents.find(serverName);
    }
    // An old document is better than none: events of servers that are gone must stay verifiable.
    return known === undefined ? undefined : signJson(known.document, deps.serverName, deps.serverKey());
  };
  return async (queries) => {
    const documents = await Promise.all([...queries].map(async ([name, query]) => await documentOf(name, query)));
    return documents.filter((document) => document !== undefined);
  };
}

function isEnough(known: KeyDocument | undefined, keyIds: readonly KeyId[], minimumValidUntilTs: number): boolean {
  if (known === undefined || known.keys.validUntilTs < minimumValidUntilTs) return false;
  return keyIds.every((keyId) => known.keys.keys.has(keyId));
}

function ignoreBusy(error: unknown): void {
  if (!(error instanceof FederationError)) throw error;
}
