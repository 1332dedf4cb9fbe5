/** What remote checks of every kind are made of. */
import type { RemoteCheckConfig } from '../../config/remote-checks.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { RemoteAnswer } from '../answers.ts';
import type { RemoteQuestion, Subject } from '../questions.ts';
import type { JsonAsker } from './ask-json.ts';
import type { CallLimits, CallOutcome, CallReport } from './guarded-calls.ts';
import type { MediaFiles, Web } from './ports.ts';

export interface RemoteEndpoint {
  /** Must not throw. */
  ask(question: RemoteQuestion, subject: Subject): CallOutcome<RemoteAnswer> | Promise<CallOutcome<RemoteAnswer>>;
}

export interface EndpointDeps {
  readonly settings: RemoteCheckConfig;
  /** Whatever the settings name for it: the token itself, not a file. */
  readonly token: string | undefined;
  readonly web: Web;
  readonly files: MediaFiles;
  readonly clock: Clock;
  readonly onOpen: () => void;
  readonly onCall: (report: CallReport) => void;
}

export function limitsOf({ deadline, concurrency, queue, breaker, cache }: RemoteCheckConfig): CallLimits {
  return { deadline, concurrency, queue, breaker, cache };
}

export function askerOf({ settings, token, web }: EndpointDeps): JsonAsker {
  return { web, token, maxAnswerBytes: settings.max_answer_size };
}

export const NOTHING_FOUND: CallOutcome<RemoteAnswer> = { ok: true, value: { labels: [], note: null } };
