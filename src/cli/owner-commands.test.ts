import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { controlSocketPath } from '../config/control-socket.ts';
import { loadOrCreateSecrets } from '../config/secrets.ts';
import { runCliHere, type CliRun } from '../../tests/support/run-cli.ts';

const ROOM = {
  roomId: '!room:example.org',
  name: 'Lobby\u001b[2J\u202e',
  roomVersion: '11',
  membership: 'joined',
  joinedMembers: 12,
  policy: { status: 'mismatch', detail: 'the room names other.example' },
};
const POLICY = { via: 'policy.example.org', public_keys: { ed25519: 'AAAA' } };
const EVENT = {
  eventId: '$event',
  roomId: ROOM.roomId,
  type: 'm.room.message',
  sender: '@mallory:example.org',
  originServerTs: 9e15,
  depth: 7,
  status: 'softFailed',
  isRejected: false,
  reason: 'check 7: This word is not allowed.',
  stateBefore: 'before',
  stateAfter: 'after',
  prevEvents: ['$one', '$two'],
  authEvents: ['$three'],
  policySignature: 'missing',
  receivedFrom: 'example.org',
  receivedAt: Date.UTC(2026, 0, 1),
};
const GRAPH = {
  extremities: 2,
  events: { accepted: 40, softFailed: 1 },
  unaccepted: [EVENT],
};
const PAST_GRAPH = {
  ...GRAPH,
  unaccepted: [
    { ...EVENT, eventId: '$past', type: 'm.room.member', reason: 'check 6, rule 5.4.3: is joined', isFromBefore: true },
  ],
};
const VERDICT = {
  eventId: '$event',
  referenceHash: 'hash',
  revision: 1,
  roomId: ROOM.roomId,
  roomVersion: '11',
  sender: '@mallory:example.org',
  type: 'm.room.message',
  reference: 'K3F2-9QXZ-7A',
  decision: { outcome: 'refuse', message: 'This word is not allowed.', harms: ['org.matrix.msc4456.spam'] },
  decidedBy: 'words',
  evidence: [{ path: 'content.body', span: { start: 4, end: 8 }, matched: 'spam', note: 'word list entry "spam"' }],
  facts: { senderPowerLevel: 0 },
  configuration: 'abc123',
  askedBy: 'example.org',
  decidedAt: Date.UTC(2026, 0, 1),
};

/** Method, path and body of a request to what it is answered. */
const ANSWERS: ReadonlyMap<string, [number, unknown]> = new Map<string, [number, unknown]>([
  ['GET rooms', [200, { rooms: [ROOM] }]],
  ['GET rooms/!room%3Aexample.org', [200, { room: ROOM, policyContent: POLICY }]],
  ['GET rooms/!graph%3Aexample.org', [200, { room: ROOM, graph: GRAPH, policyContent: POLICY }]],
  ['GET rooms/!past%3Aexample.org', [200, { room: ROOM, graph: PAST_GRAPH, policyContent: POLICY }]],
  [
    'POST rooms {"version":"11","name":"Lobby","alias":"lobby","public":true,"invite":["@a:a.example"],"policy":false}',
    [200, { type: 'created', roomId: ROOM.roomId, alias: '#lobby:example.org', invites: [{ userId: '@a:a.example' }] }],
  ],
  [
    'POST rooms {"public":false,"invite":["@b:b.example"],"policy":true}',
    [200, { type: 'created', roomId: ROOM.roomId, invites: [{ userId: '@b:b.example', failed: 'b.example is down' }] }],
  ],
  [
    'POST rooms {"alias":"taken","public":false,"invite":[],"policy":true}',
    [200, { type: 'aliasTaken', alias: '#taken:example.org' }],
  ],
  [
    'POST rooms/!room%3Aexample.org/send {"text":"hello"}',
    [200, { type: 'sent', roomId: ROOM.roomId, eventId: '$sent' }],
  ],
  [
    'POST rooms/!room%3Aexample.org/send {"text":"spam"}',
    [200, { type: 'refused', reason: 'This word is not allowed.' }],
  ],
  [
    'POST rooms/!room%3Aexample.org/upgrade {"version":"12"}',
    [200, { type: 'upgraded', roomId: '!new', replaces: ROOM.roomId, notes: ['the alias stayed behind'] }],
  ],
  [
    'POST rooms/!room%3Aexample.org/upgrade {"version":"99"}',
    [200, { type: 'unsupportedRoomVersion', roomVersion: '99' }],
  ],
  ['GET events/%24event', [200, { event: EVENT }]],
  ['GET rooms/!other%3Aexample.org', [404, { errcode: 'M_NOT_FOUND', error: 'The bot has never been in that room.' }]],
  [
    'POST rooms/join {"target":"#lobby:example.org","via":["a.example","b.example"]}',
    [200, { type: 'joined', roomId: ROOM.roomId, via: 'b.example' }],
  ],
  [
    'POST rooms/join {"target":"#none:example.org","via":[]}',
    [200, { type: 'failed', attempts: [{ server: 'example.org', reason: 'no such alias' }] }],
  ],
  ['POST rooms/!room%3Aexample.org/leave {}', [200, { type: 'left', roomId: ROOM.roomId }]],
  ['POST rooms/!other%3Aexample.org/leave {}', [200, { type: 'notJoined' }]],
  ['GET verdicts/K3F2-9QXZ-7A', [200, { verdicts: [VERDICT] }]],
  ['GET verdicts/%24broken', [200, 'no object']],
]);

const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-cli-'));
const configFile = path.join(root, 'gatehouse.yaml');
const dataDir = path.join(root, 'data');
let server: Server;

before(async () => {
  writeFileSync(configFile, 'server_name: policy.example.org\n');
  const socket = controlSocketPath(dataDir);
  mkdirSync(path.dirname(socket), { recursive: true });
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const resource = (request.url ?? '').replace('/_gatehouse/admin/v1/', '');
      const [status, answer] = ANSWERS.get(`${request.method ?? ''} ${resource}${body === '' ? '' : ` ${body}`}`) ?? [
        500,
        {},
      ];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }).listen(socket);
  await once(server, 'listening');
});
after(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

function gatehouse(...argv: string[]): Promise<CliRun> {
  return runCliHere([...argv, '--config', configFile]);
}

describe('commands to the running server', () => {
  it('list rooms without letting names command the terminal', async () => {
    const run = await gatehouse('rooms', 'list');
    assert.equal(run.exitCode, 0);
    assert.match(
      run.stdout,
      /^ROOM +NAME +VERSION +BOT +MEMBERS +POLICY\n!room:example\.org +Lobby\ufffd\[2J\ufffd +11 +joined +12 +mismatch\n$/,
    );
  });

  it('show a room with the content to copy', async () => {
    const run = await gatehouse('rooms', 'show', ROOM.roomId);
    assert.equal(run.exitCode, 0);
    for (const part of ['the room names other.example', '/devtools', '"via": "policy.example.org"']) {
      assert.ok(run.stdout.includes(part), run.stdout);
    }
  });

  it('print JSON for scripts', async () => {
    const run = await gatehouse('rooms', 'show', ROOM.roomId, '--json');
    assert.deepEqual(JSON.parse(run.stdout), {
      room_id: ROOM.roomId,
      name: ROOM.name,
      room_version: '11',
      membership: 'joined',
      joined_members: 12,
      policy: ROOM.policy,
      policy_content: POLICY,
    });
  });

  it('tell what the server refuses', async () => {
    const run = await gatehouse('rooms', 'show', '!other:example.org');
    assert.deepEqual(run, { exitCode: 1, stdout: '', stderr: 'gatehouse: The bot has never been in that room.\n' });
  });

  it('join through servers, and say why each of them failed', async () => {
    const joined = await gatehouse('rooms', 'join', '#lobby:example.org', '--via', 'a.example', 'b.example');
    assert.equal(joined.exitCode, 0, joined.stderr);
    assert.match(joined.stdout, /^Joined !room:example\.org through b\.example/);
    const failed = await gatehouse('rooms', 'join', '#none:example.org');
    assert.deepEqual(failed, {
      exitCode: 1,
      stdout: '',
      stderr: 'gatehouse: cannot join #none:example.org: example.org: no such alias\n',
    });
  });

  it('show what came in and was not accepted', async () => {
    const run = await gatehouse('rooms', 'show', '!graph:example.org');
    for (const part of ['40 accepted, 1 soft-failed', 'extremities  2', '2026-01-01', 'check 7: This word']) {
      assert.ok(run.stdout.includes(part), `${part}: ${run.stdout}`);
    }
  });

  it('show what is of the past as no fault of the room', async () => {
    const run = await gatehouse('rooms', 'show', '!past:example.org');
    assert.match(run.stdout, /^From before the bot joined.*no fault of the room\.\nRECEIVED.*\n.*\$past .*is joined$/m);
    assert.doesNotMatch(run.stdout, /not accepted:/);
  });

  it('show an event', async () => {
    const run = await gatehouse('event', 'show', '$event');
    for (const part of ['soft-failed', 'check 7', '$one $two', '$three', 'before', 'missing', '9000000000000000']) {
      assert.ok(run.stdout.includes(part), `${part}: ${run.stdout}`);
    }
    const json: unknown = JSON.parse((await gatehouse('event', 'show', '$event', '--json')).stdout);
    assert.ok(typeof json === 'object' && json !== null && 'policy_signature' in json);
  });

  it('create rooms, and say who could not be invited', async () => {
    const options = ['--version', '11', '--name', 'Lobby', '--alias', 'lobby', '--public', '--no-policy'];
    const created = await gatehouse('rooms', 'create', ...options, '--invite', '@a:a.example');
    assert.equal(created.stdout, 'Created !room:example.org, #lobby:example.org.\n', created.stderr);
    const partly = await gatehouse('rooms', 'create', '--invite', '@b:b.example');
    assert.equal(partly.stdout, 'Created !room:example.org.\n');
    assert.equal(partly.stderr, 'gatehouse: not invited: @b:b.example (b.example is down)\n');
    assert.match((await gatehouse('rooms', 'create', '--alias', 'taken')).stderr, /#taken:example.org is the alias/);
  });

  it('send, in the words of the policy where it refuses', async () => {
    assert.equal((await gatehouse('rooms', 'send', ROOM.roomId, 'hello')).stdout, 'Sent $sent.\n');
    const refused = await gatehouse('rooms', 'send', ROOM.roomId, 'spam');
    assert.deepEqual(refused, { exitCode: 1, stdout: '', stderr: 'gatehouse: not sent: This word is not allowed.\n' });
  });

  it('upgrade', async () => {
    const upgraded = await gatehouse('rooms', 'upgrade', ROOM.roomId, '12');
    assert.equal(upgraded.stdout, '!room:example.org is replaced by !new.\nthe alias stayed behind\n');
    assert.match((await gatehouse('rooms', 'upgrade', ROOM.roomId, '99')).stderr, /no room version 99/);
  });

  it('leave', async () => {
    assert.equal((await gatehouse('rooms', 'leave', ROOM.roomId)).stdout, 'Left !room:example.org.\n');
    const other = await gatehouse('rooms', 'leave', '!other:example.org');
    assert.equal(other.stderr, 'gatehouse: the bot is not in !other:example.org\n');
    assert.equal(other.exitCode, 1);
  });

  it('explain a verdict', async () => {
    const run = await gatehouse('verdict', 'K3F2-9QXZ-7A');
    assert.equal(run.exitCode, 0, run.stderr);
    for (const part of [
      'refused',
      'This word is not allowed.',
      'words',
      '»spam«',
      '@mallory:example.org',
      'abc123',
      '2026-01-01',
    ]) {
      assert.ok(run.stdout.includes(part), `${part}: ${run.stdout}`);
    }
  });

  it('say that an answer is not understood', async () => {
    assert.match((await gatehouse('verdict', '$broken')).stderr, /^gatehouse: the server gives an answer/);
  });

  it('say that no server runs, and read keys from the files then', async () => {
    const idle = path.join(root, 'idle.yaml');
    writeFileSync(idle, 'server_name: idle.example\ndata_dir: ./idle\n');
    const list = await runCliHere(['rooms', 'list', '--config', idle]);
    assert.equal(list.exitCode, 1);
    assert.match(list.stderr, /^gatehouse: no server is running on .*idle: start it with gatehouse start.*\n$/);
    assert.match((await runCliHere(['keys', 'show', '--config', idle])).stderr, /there are no keys in/);
    const secrets = loadOrCreateSecrets(path.join(root, 'idle'));
    const keys = await runCliHere(['keys', 'show', '--json'], { env: { GATEHOUSE_CONFIG: idle } });
    assert.deepEqual(JSON.parse(keys.stdout), {
      server_key: { key_id: secrets.serverKey.keyId, public_key: secrets.serverKey.publicKeyText },
      policy_key: { key_id: 'ed25519:policy_server', public_key: secrets.policyKey.publicKeyText },
      old_server_keys: [],
    });
  });
});
