import type { AdminToken, AdminTokenStore } from '../../policy/moderation/ports.ts';

export class MemoryAdminTokenStore implements AdminTokenStore {
  readonly #tokens: AdminToken[] = [];

  async all(): Promise<readonly AdminToken[]> {
    return [...this.#tokens];
  }

  async add(token: Omit<AdminToken, 'id'>): Promise<AdminToken> {
    const added = { ...token, id: this.#tokens.length + 1 };
    this.#tokens.push(added);
    return added;
  }

  async revoke(id: number, at: number): Promise<boolean> {
    const token = this.#tokens[id - 1];
    if (token === undefined || token.revokedAt !== undefined) return false;
    this.#tokens[id - 1] = { ...token, revokedAt: at };
    return true;
  }
}
