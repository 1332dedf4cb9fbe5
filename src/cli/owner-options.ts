import type { ConfigOption } from './configured.ts';

/** Options of every command that talks to the running server. */
export interface OwnerOptions extends ConfigOption {
  readonly json?: true;
}
