// Records docs/refused-message.svg: a real Synapse, a real Gatehouse, and a shell that runs exactly the lines shown.
//
// usage: node_modules/.bin/node scripts/record-demo.ts [FILE]
//
// Only the names of the two servers are replaced: on loopback they are localhost and a port that was free.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../tests/interop/support/eventually.ts';
import { GatehouseProcess } from '../tests/interop/support/gatehouse-process.ts';
import { isObject, MatrixClient, textOf, type JsonObject } from '../tests/interop/support/matrix-client.ts';
import { prepareSynapseEnvironment, repositoryRoot } from '../tests/interop/support/synapse-environment.ts';
import { startSynapse, type SynapseServer } from '../tests/interop/support/synapse-server.ts';
import { drawTerminal, type Line, type Span } from './demo/terminal-picture.ts';

const HOMESERVER = 'example.org';
const POLICY_SERVER = 'policy.example.org';
const ROOM_VERSION = '12';
const REFERENCE = /Reference: ([0-9A-Z-]{8,})/u;

await main(process.argv[2] ?? path.join(repositoryRoot, 'docs', 'refused-message.svg'));

async function main(file: string): Promise<void> {
  const environment = await prepareSynapseEnvironment();
  if (!environment.ok) throw new Error(`cannot record without Synapse: ${environment.skip}`);
  await using synapse = await startSynapse({ python: environment.python, name: 'demo' });
  await using gatehouse = await GatehouseProcess.start({ filters: { words: { words: ['free airdrop*'] } } });
  await using shell = await openShell(synapse, gatehouse);
  const publicNames = (text: string): string =>
    text.replaceAll(gatehouse.serverName, POLICY_SERVER).replaceAll(synapse.serverName, HOMESERVER);
  const session = (await record(shell)).map((line) =>
    line.map(({ text, tint }) => ({ text: publicNames(text), tint })),
  );
  const picture = drawTerminal(
    session,
    `a room on ${HOMESERVER}, protected by ${POLICY_SERVER}`,
    'Alice sends two messages with curl. The first is accepted. The second is refused with a sentence and a reference; ' +
      'the command "gatehouse verdict" explains the reference.',
  );
  await writeFile(file, picture);
  console.log(session.map((line) => line.map(({ text }) => text).join('')).join('\n'));
}

interface Shell extends AsyncDisposable {
  /** Runs a line as it stands and returns what it prints on standard output. */
  run(line: string): Promise<string>;
}

async function record(shell: Shell): Promise<Line[]> {
  const send = async (transaction: number, body: string): Promise<{ lines: Line[]; output: string }> => {
    const first = `curl -X PUT -H "$ALICE" "$ROOM/send/m.room.message/${transaction}" \\`;
    const second = `     -d '${JSON.stringify({ msgtype: 'm.text', body })}'`;
    const output = await shell.run(`${first}\n${second}`);
    return { lines: [...commandLines(first, second), answerLine(output)], output };
  };
  const fine = await send(1, 'Good morning! Who is coming to the meetup?');
  const refused = await send(2, 'FREE airdrops for everybody, claim yours now');
  const reference = REFERENCE.exec(refused.output)?.[1];
  if (reference === undefined) throw new Error(`not refused: ${refused.output}`);
  const ask = `gatehouse verdict ${reference}`;
  const verdict = await shell.run(ask);
  return [
    [{ text: '# Alice, in the room: the first message is fine', tint: 'dim' }],
    ...fine.lines,
    [],
    [{ text: '# the second one is refused before anybody sees it, and she can read why', tint: 'dim' }],
    ...refused.lines,
    [],
    [{ text: '# whoever runs the policy server can say more', tint: 'dim' }],
    ...commandLines(ask),
    ...verdict.trimEnd().split('\n').map(verdictLine),
  ];
}

function commandLines(...lines: readonly string[]): Line[] {
  return lines.map((text, index) => [
    { text: index === 0 ? '$ ' : '  ', tint: 'prompt' },
    { text, tint: 'bright' },
  ]);
}

function answerLine(output: string): Line {
  const text = output.trimEnd();
  if (!text.includes('"errcode"')) return [{ text, tint: 'good' }];
  return split(text, /"(?:errcode|error)":\s*"((?:[^"\\]|\\.)*)"/gu, 'plain', 'bad');
}

function verdictLine(text: string): Line {
  const field = /^(\s{2,}\S+(?: \S+)*\s{2,})(\S.*)$/u.exec(text);
  const [, label, value] = field ?? [];
  if (label === undefined || value === undefined) {
    return text.startsWith(' ') && !text.startsWith('   ')
      ? [{ text, tint: 'label' }]
      : split(text, /»([^«]*)«/gu, 'plain', 'mark');
  }
  return [
    { text: label, tint: 'label' },
    { text: value, tint: value === 'refused' ? 'bad' : 'plain' },
  ];
}

/** Gives the first group of every match another tint. */
function split(text: string, pattern: RegExp, tint: Span['tint'], inner: Span['tint']): Line {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const group = match[1] ?? '';
    const start = match.index + match[0].lastIndexOf(group);
    spans.push({ text: text.slice(end, start), tint }, { text: group, tint: inner });
    end = start + group.length;
  }
  return [...spans, { text: text.slice(end), tint }].filter((span) => span.text !== '');
}

/** A protected room with Alice in it, and a shell that knows both as `$ROOM` and `$ALICE`. */
async function openShell(synapse: SynapseServer, gatehouse: GatehouseProcess): Promise<Shell> {
  const roomId = await protectedRoom(synapse, gatehouse);
  const alice = await MatrixClient.register(synapse.clientUrl, 'alice');
  textOf(await alice.join(roomId), 'room_id');
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: 'interop' };
  const token = textOf(await alice.call('POST', '/login', login), 'access_token');
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-demo-'));
  const executable = path.join(repositoryRoot, 'bin', 'gatehouse');
  await writeFile(path.join(folder, 'gatehouse'), `#!/bin/sh\nexec "${process.execPath}" "${executable}" "$@"\n`, {
    mode: 0o755,
  });
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    GATEHOUSE_CONFIG: gatehouse.configFile,
    ALICE: `Authorization: Bearer ${token}`,
    ROOM: `${synapse.clientUrl}/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`,
  };
  return {
    run: async (line) => (await promisify(execFile)('sh', ['-c', line], { env })).stdout,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function protectedRoom(synapse: SynapseServer, gatehouse: GatehouseProcess): Promise<string> {
  const moderator = await MatrixClient.register(synapse.clientUrl, 'moderator');
  const roomId = await moderator.createRoom({ version: ROOM_VERSION, preset: 'public_chat', name: 'Meetup' });
  await moderator.invite(roomId, gatehouse.botUserId);
  const joined = await roomWhere(gatehouse, roomId, ({ membership }) => membership === 'joined');
  const content = joined['policy_content'];
  if (!isObject(content)) throw new Error(`no policy content: ${JSON.stringify(joined)}`);
  textOf(await moderator.sendState(roomId, 'm.room.policy', content), 'event_id');
  await roomWhere(gatehouse, roomId, ({ policy }) => isObject(policy) && policy['status'] === 'active');
  return roomId;
}

/** Waits until `gatehouse rooms show` says what is wanted. */
async function roomWhere(
  gatehouse: GatehouseProcess,
  roomId: string,
  isWanted: (shown: JsonObject) => boolean,
): Promise<JsonObject> {
  return await eventually('Gatehouse to know the room', async () => {
    const { exitCode, stdout } = await gatehouse.run('rooms', 'show', roomId, '--json');
    const shown: unknown = exitCode === 0 ? JSON.parse(stdout) : undefined;
    return isObject(shown) && isWanted(shown) && shown;
  });
}
