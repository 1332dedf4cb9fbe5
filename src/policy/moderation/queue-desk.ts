/** How moderators work through the queue: claim, release, decide, and file appeals. Each step is in the log of actions. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { ActionEntry, NewAction } from '../ports.ts';
import type { Verdict } from '../verdict.ts';
import type { Override, OverrideOutcome } from './override-verdict.ts';
import type { QueueItem, QueueStore } from './ports.ts';

export interface QueueDeskDeps {
  readonly queue: QueueStore;
  readonly override: (override: Override) => Promise<OverrideOutcome>;
  readonly communityOf: (roomId: RoomId) => string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** Told of a decision that is in force and could not be entered in the log of actions, nor closes its item. */
  readonly onUnlogged: (error: unknown, entry: NewAction) => void;
}

export interface QueueDecision extends Pick<Override, 'covers' | 'forMs' | 'actor' | 'note' | 'message'> {
  /** `none`: looked at, and left as it is. */
  readonly decision: 'allow' | 'refuse' | 'none';
  /** Only tells what would come of it. */
  readonly dryRun?: boolean;
}

export type QueueFailure =
  | { readonly type: 'unknown' }
  | { readonly type: 'decided'; readonly by: string | undefined }
  | { readonly type: 'claimed'; readonly by: string | undefined }
  | { readonly type: 'notClaimed' }
  | { readonly type: 'notOverridden'; readonly outcome: OverrideOutcome };

export type QueueOutcome =
  | {
      readonly ok: true;
      readonly item: QueueItem;
      readonly override: OverrideOutcome | undefined;
      /** The override is in force, and the item could not be closed. */
      readonly isLeftOpen?: true;
    }
  | { readonly ok: false; readonly reason: QueueFailure };

export type AppealOutcome =
  | { readonly ok: true; readonly item: QueueItem }
  | { readonly ok: false; readonly reason: 'unknown' | 'notRefused' | 'waiting' };

export class QueueDesk {
  readonly #deps: QueueDeskDeps;

  constructor(deps: QueueDeskDeps) {
    this.#deps = deps;
  }

  /** Claiming again what one has is no failure. */
  async claim(id: number, actor: string): Promise<QueueOutcome> {
    const { queue } = this.#deps;
    const before = await queue.find(id);
    if (before === undefined) return failed({ type: 'unknown' });
    const actionFor = (): NewAction => this.#actionFor('claim', before, actor, '');
    await queue.change(id, 'open', { status: 'claimed', claimedBy: actor }, actionFor);
    const item = (await queue.find(id)) ?? before;
    if (item.status === 'decided') return failed({ type: 'decided', by: item.decidedBy });
    if (item.claimedBy !== actor) return failed({ type: 'claimed', by: item.claimedBy });
    return { ok: true, item, override: undefined };
  }

  /** Anybody's: who has gone home must not hold up the others. */
  async release(id: number, actor: string): Promise<QueueOutcome> {
    const { queue } = this.#deps;
    const before = await queue.find(id);
    if (before === undefined) return failed({ type: 'unknown' });
    const actionFor = (): NewAction => this.#actionFor('release', before, actor, '');
    const isReleased = await queue.change(id, 'claimed', { status: 'open', claimedBy: undefined }, actionFor);
    const item = (await queue.find(id)) ?? before;
    if (item.status === 'decided') return failed({ type: 'decided', by: item.decidedBy });
    if (!isReleased) return failed({ type: 'notClaimed' });
    return { ok: true, item, override: undefined };
  }

  /** Claims the item first, so that two moderators do not both decide. */
  async decide(id: number, wanted: QueueDecision): Promise<QueueOutcome> {
    if (wanted.dryRun === true) return await this.#tryDeciding(id, wanted);
    const { decision, actor, note, ...how } = wanted;
    const { queue, clock } = this.#deps;
    const before = await queue.find(id);
    const claimed = await this.claim(id, actor);
    if (!claimed.ok) return claimed;
    let override: OverrideOutcome | undefined;
    if (decision !== 'none') {
      const { eventId } = claimed.item.verdict;
      override = await this.#deps.override({ eventId, action: decision, actor, note, ...how });
      if (override.type !== 'overridden' && override.type !== 'unchanged') {
        // Whoever had it keeps it.
        if (before?.status === 'open') await queue.change(id, 'claimed', { status: 'open', claimedBy: undefined });
        return failed({ type: 'notOverridden', outcome: override });
      }
    }
    const decidedAt = clock.now();
    const change = { status: 'decided', decidedBy: actor, decidedAt, decision, note } as const;
    const actionFor = (): NewAction => this.#actionFor('decide', claimed.item, actor, note, { decision });
    const isDecided = await queue.change(id, 'claimed', change, actionFor).catch((error: unknown) => {
      // An override that is stored is in force, whatever becomes of the item.
      if (override?.type !== 'overridden') throw error;
      this.#deps.onUnlogged(error, actionFor());
      return undefined;
    });
    if (isDecided === undefined) return { ok: true, item: claimed.item, override, isLeftOpen: true };
    const item = await queue.find(id);
    if (!isDecided || item === undefined) return failed({ type: 'decided', by: item?.decidedBy });
    return { ok: true, item, override };
  }

  async #tryDeciding(id: number, { decision, actor, note, ...how }: QueueDecision): Promise<QueueOutcome> {
    const { queue, clock, override } = this.#deps;
    const item = await queue.find(id);
    if (item === undefined) return failed({ type: 'unknown' });
    if (item.status === 'decided') return failed({ type: 'decided', by: item.decidedBy });
    if (item.status === 'claimed' && item.claimedBy !== actor) return failed({ type: 'claimed', by: item.claimedBy });
    const { eventId } = item.verdict;
    const outcome =
      decision === 'none' ? undefined : await override({ eventId, action: decision, actor, note, ...how });
    if (outcome !== undefined && outcome.type !== 'overridden' && outcome.type !== 'unchanged') {
      return failed({ type: 'notOverridden', outcome });
    }
    const decided = { status: 'decided', claimedBy: actor, decidedBy: actor, decidedAt: clock.now() } as const;
    return { ok: true, item: { ...item, ...decided, decision, note }, override: outcome };
  }

  /** Against the latest of these verdicts, which are about one event. */
  async appeal(verdicts: readonly Verdict[], statement: string, actor: string): Promise<AppealOutcome> {
    const { queue, clock } = this.#deps;
    const latest = verdicts.at(-1);
    if (latest === undefined) return { ok: false, reason: 'unknown' };
    if (latest.decision.outcome !== 'refuse') return { ok: false, reason: 'notRefused' };
    const item = await queue.addAppeal(latest, statement, clock.now(), (added) =>
      this.#actionFor('appeal', added, actor, ''),
    );
    if (item === undefined) return { ok: false, reason: 'waiting' };
    return { ok: true, item };
  }

  #actionFor(
    what: string,
    { id, kind, verdict }: QueueItem,
    actor: string,
    note: string,
    more: ActionEntry['details'] = {},
  ): NewAction {
    return {
      ...{ at: this.#deps.clock.now(), actor, note },
      community: this.#deps.communityOf(verdict.roomId),
      ...{ action: `queue.${what}`, target: verdict.eventId },
      details: { item: id, kind, reference: verdict.reference, ...more },
    };
  }
}

function failed(reason: QueueFailure): QueueOutcome {
  return { ok: false, reason };
}
