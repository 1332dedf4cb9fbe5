import type { Lockdown, LockdownStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { MemoryActionLogStore } from './action-log.ts';

export class MemoryLockdownStore implements LockdownStore {
  readonly #lockdowns = new Map<number, Lockdown>();
  readonly #actions: MemoryActionLogStore;

  constructor(actions = new MemoryActionLogStore()) {
    this.#actions = actions;
  }

  async holding(after: number): Promise<readonly Lockdown[]> {
    return [...this.#lockdowns.values()].filter(({ until }) => until > after);
  }

  async add(
    lockdown: Omit<Lockdown, 'id'>,
    instead: readonly number[] = [],
    actionFor?: ActionFor<Lockdown>,
  ): Promise<Lockdown> {
    const added = { ...lockdown, id: this.#lockdowns.size + 1 };
    if (actionFor !== undefined) this.#actions.insert(actionFor(added));
    for (const id of instead) this.#endNow(id, lockdown.begunAt);
    this.#lockdowns.set(added.id, added);
    return added;
  }

  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    return this.#endNow(id, at, actionFor);
  }

  #endNow(id: number, at: number, actionFor?: ActionFor<number>): boolean {
    const found = this.#lockdowns.get(id);
    if (found === undefined || found.until <= at) return false;
    if (actionFor !== undefined) this.#actions.insert(actionFor(id));
    this.#lockdowns.set(id, { ...found, until: at });
    return true;
  }
}
