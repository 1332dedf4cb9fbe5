/** `gatehouse import policyserv`: the configuration of a community there as rules here. */
import type { Command } from 'commander';
import { askSettings, said, sectionOf, type ChangeOptions } from '../ask-settings.ts';
import { WrongUsage, printJson, printLine, type CommandIo } from '../command-io.ts';
import type { ImportOptions } from '../../policy/import/policyserv.ts';
import type { ImportChange } from '../import-text.ts';
import { changing, ownerCommand } from '../options.ts';

interface ImportCommandOptions extends ChangeOptions {
  readonly community?: string;
  readonly templates?: string;
  readonly trustedServers?: string;
}

export function importPolicyservCommand(io: CommandIo): Command {
  return changing(ownerCommand('policyserv', 'turn the configuration of a policyserv community into rules'))
    .argument('<file>', 'its configuration as JSON (or YAML), or an answer of its admin API; - is standard input')
    .option('--community <id>', 'the community whose rules these become; without it nothing is saved')
    .option('--templates <folder>', 'its keyword templates, which it only names: files NAME, NAME.tmpl or NAME.json')
    .option('--trusted-servers <file>', 'the member directory of Muninn Hall as JSON, or one server name a line')
    .action(async (file: string, options: ImportCommandOptions) => {
      const [{ readSettingsFile }, { importPolicyserv, RULE_PREFIX }, { describeImport }] = await Promise.all([
        import('../settings-file.ts'),
        import('../../policy/import/policyserv.ts'),
        import('../import-text.ts'),
      ]);
      const { configured } = await import('../configured.ts');
      const { config } = configured(io, options);
      const remoteChecks = new Map(Object.entries(config.remote_checks).map(([name, { kind }]) => [name, kind]));
      const settings = await readSettingsFile(io, file);
      const imported = importPolicyserv(settings, { remoteChecks, ...(await givenBeside(io, options)) });
      const isDry = options.dryRun === true;
      if (options.community === undefined && !isDry) {
        throw new WrongUsage('say whose rules these become: --community ID; or only look: --dry-run');
      }
      const { community } = options;
      const change =
        community === undefined ? undefined : await save(io, options, community, imported.rules, RULE_PREFIX);
      if (options.json === true) printJson(io, { ...imported, ...(change === undefined ? {} : { change }) });
      else printLine(io, describeImport(imported, change));
    });
}

/** What its configuration only refers to. */
async function givenBeside(io: CommandIo, options: ImportCommandOptions): Promise<ImportOptions> {
  const { readTemplates, readTrustedServers } = await import('../import-files.ts');
  const { templates, trustedServers } = options;
  return {
    ...(templates === undefined ? {} : { templates: readTemplates(io, templates) }),
    ...(trustedServers === undefined ? {} : { trustedServers: readTrustedServers(io, trustedServers) }),
  };
}

/** In the place of what an earlier import made; other rules stay. The server checks what a dry run would save, too. */
async function save(
  io: CommandIo,
  options: ImportCommandOptions,
  community: string,
  rules: object,
  prefix: string,
): Promise<ImportChange> {
  const { changeAnswer, scopeSettings } = await import('../settings-answers.ts');
  const path = `settings/${encodeURIComponent(`community/${community}`)}`;
  const { settings, revision } = await askSettings(io, options, { method: 'GET', path, answer: scopeSettings });
  const others = [...sectionOf(settings, 'rules')].filter(([name]) => !name.startsWith(prefix));
  const changed = { ...settings, rules: { ...Object.fromEntries(others), ...rules } };
  const body = { settings: changed, ...said({ note: 'imported from policyserv', ...options }) };
  const request = { method: 'PUT', path, body, ifMatch: revision, answer: changeAnswer } as const;
  const { scope, revision: saved, dry_run: dryRun, changes } = await askSettings(io, options, request);
  return { scope, revision: saved, dry_run: dryRun, changes };
}
