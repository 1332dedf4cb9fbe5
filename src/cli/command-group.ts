import { Command } from 'commander';

/** A command that is there for the commands in it. */
export function group(name: string, description: string, commands: readonly Command[]): Command {
  return commands.reduce((parent, command) => parent.addCommand(command), new Command(name).description(description));
}
