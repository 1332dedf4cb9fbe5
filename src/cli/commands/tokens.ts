/** `gatehouse tokens`: who may use the admin API over the network. */
import type { Command } from 'commander';
import { z } from 'zod';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type OwnerOptions, type TryOptions } from '../owner-options.ts';

const token = z.looseObject({
  id: z.number(),
  name: z.string(),
  scope: z.string(),
  created_by: z.string(),
  expires_at: z.number().nullable(),
  is_valid: z.boolean(),
});

export function tokensCreate(io: CommandIo): Command {
  return trying(ownerCommand('create', 'make a token, which is printed this once'))
    .argument('<name>', 'whose it is, e.g. "console"')
    .option('--community <id>', 'for this one community alone')
    .option('--for <time>', 'how long it is valid, e.g. 90d; until it is revoked where left out')
    .action(async (name: string, options: TryOptions & { community?: string; for?: string }) => {
      const { configured } = await import('../configured.ts');
      const { askOwner } = await import('../owner-client.ts');
      const { community, for: validFor } = options;
      const answer = await askOwner({
        dataDir: configured(io, options).config.data_dir,
        method: 'POST',
        path: 'tokens',
        body: { name, community, for: validFor, ...tried(options) },
        answer: z.looseObject({ token: token.extend({ id: z.number().nullable() }), text: z.string().nullable() }),
      });
      if (options.json === true) printJson(io, answer);
      else printLine(io, answer.text ?? describePlanned(answer.token));
    });
}

function describePlanned({
  name,
  scope,
  expires_at: end,
}: Pick<z.output<typeof token>, 'name' | 'scope' | 'expires_at'>): string {
  const until = end === null ? 'until it is revoked' : `until ${new Date(end).toISOString()}`;
  return `Would make a token ${name} for ${scope}, valid ${until}.`;
}

export function tokensList(io: CommandIo): Command {
  return ownerCommand('list', 'list all tokens, without their texts').action(async (options: OwnerOptions) => {
    const { configured } = await import('../configured.ts');
    const { askOwner } = await import('../owner-client.ts');
    const dataDir = configured(io, options).config.data_dir;
    const answer = z.looseObject({ tokens: z.array(token) });
    const list = await askOwner({ dataDir, method: 'GET', path: 'tokens', answer });
    if (options.json === true) {
      printJson(io, list);
      return;
    }
    const { table } = await import('../table.ts');
    const rows = list.tokens.map(({ id, name, scope, created_by: by, expires_at: end, is_valid: isValid }) => {
      const until = end === null ? 'revoked' : new Date(end).toISOString();
      return [String(id), name, scope, by, isValid ? `until ${until}` : 'not valid'];
    });
    printLine(io, rows.length === 0 ? 'no tokens' : table(['id', 'name', 'scope', 'made by', 'valid'], rows));
  });
}

export function tokensRevoke(io: CommandIo): Command {
  return trying(ownerCommand('revoke', 'make a token invalid at once'))
    .argument('<id>', 'id of the token, as the list has it')
    .action(async (id: string, options: TryOptions) => {
      const { configured } = await import('../configured.ts');
      const { askOwner } = await import('../owner-client.ts');
      const dataDir = configured(io, options).config.data_dir;
      const isDryRun = options.dryRun === true;
      const path = `tokens/${encodeURIComponent(id)}${isDryRun ? '?dry_run=true' : ''}`;
      const answer = await askOwner({ dataDir, method: 'DELETE', path, answer: z.looseObject({ id: z.number() }) });
      if (options.json === true) printJson(io, answer);
      else printLine(io, `${isDryRun ? 'would revoke' : 'revoked'} token ${String(answer.id)}`);
    });
}
