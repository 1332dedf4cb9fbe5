/** `gatehouse export`: everything that is kept of a community, as JSON lines. */
import type { Command } from 'commander';
import { printLine, type CommandIo } from '../command-io.ts';
import { configurable } from '../options.ts';
import type { ConfigOption } from '../configured.ts';

export function exportCommunity(io: CommandIo): Command {
  return configurable('export', 'print everything that is kept of a community, as JSON lines')
    .requiredOption('--community <id>', 'which community')
    .action(async (options: ConfigOption & { readonly community: string }) => {
      const { configured } = await import('../configured.ts');
      const { askOwner } = await import('../owner-client.ts');
      const { exportPage: answer } = await import('../replay-answers.ts');
      const dataDir = configured(io, options).config.data_dir;
      const path = `communities/${encodeURIComponent(options.community)}/export`;
      let from = '';
      for (let isMore = true; isMore;) {
        const query = from === '' ? '' : `?from=${encodeURIComponent(from)}`;
        const page = await askOwner({ dataDir, method: 'GET', path: `${path}${query}`, answer, asWritten: true });
        for (const line of page.lines) printLine(io, JSON.stringify(line));
        from = page.next ?? '';
        isMore = page.next !== null;
      }
    });
}
