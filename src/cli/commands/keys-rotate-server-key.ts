/** `gatehouse keys rotate-server-key`: a new server key; the present one is published as an old one. */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function keysRotateServerKey(io: CommandIo): Command {
  return ownerCommand('rotate-server-key', 'make a new server key; the policy key stays').action(
    async (options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const { config } = configured(io, options);
      const { rotateKeys, describeKeys } = await import('../public-keys.ts');
      const keys = await rotateKeys(config.data_dir);
      if (options.json === true) printJson(io, keys);
      else printLine(io, `The server key is new. Rooms need no change.\n\n${describeKeys(keys)}`);
    },
  );
}
