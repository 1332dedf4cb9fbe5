/** `gatehouse rooms show`: one room, and the `m.room.policy` content that it should have. */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function roomsShow(io: CommandIo): Command {
  return ownerCommand('show', 'show a room and how to protect it')
    .argument('<room>', 'room id')
    .action(async (room: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { roomDetails }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
      ]);
      const path = `rooms/${encodeURIComponent(room)}`;
      const answer = await askOwner({ dataDir, method: 'GET', path, answer: roomDetails });
      if (options.json === true) {
        const graph = answer.graph === undefined ? {} : { graph: answer.graph };
        printJson(io, { ...answer.room, ...graph, policy_content: answer.policy_content });
        return;
      }
      const { describeRoom } = await import('../room-text.ts');
      printLine(io, describeRoom(answer.room, answer.policy_content, answer.graph));
    });
}
