/** Of commands that print long lists a page at a time. */
import type { Command } from 'commander';

export interface PageOptions {
  readonly limit?: string;
  readonly before?: string;
}

export function paged(command: Command): Command {
  return command
    .option('--limit <number>', 'how many, 200 at most (default 50)')
    .option('--before <position>', 'where to go on, as the last line of the page before says');
}
