import type { Precedent, PrecedentStore } from '../../policy/moderation/ports.ts';

export class MemoryPrecedentStore implements PrecedentStore {
  readonly #precedents = new Map<number, Precedent>();

  async holding(after: number): Promise<readonly Precedent[]> {
    return [...this.#precedents.values()].filter(({ until }) => until > after);
  }

  async add(precedent: Omit<Precedent, 'id'>): Promise<Precedent> {
    const added = { ...precedent, id: this.#precedents.size + 1 };
    this.#precedents.set(added.id, added);
    return added;
  }

  async end(id: number, at: number): Promise<boolean> {
    const found = this.#precedents.get(id);
    if (found === undefined || found.until <= at) return false;
    this.#precedents.set(id, { ...found, until: at });
    return true;
  }
}
