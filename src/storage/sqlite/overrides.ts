import type { DatabaseSync } from 'node:sqlite';
import type { NewOverride, OverrideStore } from '../../policy/moderation/ports.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import type { SqlitePrecedentStore } from './precedents.ts';
import type { SqliteVerdictStore } from './verdicts.ts';

export class SqliteOverrideStore implements OverrideStore {
  readonly #group: GroupCommit;
  readonly #verdicts: SqliteVerdictStore;
  readonly #precedents: SqlitePrecedentStore;
  readonly #actions: ActionRows;

  constructor(
    connection: DatabaseSync,
    group: GroupCommit,
    stores: { readonly verdicts: SqliteVerdictStore; readonly precedents: SqlitePrecedentStore },
  ) {
    this.#group = group;
    this.#verdicts = stores.verdicts;
    this.#precedents = stores.precedents;
    this.#actions = new ActionRows(connection);
  }

  async add({ verdict, precedent, actionFor }: NewOverride): ReturnType<OverrideStore['add']> {
    const stored = await this.#group.run(() => {
      if (verdict !== undefined && !this.#verdicts.insert(verdict)) return { ok: false as const };
      const added = precedent === undefined ? undefined : this.#precedents.insert(precedent);
      this.#actions.insert(actionFor(added));
      return { ok: true as const, precedent: added };
    });
    if (stored.ok && verdict !== undefined) this.#verdicts.remember(verdict);
    return stored;
  }
}
