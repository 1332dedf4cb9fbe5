import type { NewOverride, OverrideStore } from '../../policy/moderation/ports.ts';
import type { MemoryActionLogStore } from './action-log.ts';
import type { MemoryPrecedentStore } from './precedents.ts';
import type { MemoryVerdictStore } from './verdicts.ts';

interface Stores {
  readonly verdicts: MemoryVerdictStore;
  readonly precedents: MemoryPrecedentStore;
  readonly actions: MemoryActionLogStore;
}

export class MemoryOverrideStore implements OverrideStore {
  readonly #stores: Stores;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async add({ verdict, precedent, actionFor }: NewOverride): ReturnType<OverrideStore['add']> {
    const { verdicts, precedents, actions } = this.#stores;
    if (verdict !== undefined && verdicts.has(verdict.eventId, verdict.revision)) return { ok: false };
    const added = precedent === undefined ? undefined : precedents.numbered(precedent);
    actions.insert(actionFor(added));
    if (verdict !== undefined) verdicts.insert(verdict);
    if (added !== undefined) precedents.put(added);
    return { ok: true, precedent: added };
  }
}
