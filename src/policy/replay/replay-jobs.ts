/** Replays that were asked for: one runs at a time, the last ones are kept for those who come to see what came of them. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Clock } from '../../telemetry/clock.ts';
import { REGULARS, type Regulars } from '../regulars.ts';
import type { Draft } from '../settings/draft.ts';
import { formatScope, type Scope } from '../settings/scope.ts';
import type { SettingError } from '../settings/setting-error.ts';
import type { SettingsDirectory } from '../settings/settings-directory.ts';
import type { ReplayOrder } from './order.ts';
import type { ReplayOptions, ReplayProgress } from './replay.ts';
import type { ReplayReport } from './report.ts';

/** Runs somewhere where it disturbs nobody. Rejects where it was aborted or has failed. */
export type ReplayRunner = (order: ReplayOrder, options: ReplayOptions) => Promise<ReplayReport>;

export interface ReplayJobsDeps {
  readonly run: ReplayRunner;
  readonly settings: Pick<SettingsDirectory, 'draft' | 'roomsIn' | 'communityOf' | 'remoteChecks'>;
  /** Every room that the server has had to do with. */
  readonly rooms: () => readonly RoomId[];
  readonly clock: Pick<Clock, 'now'>;
  readonly onFailure: (error: unknown) => void;
}

export interface WantedReplay {
  readonly scope: Scope;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** `undefined`: the rules that were in force. */
  readonly draft: Pick<Draft, 'document' | 'how'> | undefined;
  readonly regulars?: Regulars;
  readonly actor: string;
}

export interface ReplayJob {
  readonly id: number;
  readonly scope: string;
  readonly community: string | undefined;
  readonly mode: 'live' | 'draft';
  readonly since: number;
  readonly by: string;
  readonly startedAt: number;
  readonly status: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  readonly progress: ReplayProgress | undefined;
  readonly report: ReplayReport | undefined;
}

export type StartOutcome =
  | { readonly ok: true; readonly job: ReplayJob }
  | { readonly ok: false; readonly reason: { readonly type: 'invalid'; readonly errors: readonly SettingError[] } }
  | { readonly ok: false; readonly reason: { readonly type: 'tooMany' } };

const MOST_WAITING = 8;
const MOST_KEPT = 50;

interface Job {
  job: ReplayJob;
  readonly order: ReplayOrder;
  readonly stop: AbortController;
}

export class ReplayJobs implements AsyncDisposable {
  readonly #deps: ReplayJobsDeps;
  readonly #jobs = new Map<number, Job>();
  #lastId = 0;
  #running: Promise<void> | undefined;

  constructor(deps: ReplayJobsDeps) {
    this.#deps = deps;
  }

  start(wanted: WantedReplay): StartOutcome {
    const open = [...this.#jobs.values()].filter(({ job }) => job.status === 'waiting' || job.status === 'running');
    if (open.length > MOST_WAITING) return { ok: false, reason: { type: 'tooMany' } };
    const order = this.#orderOf(wanted);
    if (!order.ok) return { ok: false, reason: { type: 'invalid', errors: order.errors } };
    const { scope, since, draft, actor } = wanted;
    this.#lastId += 1;
    const job: ReplayJob = {
      ...{ id: this.#lastId, scope: formatScope(scope), community: this.#deps.settings.communityOf(scope) },
      ...{ mode: draft === undefined ? 'live' : 'draft', since, by: actor, startedAt: this.#deps.clock.now() },
      ...{ status: 'waiting', progress: undefined, report: undefined },
    };
    this.#jobs.set(job.id, { job, order: order.order, stop: new AbortController() });
    this.#forgetOldest();
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
    return { ok: true, job };
  }

  get(id: number): ReplayJob | undefined {
    return this.#jobs.get(id)?.job;
  }

  /** False where none of that id waits or runs. */
  stop(id: number): boolean {
    const found = this.#jobs.get(id);
    if (found === undefined || (found.job.status !== 'waiting' && found.job.status !== 'running')) return false;
    found.job = { ...found.job, status: 'stopped' };
    found.stop.abort();
    return true;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#jobs.keys()) this.stop(id);
    await this.settled();
  }

  #orderOf({
    scope,
    since,
    draft,
    regulars = REGULARS,
  }: WantedReplay): { ok: true; order: ReplayOrder } | { ok: false; errors: readonly SettingError[] } {
    const { settings } = this.#deps;
    const rooms = this.#deps.rooms();
    const drafted = draft === undefined ? undefined : settings.draft({ ...draft, scope }, rooms);
    if (drafted !== undefined && !drafted.ok) return drafted;
    const communities = new Map<RoomId, string>();
    for (const roomId of rooms) {
      const community = settings.communityOf({ kind: 'room', roomId });
      if (community !== undefined) communities.set(roomId, community);
    }
    return {
      ok: true,
      order: {
        ...{ since, regulars, communities },
        rooms: scope.kind === 'instance' ? undefined : new Set(settings.roomsIn(scope, rooms)),
        draft: drafted?.settings,
        remoteChecks: settings.remoteChecks,
      },
    };
  }

  async #runAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#run(next);
  }

  #next(): Job | undefined {
    return [...this.#jobs.values()].find(({ job }) => job.status === 'waiting');
  }

  async #run(one: Job): Promise<void> {
    const change = (changes: Partial<ReplayJob>): void => {
      if (one.job.status !== 'stopped') one.job = { ...one.job, ...changes };
    };
    change({ status: 'running' });
    try {
      const report = await this.#deps.run(one.order, {
        signal: one.stop.signal,
        onProgress: (progress) => {
          change({ progress });
        },
      });
      change({ status: 'done', report });
    } catch (error) {
      if (one.stop.signal.aborted) return;
      change({ status: 'failed' });
      this.#deps.onFailure(error);
    }
  }

  #forgetOldest(): void {
    for (const [id, { job }] of this.#jobs) {
      if (this.#jobs.size <= MOST_KEPT) return;
      if (job.status !== 'waiting' && job.status !== 'running') this.#jobs.delete(id);
    }
  }
}
