import type { AdminToken, AdminTokenStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { MemoryActionLogStore } from './action-log.ts';

export class MemoryAdminTokenStore implements AdminTokenStore {
  readonly #tokens: AdminToken[] = [];
  readonly #actions: MemoryActionLogStore;

  constructor(actions = new MemoryActionLogStore()) {
    this.#actions = actions;
  }

  async all(): Promise<readonly AdminToken[]> {
    return [...this.#tokens];
  }

  async add(token: Omit<AdminToken, 'id'>, actionFor?: ActionFor<AdminToken>): Promise<AdminToken> {
    const added = { ...token, id: this.#tokens.length + 1 };
    if (actionFor !== undefined) this.#actions.insert(actionFor(added));
    this.#tokens.push(added);
    return added;
  }

  async revoke(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    const token = this.#tokens[id - 1];
    if (token === undefined || token.revokedAt !== undefined) return false;
    if (actionFor !== undefined) this.#actions.insert(actionFor(id));
    this.#tokens[id - 1] = { ...token, revokedAt: at };
    return true;
  }
}
