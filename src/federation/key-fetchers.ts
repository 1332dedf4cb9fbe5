/** Keys of servers, from themselves and from notaries (server-server API, "Retrieving server keys"). */
import { canonicalJson } from '../protocol/canonical-json.ts';
import { keyCoversRequest, parseServerKeys, type ServerKeys, type VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import { parseServerName, type ServerName } from '../protocol/ids/server-name.ts';
import { isJsonArray, isJsonObject, own, ownString, type JsonObject } from '../protocol/json.ts';
import { signaturesBy, signedTextOf, verifySignaturesBy } from '../protocol/signing.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { FederationClient } from './federation-client.ts';
import { FederationError } from './federation-error.ts';

/** What is asked of a notary about one server. */
export interface KeyNeed {
  readonly keyIds: readonly KeyId[];
  readonly minimumValidUntilTs: number;
}

export type OriginAnswer =
  | { ok: true; keys: ServerKeys }
  /** `unreachable`: no answer. `invalid`: an answer that is no document of that server. */
  | { ok: false; reason: { type: 'unreachable' | 'invalid'; detail: string } };

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Never rejects but for what is a mistake of ours. */
export interface KeyFetchers {
  fromOrigin(serverName: ServerName, limits: FetchLimits): Promise<OriginAnswer>;
  /**
   * Documents that the notary has signed with one of `notaryKeys`; for some servers it may give several, for others
   * none. Empty where it does not answer.
   */
  fromNotary(
    notary: ServerName,
    notaryKeys: ReadonlyMap<KeyId, VerifyKey>,
    needs: ReadonlyMap<ServerName, KeyNeed>,
    limits: FetchLimits,
  ): Promise<readonly ServerKeys[]>;
}

const MAX_DOCUMENT_BYTES = 256 * 1024;
const MAX_NOTARY_ANSWER_BYTES = 8 * 1024 * 1024;

export interface KeyFetchersDeps {
  readonly client: FederationClient;
  readonly clock: Clock;
  /** Told of every document that has been checked. */
  readonly onDocument?: (keys: ServerKeys, document: JsonObject) => Promise<void>;
}

export function createKeyFetchers(deps: KeyFetchersDeps): KeyFetchers {
  const { client, clock, onDocument = async () => undefined } = deps;
  return {
    async fromOrigin(serverName, limits) {
      const uri = '/_matrix/key/v2/server';
      try {
        // How often keys are asked for is decided by the key ring.
        const bounds = { maxResponseBytes: MAX_DOCUMENT_BYTES, ignoreBackOff: true, ...limits };
        const answer = await client.request({ destination: serverName, method: 'GET', uri, ...bounds });
        if (answer.status !== 200) return notFetched('invalid', `${serverName} answers ${answer.status} for its keys`);
        const read = readDocument(answer.body, serverName);
        if (read.ok && answer.body !== undefined) await onDocument(read.keys, answer.body);
        return read;
      } catch (error) {
        if (!isNetworkFailure(error, limits)) throw error;
        return notFetched('unreachable', `${serverName} cannot be reached: ${error.message}`);
      }
    },
    async fromNotary(notary, notaryKeys, needs, limits) {
      const uri = '/_matrix/key/v2/query';
      const maxResponseBytes = MAX_NOTARY_ANSWER_BYTES;
      const body = { server_keys: queryOf(needs) };
      try {
        const answer = await client.request({
          destination: notary,
          method: 'POST',
          uri,
          body,
          maxResponseBytes,
          ...limits,
        });
        const documents = answer.body === undefined ? undefined : own(answer.body, 'server_keys');
        if (answer.status !== 200 || !isJsonArray(documents)) return [];
        const found: ServerKeys[] = [];
        for (const document of documents.filter(isJsonObject)) {
          const keys = readNotarized(document, needs, notary, notaryKeys, clock.now());
          if (keys === undefined) continue;
          found.push(keys);
          await onDocument(keys, document);
        }
        return found;
      } catch (error) {
        if (!isNetworkFailure(error, limits)) throw error;
        return [];
      }
    },
  };
}

function isNetworkFailure(error: unknown, { signal }: FetchLimits): error is Error {
  return error instanceof FederationError || (error instanceof Error && signal?.aborted === true);
}

function queryOf(needs: ReadonlyMap<ServerName, KeyNeed>): JsonObject {
  return Object.fromEntries(
    [...needs].map(([serverName, { keyIds, minimumValidUntilTs }]) => {
      const criteria = { minimum_valid_until_ts: minimumValidUntilTs };
      return [serverName, Object.fromEntries(keyIds.map((keyId) => [keyId, criteria]))];
    }),
  );
}

function readDocument(document: JsonObject | undefined, serverName: ServerName): OriginAnswer {
  if (document === undefined) return notFetched('invalid', `${serverName} answers its keys with no JSON object`);
  // What has no canonical form cannot be signed; checked first because the signed text is made without asking.
  if (!canonicalJson(document, 'as-written').ok) {
    return notFetched('invalid', `${serverName}'s keys are no canonical JSON`);
  }
  const result = parseServerKeys(document, serverName);
  return result.ok ? result : notFetched('invalid', `keys of ${serverName}: ${result.detail}`);
}

/** Only what was asked for counts: signed by the notary with a key good for requests, and by the origin itself. */
function readNotarized(
  document: JsonObject,
  needs: ReadonlyMap<ServerName, KeyNeed>,
  notary: ServerName,
  notaryKeys: ReadonlyMap<KeyId, VerifyKey>,
  now: number,
): ServerKeys | undefined {
  const serverName = parseServerName(ownString(document, 'server_name') ?? '');
  if (serverName === undefined || !needs.has(serverName)) return undefined;
  const result = readDocument(document, serverName);
  if (!result.ok) return undefined;
  const check = verifySignaturesBy(notary, signaturesBy(document, notary), signedTextOf(document), (_, keyId) => {
    const key = notaryKeys.get(keyId);
    return key !== undefined && keyCoversRequest(key, now) ? key.publicKey : undefined;
  });
  return check.ok ? result.keys : undefined;
}

function notFetched(type: 'unreachable' | 'invalid', detail: string): OriginAnswer {
  return { ok: false, reason: { type, detail } };
}
