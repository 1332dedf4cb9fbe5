/** Server names to endpoints (server-server API, "Resolving server names"): pure steps, and a driver that takes them. */
import { LRUCache } from 'lru-cache';
import { splitServerName, type Host, type ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';
import { FederationError } from './federation-error.ts';
import type { FederationLog, NameResolver, SrvRecord } from './ports.ts';
import type { Endpoint } from './transport.ts';

/** What to do next to reach a server. */
export type DiscoveryStep =
  | { type: 'connect'; endpoints: readonly Endpoint[] }
  /** Step 3: who serves this host name? */
  | { type: 'askWellKnown'; host: string }
  /** Steps 3.3, 3.4, 4 and 5: the first of the names that has records wins; else `otherwise`. */
  | { type: 'askServices'; names: readonly string[]; host: string; otherwise: Endpoint };

export const DEFAULT_PORT = 8448;

/** Steps 1 and 2; a bare host name leads to step 3. `undefined` where the text is no server name. */
export function firstStep(serverName: string): DiscoveryStep | undefined {
  const split = splitServerName(serverName);
  if (split === undefined) return undefined;
  const direct = directEndpoint(split.host, split.port);
  return direct === undefined ? { type: 'askWellKnown', host: split.host.name } : connectTo(direct);
}

/** Steps 3.1 to 3.5 for the name that `.well-known` gives; without one steps 4 to 6 for the host itself. */
export function stepAfterWellKnown(host: string, delegatedTo: ServerName | undefined): DiscoveryStep {
  const split = delegatedTo === undefined ? undefined : splitServerName(delegatedTo);
  if (split === undefined) return serviceStep(host);
  const direct = directEndpoint(split.host, split.port);
  return direct === undefined ? serviceStep(split.host.name) : connectTo(direct);
}

/** Targets by priority, those of one priority in weighted random order (RFC 2782). The certificate is the host's own. */
export function stepAfterServices(host: string, records: readonly SrvRecord[], random: () => number): DiscoveryStep {
  const endpoints = orderRecords(records, random).map(({ target, port }) => {
    return { host: target.replace(/\.$/, ''), port, hostHeader: host };
  });
  return { type: 'connect', endpoints };
}

/** Steps 1 and 3.1 (IP literals), 2 and 3.2 (explicit ports). */
function directEndpoint(host: Host, port: number | undefined): Endpoint | undefined {
  if (host.kind === 'dns' && port === undefined) return undefined;
  const bracketed = host.kind === 'ipv6' ? `[${host.name}]` : host.name;
  const hostHeader = port === undefined ? bracketed : `${bracketed}:${port}`;
  return { host: host.name, port: port ?? DEFAULT_PORT, hostHeader };
}

function connectTo(endpoint: Endpoint): DiscoveryStep {
  return { type: 'connect', endpoints: [endpoint] };
}

function serviceStep(host: string): DiscoveryStep {
  const names = [`_matrix-fed._tcp.${host}`, `_matrix._tcp.${host}`];
  return { type: 'askServices', names, host, otherwise: { host, port: DEFAULT_PORT, hostHeader: host } };
}

function orderRecords(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  for (;;) {
    const [first] = left;
    if (first === undefined) return ordered;
    const equals = left.filter(({ priority }) => priority === first.priority);
    const total = equals.reduce((sum, { weight }) => sum + weight, 0);
    let mark = random() * total;
    const chosen = equals.find(({ weight }) => (mark -= weight) <= 0) ?? first;
    ordered.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
}

/** The name that a host delegates to in `/.well-known/matrix/server`; never rejects. */
export interface WellKnownLookup {
  delegationOf(host: string): Promise<ServerName | undefined>;
}

export interface ServerDiscovery {
  /** Endpoints in the order to try them, at least one. Rejects with a FederationError where there can be none. */
  endpointsOf(serverName: ServerName): Promise<readonly Endpoint[]>;
}

export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly wellKnown: WellKnownLookup;
  readonly names: Pick<NameResolver, 'services'>;
  readonly log: FederationLog;
  readonly random?: () => number;
}

interface KnownServices {
  readonly records: readonly SrvRecord[];
  readonly until: number;
}

/** DNS tells no time to live here, so records are kept for less than what is usual. */
const SERVICES_KEPT_MS = 5 * 60 * 1000;
const SERVICES_KEPT_AFTER_ERROR_MS = 60 * 1000;
const MAX_SERVICES = 10_000;
const MAX_ENDPOINTS = 8;

export function createServerDiscovery(deps: DiscoveryDeps): ServerDiscovery {
  const { clock, wellKnown, names, log, random = Math.random } = deps;
  const known = new LRUCache<string, KnownServices>({ max: MAX_SERVICES });

  async function recordsOf(name: string): Promise<readonly SrvRecord[]> {
    const cached = known.get(name);
    if (cached !== undefined && cached.until > clock.now()) return cached.records;
    try {
      const records = await names.services(name);
      known.set(name, { records, until: clock.now() + SERVICES_KEPT_MS });
      return records;
    } catch (error) {
      // @NOTE where DNS itself fails, Synapse gives up; port 8448 of the host is safe to try: its certificate must fit.
      log.debug({ err: error, name }, 'SRV records could not be looked up');
      known.set(name, { records: [], until: clock.now() + SERVICES_KEPT_AFTER_ERROR_MS });
      return [];
    }
  }

  async function servicesStep(step: DiscoveryStep & { type: 'askServices' }): Promise<DiscoveryStep> {
    for (const name of step.names) {
      const records = await recordsOf(name);
      if (records.length === 1 && records[0]?.target === '.') {
        throw new FederationError('discovery', `${step.host} declares in DNS that it has no Matrix server`);
      }
      if (records.length > 0) return stepAfterServices(step.host, records, random);
    }
    return connectTo(step.otherwise);
  }

  return {
    async endpointsOf(serverName) {
      let step = firstStep(serverName);
      if (step?.type === 'askWellKnown') step = stepAfterWellKnown(step.host, await wellKnown.delegationOf(step.host));
      if (step?.type === 'askServices') step = await servicesStep(step);
      if (step?.type !== 'connect') throw new FederationError('discovery', `${serverName} is no server name`);
      return step.endpoints.slice(0, MAX_ENDPOINTS);
    },
  };
}
