/** `gatehouse replay`: what a draft of rules would change, tried on the events that were really sent. */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { CommandFailure, WrongUsage, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import type { ReplayAnswer } from '../replay-answers.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

interface ReplayOptions extends OwnerOptions, ScopeOptions {
  readonly rules?: string;
  readonly live?: true;
  readonly replace?: true;
  readonly since: string;
  readonly regularMessages?: string;
  readonly regularFor?: string;
}

const ASK_EVERY_MS = 250;

export function replay(io: CommandIo): Command {
  return withScope(ownerCommand('replay', 'try rules on the events of the last days; nothing is changed'))
    .option('--rules <file>', 'rules as a draft, on top of those in force; - is standard input')
    .option('--replace', 'the draft takes the place of all settings of the community, space or room')
    .option('--live', 'the rules that were in force: they must give the verdicts that are stored')
    .option('--since <time>', 'how far back, e.g. 24h or 7d', '7d')
    .option('--regular-messages <n>', 'people with so many messages are regulars (20)')
    .option('--regular-for <time>', 'people who are known for so long are regulars (7d)')
    .action(async (options: ReplayOptions) => {
      const body = await bodyOf(io, options);
      const job = await finished(io, options, body);
      if (job.report === null) throw new CommandFailure(`the replay has ${job.status}: the log of the server says why`);
      const { describeReplay } = await import('../replay-text.ts');
      if (options.json === true) printJson(io, job);
      else printLine(io, describeReplay(job.mode, job.report));
      const { different } = job.report.changes;
      const isOtherwise = different !== undefined && different.moderator + different.regular + different.newcomer > 0;
      if (isOtherwise) {
        throw new CommandFailure('the rules that were in force do not give the verdicts that are stored');
      }
    });
}

async function bodyOf(io: CommandIo, options: ReplayOptions): Promise<object> {
  const { rules, live, replace, since, regularMessages, regularFor } = options;
  if ((rules === undefined) === (live === undefined)) throw new WrongUsage('give one of --rules FILE and --live');
  const { readSettingsFile } = await import('../settings-file.ts');
  return {
    ...{ scope: scopeGiven(options) ?? 'instance', since },
    ...(rules === undefined ? {} : { rules: await readSettingsFile(io, rules) }),
    ...(replace === true ? { how: 'replace' } : {}),
    ...(regularMessages === undefined ? {} : { regular_messages: Number(regularMessages) }),
    ...(regularFor === undefined ? {} : { regular_known_for: regularFor }),
  };
}

/** Tells people how far it is; scripts read standard output alone. */
async function finished(io: CommandIo, options: ReplayOptions, body: object): Promise<ReplayAnswer> {
  const { configured } = await import('../configured.ts');
  const { askOwner } = await import('../owner-client.ts');
  const { replayJob: answer } = await import('../replay-answers.ts');
  const dataDir = configured(io, options).config.data_dir;
  const common = { dataDir, answer, asWritten: true } as const;
  let job = await askOwner({ ...common, method: 'POST', path: 'replays', body });
  let told = '';
  while (job.status === 'waiting' || job.status === 'running') {
    await setTimeout(ASK_EVERY_MS);
    job = await askOwner({ ...common, method: 'GET', path: `replays/${String(job.id)}` });
    const { done = 0, total = 0 } = job.progress ?? {};
    const text = total === 0 ? '' : `replayed ${String(done)} of about ${String(total)} verdicts\n`;
    if (text !== told) io.stderr.write(text);
    told = text;
  }
  return job;
}
