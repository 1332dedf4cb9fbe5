import type { QueueChange, QueueItem, QueueQuery, QueueStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { MemoryActionLogStore } from './action-log.ts';
import type { MemoryVerdictStore } from './verdicts.ts';

export class MemoryQueueStore implements QueueStore {
  readonly #verdicts: MemoryVerdictStore;
  readonly #actions: MemoryActionLogStore;
  readonly #items: QueueItem[] = [];
  #position = 0;

  constructor(verdicts: MemoryVerdictStore, actions = new MemoryActionLogStore()) {
    this.#actions = actions;
    this.#verdicts = verdicts;
  }

  async takeInFlags(now: number): Promise<number> {
    const logged = await this.#verdicts.log(this.#position, Infinity);
    this.#position = logged.at(-1)?.position ?? this.#position;
    const flagged = logged.filter(({ verdict }) => verdict.flags.length > 0);
    for (const { verdict } of flagged) this.#add('flag', verdict, '', now);
    return flagged.length;
  }

  async addAppeal(
    verdict: Verdict,
    statement: string,
    now: number,
    actionFor?: ActionFor<QueueItem>,
  ): Promise<QueueItem | undefined> {
    const isWaiting = this.#items.some(
      (item) => item.kind === 'appeal' && item.verdict === verdict && item.status !== 'decided',
    );
    return isWaiting ? undefined : this.#add('appeal', verdict, statement, now, actionFor);
  }

  async find(id: number): Promise<QueueItem | undefined> {
    return this.#items[id - 1];
  }

  async list({ rooms, status, before = Infinity, limit }: QueueQuery): Promise<readonly QueueItem[]> {
    return this.#items
      .filter((item) => item.id < before && (status === undefined || item.status === status))
      .filter((item) => rooms === undefined || rooms.includes(item.verdict.roomId))
      .reverse()
      .slice(0, limit);
  }

  async change(
    id: number,
    from: QueueItem['status'],
    change: QueueChange,
    actionFor?: ActionFor<number>,
  ): Promise<boolean> {
    const item = this.#items[id - 1];
    if (item?.status !== from) return false;
    if (actionFor !== undefined) this.#actions.insert(actionFor(id));
    this.#items[id - 1] = { ...item, ...change };
    return true;
  }

  async waiting(): Promise<number> {
    return this.#items.filter(({ status }) => status !== 'decided').length;
  }

  replaceStatements(sender: UserId, instead: string): number {
    const replaced = this.statementsOf(sender, instead);
    for (const item of replaced) this.#items[item.id - 1] = { ...item, statement: instead };
    return replaced.length;
  }

  /** Those in the place of which it would stand. */
  statementsOf(sender: UserId, instead: string): readonly QueueItem[] {
    return this.#items.filter(
      ({ verdict, statement }) => verdict.sender === sender && statement !== '' && statement !== instead,
    );
  }

  #add(
    kind: QueueItem['kind'],
    verdict: Verdict,
    statement: string,
    createdAt: number,
    actionFor?: ActionFor<QueueItem>,
  ): QueueItem {
    const nobody = { claimedBy: undefined, decidedBy: undefined, decidedAt: undefined, decision: undefined };
    const id = this.#items.length + 1;
    const item: QueueItem = { id, kind, verdict, statement, createdAt, status: 'open', ...nobody, note: '' };
    if (actionFor !== undefined) this.#actions.insert(actionFor(item));
    this.#items.push(item);
    return item;
  }
}
