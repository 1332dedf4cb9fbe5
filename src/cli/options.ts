import { Command } from 'commander';

const CONFIG_HELP = 'configuration file (else GATEHOUSE_CONFIG, else the development default)';

/** A command with `--config FILE`. */
export function configurable(name: string, description: string): Command {
  return new Command(name).description(description).option('-c, --config <file>', CONFIG_HELP);
}

/** A command that talks to the running server, for people or, with `--json`, for scripts. */
export function ownerCommand(name: string, description: string): Command {
  return configurable(name, description).option('--json', 'print JSON');
}

/** A command that changes settings. */
export function changing(command: Command): Command {
  return trying(command.option('--note <text>', 'why, for those who read the history'), 'only show what would change');
}

/** A command that writes, and may only say what would come of it. */
export function trying(command: Command, description = 'only show what would come of it'): Command {
  return command.option('--dry-run', description);
}
