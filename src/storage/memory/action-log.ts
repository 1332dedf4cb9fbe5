import type { ActionLogStore } from '../../policy/moderation/ports.ts';
import type { ActionEntry, NewAction } from '../../policy/ports.ts';

export class MemoryActionLogStore implements ActionLogStore {
  readonly #entries: ActionEntry[] = [];

  async add(entry: NewAction): Promise<ActionEntry> {
    return this.insert(entry);
  }

  /** At once, for stores that enter what they do. */
  insert(entry: NewAction): ActionEntry {
    const added = { ...entry, id: this.#entries.length + 1 };
    this.#entries.push(added);
    return added;
  }

  async list({ community, before, limit }: Parameters<ActionLogStore['list']>[0]): Promise<readonly ActionEntry[]> {
    return this.#entries
      .filter((entry) => community === undefined || entry.community === community)
      .filter((entry) => before === undefined || entry.id < before)
      .reverse()
      .slice(0, limit);
  }
}
