/**
 * Tokens for the admin API: each has a name and a scope, is shown once, and is stored as a hash alone. A token is
 * `gatehouse_<id>_<secret>`, the secret being 32 random bytes in URL-safe base64.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../telemetry/clock.ts';
import type { ActionFor } from '../ports.ts';
import type { AdminToken, AdminTokenStore } from './ports.ts';

export interface AdminTokensDeps {
  readonly store: AdminTokenStore;
  readonly clock: Pick<Clock, 'now'>;
}

export interface NewToken {
  readonly name: string;
  /** `undefined`: the whole instance. */
  readonly community: string | undefined;
  readonly by: string;
  /** Milliseconds since 1970; `undefined`: until it is revoked. */
  readonly expiresAt: number | undefined;
}

const FORM = /^gatehouse_(\d{1,12})_([A-Za-z0-9_-]{43})$/;
const NOBODY = Buffer.alloc(32);

export class AdminTokens {
  readonly #deps: AdminTokensDeps;
  readonly #tokens = new Map<number, AdminToken>();

  constructor(deps: AdminTokensDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const token of await this.#deps.store.all()) this.#tokens.set(token.id, token);
  }

  /** The text is told this once. */
  async create(
    wanted: NewToken,
    actionFor?: ActionFor<AdminToken>,
  ): Promise<{ readonly token: AdminToken; readonly text: string }> {
    const secret = randomBytes(32).toString('base64url');
    const secretHash = hashOf(secret).toString('base64');
    const created = { ...wanted, secretHash, createdAt: this.#deps.clock.now(), revokedAt: undefined };
    const token = await this.#deps.store.add(created, actionFor);
    this.#tokens.set(token.id, token);
    return { token, text: `gatehouse_${String(token.id)}_${secret}` };
  }

  /** False where no token of that id is valid. */
  async revoke(id: number, actionFor?: ActionFor<number>): Promise<boolean> {
    const at = this.#deps.clock.now();
    if (!(await this.#deps.store.revoke(id, at, actionFor))) return false;
    const token = this.#tokens.get(id);
    if (token !== undefined) this.#tokens.set(id, { ...token, revokedAt: at });
    return true;
  }

  all(): readonly AdminToken[] {
    return [...this.#tokens.values()];
  }

  /** Takes the same time for every secret. `undefined` for what is no valid token. */
  find(text: string): AdminToken | undefined {
    const [, id = '', secret = ''] = FORM.exec(text) ?? [];
    const token = this.#tokens.get(Number(id));
    const expected = token === undefined ? NOBODY : Buffer.from(token.secretHash, 'base64');
    const isSame = timingSafeEqual(hashOf(secret), expected);
    return isSame && token !== undefined && this.isValid(token) ? token : undefined;
  }

  isValid({ revokedAt, expiresAt = Infinity }: AdminToken): boolean {
    return revokedAt === undefined && this.#deps.clock.now() < expiresAt;
  }
}

/** A secret of 256 random bits needs no slow hash. */
function hashOf(secret: string): Buffer {
  return hash('sha256', `gatehouse admin token ${secret}`, 'buffer');
}
