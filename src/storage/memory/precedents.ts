import type { Precedent, PrecedentStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { MemoryActionLogStore } from './action-log.ts';

export class MemoryPrecedentStore implements PrecedentStore {
  readonly #precedents = new Map<number, Precedent>();
  readonly #actions: MemoryActionLogStore;

  constructor(actions = new MemoryActionLogStore()) {
    this.#actions = actions;
  }

  async holding(after: number): Promise<readonly Precedent[]> {
    return [...this.#precedents.values()].filter(({ until }) => until > after);
  }

  async add(precedent: Omit<Precedent, 'id'>): Promise<Precedent> {
    const added = this.numbered(precedent);
    this.put(added);
    return added;
  }

  numbered(precedent: Omit<Precedent, 'id'>): Precedent {
    return { ...precedent, id: this.#precedents.size + 1 };
  }

  put(precedent: Precedent): void {
    this.#precedents.set(precedent.id, precedent);
  }

  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    const found = this.#precedents.get(id);
    if (found === undefined || found.until <= at) return false;
    if (actionFor !== undefined) this.#actions.insert(actionFor(id));
    this.#precedents.set(id, { ...found, until: at });
    return true;
  }
}
