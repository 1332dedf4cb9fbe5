import type { ActionFor } from '../../policy/ports.ts';
import type { SettingsRevision, SettingsStore } from '../../policy/settings/ports.ts';
import { MemoryActionLogStore } from './action-log.ts';

export class MemorySettingsStore implements SettingsStore {
  readonly #scopes = new Map<string, SettingsRevision[]>();
  readonly #configurations = new Map<string, string>();
  readonly #actions: MemoryActionLogStore;

  constructor(actions = new MemoryActionLogStore()) {
    this.#actions = actions;
  }

  async latest(): Promise<readonly SettingsRevision[]> {
    return [...this.#scopes.values()].flatMap((revisions) => revisions.slice(-1));
  }

  async history(scope: string, limit: number, before = Infinity): Promise<readonly SettingsRevision[]> {
    const older = (this.#scopes.get(scope) ?? []).filter(({ revision }) => revision < before);
    return older.reverse().slice(0, limit);
  }

  async revision(scope: string, revision: number): Promise<SettingsRevision | undefined> {
    return this.#scopes.get(scope)?.find((one) => one.revision === revision);
  }

  async append(revision: SettingsRevision, actionFor?: ActionFor<SettingsRevision>): Promise<boolean> {
    const known = this.#scopes.get(revision.scope) ?? [];
    if (known.some((one) => one.revision === revision.revision)) return false;
    if (actionFor !== undefined) this.#actions.insert(actionFor(revision));
    this.#scopes.set(revision.scope, [...known, revision]);
    return true;
  }

  async putConfiguration(fingerprint: string, document: string): Promise<void> {
    this.#configurations.set(fingerprint, document);
  }

  async configuration(fingerprint: string): Promise<string | undefined> {
    return this.#configurations.get(fingerprint);
  }
}
