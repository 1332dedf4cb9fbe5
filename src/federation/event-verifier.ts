/** Check 2 on receipt of a PDU: its signatures, with keys fetched as needed (server-server API, "Validating hashes and signatures"). */
import { setImmediate } from 'node:timers/promises';
import type { Pdu } from '../protocol/events.ts';
import { keyCoversEvent, MAX_KEY_VALIDITY_MS } from '../protocol/key-documents.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { requiredSigners, signaturesBy, verifyEventSignatures, type SignatureFailure } from '../protocol/signing.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { KeyQuery, KeyRing, KeysFound } from './key-ring.ts';
import type { KeysById } from './known-keys.ts';

export type EventVerification =
  | { ok: true }
  /** The event is not signed as it must be. */
  | { ok: false; reason: { type: 'signature'; detail: string } }
  /** Not known, because keys could not be had: may succeed later. */
  | { ok: false; reason: { type: 'keysUnavailable'; detail: string } };

/** Never rejects because of what an event holds. */
export interface EventVerifier {
  verify(pdu: Pdu, options: { timeoutMs: number }): Promise<EventVerification>;
  /** Answers in the order of the events. */
  verifyAll(pdus: readonly Pdu[], options: { timeoutMs: number }): Promise<readonly EventVerification[]>;
}

export interface EventVerifierDeps {
  readonly keyRing: Pick<KeyRing, 'cached' | 'keysForAll'>;
  readonly clock: Clock;
}

/** Verifications between two breaths of the event loop: a few milliseconds. */
const VERIFICATIONS_AT_ONCE = 50;
const MAX_KEY_IDS = 16;

type KeysOf = (serverName: ServerName) => KeysById | undefined;

export function createEventVerifier(deps: EventVerifierDeps): EventVerifier {
  const { keyRing, clock } = deps;
  const cached: KeysOf = (serverName) => keyRing.cached(serverName);

  async function verifyAll(
    pdus: readonly Pdu[],
    options: { timeoutMs: number },
  ): Promise<readonly EventVerification[]> {
    const results = new Map<Pdu, EventVerification>();
    const open: Pdu[] = [];
    for await (const batch of unhurried(pdus)) {
      for (const pdu of batch) {
        const result = check(pdu, cached, clock.now());
        if (result === 'unknownKeys') open.push(pdu);
        else results.set(pdu, result);
      }
    }
    if (open.length > 0) {
      const found = await keyRing.keysForAll(queriesFor(open, clock.now()), options);
      const keysOf: KeysOf = (serverName) => found.get(serverName)?.keys;
      for await (const batch of unhurried(open)) {
        for (const pdu of batch) {
          const result = check(pdu, keysOf, clock.now());
          results.set(pdu, result === 'unknownKeys' ? withoutKeys(pdu, found) : result);
        }
      }
    }
    return pdus.map((pdu) => results.get(pdu) ?? unavailable('the event was not looked at'));
  }

  return {
    verifyAll,
    async verify(pdu, options) {
      const result = check(pdu, cached, clock.now());
      if (result !== 'unknownKeys') return result;
      const [fetched] = await verifyAll([pdu], options);
      return fetched ?? unavailable('the event was not looked at');
    },
  };
}

async function* unhurried(pdus: readonly Pdu[]): AsyncGenerator<readonly Pdu[]> {
  for (let from = 0; from < pdus.length; from += VERIFICATIONS_AT_ONCE) {
    if (from > 0) await setImmediate();
    yield pdus.slice(from, from + VERIFICATIONS_AT_ONCE);
  }
}

function check(pdu: Pdu, keysOf: KeysOf, now: number): EventVerification | 'unknownKeys' {
  const result = verifyEventSignatures(pdu, (serverName, keyId) => {
    const key = keysOf(serverName)?.get(keyId);
    const covers = key !== undefined && keyCoversEvent(key, pdu.originServerTs, pdu.rules.enforceKeyValidity, now);
    return covers ? key.publicKey : undefined;
  });
  if (result.ok) return result;
  if (result.reason.type === 'unknownKeys') return 'unknownKeys';
  return { ok: false, reason: { type: 'signature', detail: describe(result.reason) } };
}

/** What must be known to verify these events: for each any key that signed it, valid for as late as it was used. */
function queriesFor(pdus: readonly Pdu[], now: number): ReadonlyMap<ServerName, readonly KeyQuery[]> {
  const queries = new Map<ServerName, Map<string, KeyQuery>>();
  for (const pdu of pdus) {
    // No key is valid for longer than this, so later events need not be asked for.
    const neededTs = pdu.rules.enforceKeyValidity ? Math.min(pdu.originServerTs, now + MAX_KEY_VALIDITY_MS) : 0;
    for (const serverName of requiredSigners(pdu)) {
      const ofServer = queries.get(serverName) ?? new Map<string, KeyQuery>();
      const keyIds = [...signaturesBy(pdu.raw, serverName).keys()].slice(0, MAX_KEY_IDS);
      // Most events of a server are signed alike, and then make one query.
      const likeness = keyIds.join('\n');
      const minimumValidUntilTs = Math.max(ofServer.get(likeness)?.minimumValidUntilTs ?? 0, neededTs);
      queries.set(serverName, ofServer.set(likeness, { keyIds, minimumValidUntilTs }));
    }
  }
  return new Map([...queries].map(([serverName, ofServer]) => [serverName, [...ofServer.values()]]));
}

/** The keys are still not known: because nobody could be asked, or because those who were do not have them? */
function withoutKeys(pdu: Pdu, found: ReadonlyMap<ServerName, KeysFound>): EventVerification {
  for (const serverName of requiredSigners(pdu)) {
    const failure = found.get(serverName)?.failed;
    if (failure?.type === 'unavailable') return unavailable(failure.detail);
  }
  return { ok: false, reason: { type: 'signature', detail: 'no signature by a key that its server had at that time' } };
}

function unavailable(detail: string): EventVerification {
  return { ok: false, reason: { type: 'keysUnavailable', detail } };
}

function describe(failure: SignatureFailure): string {
  switch (failure.type) {
    case 'noSignature':
      return `not signed by ${failure.serverName}`;
    case 'wrongSignature':
      return `the signature by ${failure.keyId} of ${failure.serverName} is wrong`;
    case 'unknownKeys':
      return `signed by unknown keys of ${failure.serverName}`;
  }
}
