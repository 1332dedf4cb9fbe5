/** Revisions of a scope, for the commands of communities and of rules. */
import { printSettings, said, type ChangeOptions } from './ask-settings.ts';
import { WrongUsage, type CommandIo } from './command-io.ts';
import type { OwnerOptions } from './owner-options.ts';

export async function printHistory(io: CommandIo, options: OwnerOptions, scope: string): Promise<void> {
  const { historyAnswer } = await import('./settings-answers.ts');
  const { describeHistory } = await import('./settings-text.ts');
  await printSettings(io, options, {
    ...{ method: 'GET', path: `settings/${encodeURIComponent(scope)}/history`, answer: historyAnswer },
    describe: ({ revisions }) => describeHistory(revisions),
  });
}

export async function printDifference(
  io: CommandIo,
  options: OwnerOptions,
  scope: string,
  from: string,
  to: string | undefined,
): Promise<void> {
  const { diffAnswer } = await import('./settings-answers.ts');
  const { describeChanges } = await import('./settings-text.ts');
  const query = new URLSearchParams({ from, ...(to === undefined ? {} : { to }) }).toString();
  await printSettings(io, options, {
    ...{ method: 'GET', path: `settings/${encodeURIComponent(scope)}/diff?${query}`, answer: diffAnswer },
    describe: ({ changes }) => describeChanges(changes),
  });
}

export async function rollBack(io: CommandIo, options: ChangeOptions, scope: string, revision: string): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(revision)) throw new WrongUsage(`"${revision}" is no number of a revision`);
  const { changeAnswer } = await import('./settings-answers.ts');
  const { describeChange } = await import('./settings-text.ts');
  const body = { revision: Number(revision), ...said(options) };
  await printSettings(io, options, {
    ...{ method: 'POST', path: `settings/${encodeURIComponent(scope)}/rollback`, body, answer: changeAnswer },
    describe: describeChange,
  });
}
