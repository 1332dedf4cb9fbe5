import type { ConfigOption } from './configured.ts';

/** Options of every command that talks to the running server. */
export interface OwnerOptions extends ConfigOption {
  readonly json?: true;
}

/** Options of commands that write. */
export interface TryOptions extends OwnerOptions {
  readonly dryRun?: true;
}

/** As requests say it. */
export function tried({ dryRun }: TryOptions): { dry_run?: true } {
  return dryRun === true ? { dry_run: true } : {};
}
