/** Connections that the address guard has seen, and bodies that end where they must: for everything that goes out. */
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { buildConnector, type Pool } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { errorCode, FederationError, toFederationError } from './federation-error.ts';
import type { NameResolver } from './ports.ts';

export interface ConnectionOptions {
  readonly names: Pick<NameResolver, 'addresses'>;
  readonly guard: AddressGuard;
  readonly verifyCertificates: boolean;
  /** Certificate authorities beside those of the system, in PEM. */
  readonly extraAuthorities?: readonly string[];
}

const CONNECT_TIMEOUT_MS = 10_000;
const ATTEMPT_TIMEOUT_MS = 1000;
/** The server closed a kept connection just as we used it, or soon after. */
const STALE_CONNECTION: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Connects to public addresses alone, or to what the guard allows. */
export function guardedConnector(options: ConnectionOptions): buildConnector.connector {
  const { verifyCertificates, extraAuthorities, guard } = options;
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    rejectUnauthorized: verifyCertificates,
    lookup: guardedLookup(options),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    ...(extraAuthorities === undefined ? {} : { ca: [...getCACertificates('default'), ...extraAuthorities] }),
  });
  return (target, callback) => {
    // Node looks no address literal up, so this is the only place to check one.
    if (isIP(target.hostname) !== 0 && !guard.allows(target.hostname)) callback(refused(target.hostname), null);
    else connect(target, callback);
  };
}

/** Checks addresses at the moment they are connected to, so that a name cannot mean another one by then. */
function guardedLookup({ names, guard }: Pick<ConnectionOptions, 'names' | 'guard'>): LookupFunction {
  return (host, options, callback) => {
    names.addresses(host).then(
      (addresses) => {
        const allowed = addresses.filter(({ address }) => guard.allows(address));
        const [first] = allowed;
        if (first === undefined) callback(refused(host), '');
        else if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(toFederationError(error), ''),
    );
  };
}

function refused(host: string): FederationError {
  return new FederationError('refusedAddress', `${host} has no address outside private networks`);
}

/** Once more where a kept connection turned out to be closed. */
export async function repeatedIfStale<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (signal.aborted || !STALE_CONNECTION.has(errorCode(error))) throw error;
    return await send();
  }
}

/** The whole body, or a FederationError as soon as it is larger than allowed. */
export async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop destroys the body, and the connection with it.
    if (size > maxBytes) throw new FederationError('tooLarge', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Lets exchanges under way end. */
export async function closeGently(pool: Pool): Promise<void> {
  try {
    await pool.close();
  } catch {
    // Destroyed already.
  }
}
