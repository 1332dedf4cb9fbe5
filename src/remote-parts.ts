/** Remote checks: the endpoints of the configuration, connected to the network. */
import { readRemoteFiles } from './config/remote-files.ts';
import type { Config } from './config/schema.ts';
import type { Source } from './policy/questions.ts';
import { createRemoteChecks, type ConfiguredEndpoint } from './policy/remote/remote-checks.ts';
import type { Federation, Parts } from './server-parts.ts';

export function buildRemoteChecks(
  config: Config,
  { clock, log, federation }: Pick<Parts, 'clock' | 'log'> & { readonly federation: Federation },
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
      log.debug({ endpoint, outcome, milliseconds, detail }, 'remote check asked');
    },
  });
}
