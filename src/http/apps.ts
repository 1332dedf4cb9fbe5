/** The two apps that `server.ts` starts: what the network sees, and what the owner's socket serves. */
import type { Clock } from '../telemetry/clock.ts';
import { oncePerTransaction } from './federation/once-per-transaction.ts';
import { DEFAULT_ORIGIN_LIMITS, OriginLimits, type OriginLimitSettings } from './origin-limits.ts';
import type { AuthenticateRequest, HttpLog } from './ports.ts';
import { admitByToken, type FindToken } from './admin/admin-access.ts';
import { describeApi } from './admin/api-description.ts';
import type { Actor } from './admin/admin-endpoint.ts';
import { createHttpApp, type HttpApp } from './router.ts';
import {
  adminRoutes,
  federationRoutes,
  ownerRoutes,
  type AdminDeps,
  openAdminRoutes,
  type FederationDeps,
  type OpenAdminDeps,
  type OwnerDeps,
} from './routes.ts';

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

export interface OwnerAppOptions {
  readonly deps: OwnerDeps & AdminDeps;
  readonly log: HttpLog;
}

export interface AdminAppOptions {
  readonly deps: AdminDeps & Omit<OpenAdminDeps, 'apiDescription'>;
  readonly version: string;
  readonly findToken: FindToken;
  readonly log: HttpLog;
}

/** For those with a token, on a listener of its own. */
export async function createAdminApp({ deps, version, findToken, log }: AdminAppOptions): Promise<HttpApp> {
  const apiDescription = JSON.stringify(describeApi(adminRoutes, version));
  return await createHttpApp({
    endpoints: [...adminRoutes, ...openAdminRoutes],
    deps: { ...deps, apiDescription },
    log,
    admit: admitByToken(findToken),
  });
}

/** Whoever can open the socket is the owner; commands say who sits at them, for the records. */
export async function createOwnerApp({ deps, log }: OwnerAppOptions): Promise<HttpApp> {
  const endpoints = [...ownerRoutes, ...adminRoutes];
  return await createHttpApp({ endpoints, deps, log, admit: (headers) => ownerNamed(headers[AUTHOR_HEADER]) });
}

/** Which person gives a command, as the command says. */
export const AUTHOR_HEADER = 'gatehouse-author';

function ownerNamed(name: unknown): Actor {
  const isName = typeof name === 'string' && /^[\w.@:=/+-]{1,100}$/.test(name);
  return { name: isName ? name : 'owner', community: undefined };
}
