/** `gatehouse debug …`: one JSON document per line in, one per line out, in order. */
import { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';

type AnswerLine = (line: string) => string;

export function debug(io: CommandIo): Command {
  return new Command('debug')
    .description('answer questions about events, one JSON document per line on standard input')
    .addCommand(
      lineCommand(io, 'canonical', 'the canonical form of any JSON', async () => {
        return (await import('../debug-canonical.ts')).debugCanonicalLine;
      }),
    )
    .addCommand(
      lineCommand(io, 'event', 'id, hash, redacted form and size of {"room_version","event"}', async () => {
        return (await import('../debug-event.ts')).debugEventLine;
      }),
    )
    .addCommand(
      lineCommand(io, 'auth', 'whether the rules let {"room_version","event","auth_events"} in', async () => {
        return (await import('../debug-auth.ts')).debugAuthLine;
      }),
    )
    .addCommand(
      lineCommand(io, 'resolve', 'the state that {"room_version","events","state_sets"} resolve to', async () => {
        return (await import('../debug-resolve.ts')).debugResolveLine;
      }),
    );
}

function lineCommand(io: CommandIo, name: string, description: string, load: () => Promise<AnswerLine>): Command {
  return new Command(name).description(description).action(async () => {
    const [{ runJsonLines }, answerLine] = await Promise.all([import('../json-lines.ts'), load()]);
    await runJsonLines(io.stdin, io.stdout, answerLine);
  });
}
