/** `gatehouse event show`: what became of an event, and why. */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function eventShow(io: CommandIo): Command {
  return ownerCommand('show', 'show what is stored of an event, and what became of it')
    .argument('<event>', 'event id')
    .action(async (eventId: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { eventAnswer }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
      ]);
      const path = `events/${encodeURIComponent(eventId)}`;
      const { event } = await askOwner({ dataDir, method: 'GET', path, answer: eventAnswer });
      if (options.json === true) {
        printJson(io, event);
        return;
      }
      const { describeEvent } = await import('../event-text.ts');
      printLine(io, describeEvent(event));
    });
}
