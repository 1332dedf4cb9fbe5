/** The two apps that `server.ts` starts: what the network sees, and what the owner's socket serves. */
import type { Clock } from '../telemetry/clock.ts';
import { oncePerTransaction } from './federation/once-per-transaction.ts';
import { DEFAULT_ORIGIN_LIMITS, OriginLimits, type OriginLimitSettings } from './origin-limits.ts';
import type { AuthenticateRequest, HttpLog } from './ports.ts';
import { createHttpApp, type HttpApp } from './router.ts';
import { federationRoutes, ownerRoutes, type FederationDeps, type OwnerDeps } from './routes.ts';

export interface FederationAppOptions {
  /** `receiveTransaction` is called once for each transaction, however often it is sent. */
  readonly deps: FederationDeps;
  readonly authenticate: AuthenticateRequest;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: HttpLog;
  readonly limits?: OriginLimitSettings;
}

export async function createFederationApp(options: FederationAppOptions): Promise<HttpApp> {
  const { deps, authenticate, clock, log, limits = DEFAULT_ORIGIN_LIMITS } = options;
  return await createHttpApp({
    endpoints: federationRoutes,
    deps: { ...deps, receiveTransaction: oncePerTransaction(deps.receiveTransaction) },
    log,
    signed: { authenticate, limits: new OriginLimits(limits, clock) },
  });
}

export async function createOwnerApp(options: { readonly deps: OwnerDeps; readonly log: HttpLog }): Promise<HttpApp> {
  return await createHttpApp({ endpoints: ownerRoutes, deps: options.deps, log: options.log });
}
