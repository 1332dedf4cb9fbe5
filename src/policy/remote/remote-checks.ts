/** The programs that rules may ask, by the names that the configuration gives them. */
import type { RemoteCheckConfig } from '../../config/remote-checks.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { RemoteAnswer } from '../answers.ts';
import type { Asked, Source } from '../questions.ts';
import type { EndpointDeps, RemoteEndpoint } from './endpoint.ts';
import type { CallOutcome, CallReport } from './guarded-calls.ts';
import { createHttpEndpoint } from './http-endpoint.ts';
import { createMediaHashEndpoint } from './media-hash-endpoint.ts';
import { createModerationEndpoint } from './moderation-endpoint.ts';
import type { MediaFiles, Web } from './ports.ts';

export interface ConfiguredEndpoint {
  readonly settings: RemoteCheckConfig;
  /** What stands in the file that the settings name, where they do. */
  readonly token: string | undefined;
  /** Hexadecimal SHA-256 of files, from the settings and from the file that they name. */
  readonly ownList: readonly string[];
}

export interface RemoteChecksDeps {
  readonly endpoints: ReadonlyMap<string, ConfiguredEndpoint>;
  readonly clock: Clock;
  readonly webFor: (settings: RemoteCheckConfig) => Web;
  readonly files: MediaFiles;
  /** Told that an endpoint is left alone for a while. */
  readonly onOpen: (endpoint: string) => void;
  /** Told how each call ended. */
  readonly onCall: (endpoint: string, report: CallReport) => void;
}

export function createRemoteChecks(deps: RemoteChecksDeps): Source<'remote'> {
  const endpoints = new Map<string, RemoteEndpoint>();
  for (const [name, configured] of deps.endpoints) endpoints.set(name, createEndpoint(deps, name, configured));
  return (question, subject) => {
    const endpoint = endpoints.get(question.endpoint);
    if (endpoint === undefined) return { state: 'failed', detail: `no endpoint "${question.endpoint}" is configured` };
    const outcome = endpoint.ask(question, subject);
    const { endpoint: name } = question;
    return outcome instanceof Promise ? outcome.then((done) => askedOf(name, done)) : askedOf(name, outcome);
  };
}

function createEndpoint(
  { clock, webFor, files, onOpen, onCall }: RemoteChecksDeps,
  name: string,
  { settings, token, ownList }: ConfiguredEndpoint,
): RemoteEndpoint {
  const deps: EndpointDeps = {
    ...{ settings, token, clock, files, web: webFor(settings) },
    onOpen: () => onOpen(name),
    onCall: (report) => onCall(name, report),
  };
  switch (settings.kind) {
    case 'http':
      return createHttpEndpoint(deps);
    case 'moderation':
      return createModerationEndpoint(deps);
    case 'media_hash':
      return createMediaHashEndpoint(deps, new Set(ownList.map((digest) => digest.toLowerCase())));
  }
}

function askedOf(name: string, outcome: CallOutcome<RemoteAnswer>): Asked<RemoteAnswer> {
  if (outcome.ok) return { state: 'known', value: outcome.value };
  return { state: 'failed', detail: `${name}: ${outcome.detail}` };
}
