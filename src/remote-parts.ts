/** Remote checks: the endpoints of the configuration, connected to the network. */
import { readRemoteFiles } from './config/remote-files.ts';
import type { Config } from './config/schema.ts';
import type { Source } from './policy/questions.ts';
import { createRegistrationProbe } from './policy/remote/registration-probe.ts';
import { createRemoteChecks, type ConfiguredEndpoint } from './policy/remote/remote-checks.ts';
import type { Federation, Parts } from './server-parts.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** As metrics name them. */
const METRIC_OUTCOMES = {
  answered: 'answered',
  failed: 'failed',
  late: 'late',
  leftAlone: 'left_alone',
  crowded: 'crowded',
} as const;

export function buildRemoteChecks(
  config: Config,
  {
    clock,
    log,
    federation,
    metrics,
  }: Pick<Parts, 'clock' | 'log'> & { readonly federation: Federation; readonly metrics: Metrics },
): Source<'remote'> {
  const endpoints = new Map<string, ConfiguredEndpoint>();
  for (const [name, settings] of Object.entries(config.remote_checks)) {
    const { token, ownList, warnings } = readRemoteFiles(name, settings);
    for (const warning of warnings) log.warn({}, warning);
    endpoints.set(name, { settings, token, ownList });
  }
  return createRemoteChecks({
    ...{ endpoints, clock, files: federation.media },
    webFor: (settings) => (settings.allow_private_network ? federation.web.anywhere : federation.web.guarded),
    onOpen: (endpoint) => {
      log.warn({ endpoint }, 'a remote check fails and is left alone for a while');
    },
    onCall: (endpoint, { outcome, milliseconds, detail }) => {
      const kind = config.remote_checks[endpoint]?.kind ?? '';
      metrics.calledRemote({ endpoint, kind, outcome: METRIC_OUTCOMES[outcome] }, milliseconds / 1000);
      log.debug({ endpoint, outcome, milliseconds, detail }, 'remote check asked');
    },
  });
}

/** Servers come from strangers, so only public addresses are asked, or those that federation may ask. */
export function buildRegistrationProbe({
  clock,
  log,
  federation,
  metrics,
}: Pick<Parts, 'clock' | 'log'> & {
  readonly federation: Federation;
  readonly metrics: Metrics;
}): Source<'registration'> {
  return createRegistrationProbe({
    ...{ clock, web: federation.web.guarded },
    onCall: ({ outcome, milliseconds, detail }) => {
      const call = { endpoint: '', kind: 'open_registration', outcome: METRIC_OUTCOMES[outcome] };
      metrics.calledRemote(call, milliseconds / 1000);
      log.debug({ outcome, milliseconds, detail }, 'a server was asked who may register');
    },
  });
}
