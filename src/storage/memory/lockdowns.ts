import type { Lockdown, LockdownStore } from '../../policy/moderation/ports.ts';

export class MemoryLockdownStore implements LockdownStore {
  readonly #lockdowns = new Map<number, Lockdown>();

  async holding(after: number): Promise<readonly Lockdown[]> {
    return [...this.#lockdowns.values()].filter(({ until }) => until > after);
  }

  async add(lockdown: Omit<Lockdown, 'id'>): Promise<Lockdown> {
    const added = { ...lockdown, id: this.#lockdowns.size + 1 };
    this.#lockdowns.set(added.id, added);
    return added;
  }

  async end(id: number, at: number): Promise<boolean> {
    const found = this.#lockdowns.get(id);
    if (found === undefined || found.until <= at) return false;
    this.#lockdowns.set(id, { ...found, until: at });
    return true;
  }
}
