/** `gatehouse keys show`: the public keys, from the running server or from the files. */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function keysShow(io: CommandIo): Command {
  return ownerCommand('show', 'print the public keys').action(async (options: OwnerOptions) => {
    const { configured } = await import('../configured.ts');
    const { config } = configured(io, options);
    const { currentKeys, describeKeys } = await import('../public-keys.ts');
    const keys = await currentKeys(config.data_dir);
    if (options.json === true) printJson(io, keys);
    else printLine(io, describeKeys(keys));
  });
}
