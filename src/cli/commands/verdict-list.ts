/** `gatehouse verdict list` */
import { Option, type Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import { WrongUsage, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { paged, type PageOptions } from '../page-options.ts';

interface ListOptions extends OwnerOptions, PageOptions {
  readonly room?: string;
  readonly community?: string;
  readonly sender?: string;
  readonly by?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly all?: true;
}

export function verdictList(io: CommandIo): Command {
  return paged(ownerCommand('list', 'find verdicts: what rules refused, flagged or, in shadow, would have'))
    .option('--room <id>', 'of one room')
    .option('--community <id>', 'of the rooms of a community')
    .option('--sender <user>', 'of one sender')
    .option('--by <rule>', 'of one rule, or another decider such as override')
    .addOption(new Option('--outcome <outcome>', 'signed or refused').choices(['sign', 'refuse']))
    .option('--since <time>', 'of the last 24h, 7d, …, or since a date')
    .option('--all', 'those too that no rule had anything to say about')
    .action(async (options: ListOptions) => {
      const { foundVerdicts } = await import('../moderation-answers.ts');
      const { describeFound } = await import('../moderation-text.ts');
      const { room, community, sender, by, outcome, since, all, limit, before } = options;
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'verdicts', answer: foundVerdicts, describe: describeFound },
        query: {
          ...{ room, community, sender, outcome, limit, before, decided_by: by },
          since: since === undefined ? undefined : String(timeOf(since, Date.now())),
          all: all === true ? 'true' : undefined,
        },
      });
    });
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A date, or how long ago. */
function timeOf(text: string, now: number): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const time = count === '' ? Date.parse(text) : now - Number(count) * (UNITS[unit] ?? 0);
  if (Number.isNaN(time) || time < 0) throw new WrongUsage(`"${text}" is neither a time such as 24h nor a date`);
  return time;
}
