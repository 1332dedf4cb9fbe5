/** What moderators do, on a running server: appeals, overrides, lockdowns and the queue, for the next event on. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { own, ownObject, ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { runCliHere } from '../support/run-cli.ts';
import { FORBIDDEN_WORD, protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const MINUTE = 60_000;
const WATCHED = { description: 'Fruit.', when: { words: { words: ['pineapple'] } }, action: 'flag' };

interface Asked {
  readonly status: number;
  readonly reference: string;
  readonly error: string;
}

describe('moderators', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let garden: RoomBuilder;
  let other: RoomBuilder;
  let [bob, eve]: UserId[] = [];
  let file: string;
  let tokens: Readonly<Record<'all' | 'garden' | 'other', string>>;

  before(async () => {
    network = await TestNetwork.start();
    origin = await network.origin();
    garden = origin.createRoom('11', { joinRule: 'public' });
    other = origin.createRoom('11', { joinRule: 'public' });
    [bob, eve] = [origin.user('bob'), origin.user('eve')];
    const communities = {
      garden: { name: 'Garden', rooms: [garden.roomId], rules: { watched: WATCHED } },
      other: { name: 'Other', rooms: [other.roomId] },
    };
    gatehouse = await network.gatehouse({ communities, admin: { listen: [{ port: 0 }] } });
    for (const room of [garden, other]) {
      await protectRoom(gatehouse, origin, room);
      for (const user of [bob, eve]) await take(room, room.addMember(user, 'join').raw);
    }
    file = path.join(network.folder, 'moderators.yaml');
    await mkdir(gatehouse.dataDir, { recursive: true });
    await writeFile(file, stringify({ server_name: gatehouse.serverName, data_dir: gatehouse.dataDir }));
    const tokenFor = async (community?: string): Promise<string> => {
      const wanted = { name: community ?? 'all', ...(community === undefined ? {} : { community }) };
      return ownString((await gatehouse.owner('POST', 'tokens', wanted)).body, 'text') ?? '';
    };
    tokens = { all: await tokenFor(), garden: await tokenFor('garden'), other: await tokenFor('other') };
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function take(room: RoomBuilder, event: JsonObject): Promise<void> {
    const sent = await origin.send(gatehouse.serverName, [event]);
    assert.deepEqual(own(ownObject(sent.body, 'pdus') ?? {}, room.parse(event).eventId), {}, sent.text);
  }

  async function ask(event: JsonObject): Promise<Asked> {
    const { status, body } = await origin.askToSign(gatehouse.serverName, event);
    const reference = ownString(body, 'org.gatehouse.reference') ?? '';
    return { status, reference, error: ownString(body, 'error') ?? '' };
  }

  let said = 0;
  const fresh = (room: RoomBuilder, sender: UserId | undefined = bob): JsonObject => {
    said += 1;
    return room.makeMessage(`something new ${String(said)}`, sender === undefined ? {} : { sender });
  };

  async function admin(
    who: keyof typeof tokens,
    method: string,
    resource: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const port = gatehouse.server.adminListeners[0]?.port ?? 0;
    const response = await fetch(`http://127.0.0.1:${String(port)}/_gatehouse/admin/v1/${resource}`, {
      ...{ method, headers: { ...headers, authorization: `Bearer ${tokens[who]}` } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function cli(...argv: string[]): Promise<string> {
    const run = await runCliHere(argv, { env: { GATEHOUSE_CONFIG: file }, cwd: network.folder });
    assert.equal(run.exitCode, 0, run.stderr);
    return run.stdout;
  }

  const mine = (text: string, sender = bob): JsonObject =>
    garden.makeMessage(text, sender === undefined ? {} : { sender });
  const TEXT = `my ${FORBIDDEN_WORD} fruit`;
  let precedent = '';

  it('see in one command which rule on which words refused a message', async () => {
    const refused = await ask(mine(TEXT));
    assert.equal(refused.status, 400);
    const explained = await cli('verdict', refused.reference);
    for (const part of [
      'The rule "words" refuses it',
      `in: my »${FORBIDDEN_WORD}« fruit`,
      'words, from ',
      'in force still',
      'sender is a moderator: no',
      'community    garden',
      'it has not come in',
      ' ms',
    ]) {
      assert.ok(explained.includes(part), `${part}: ${explained}`);
    }
    const found = await cli('verdict', 'list', '--community', 'garden', '--by', 'words', '--since', '1h');
    assert.ok(found.includes(refused.reference), found);
  });

  it('allow what was appealed, and it goes through on the next try', async () => {
    const event = mine(TEXT);
    const refused = await ask(event);
    assert.equal(refused.status, 400);
    assert.match(await cli('queue', 'appeal', refused.reference, '--statement', 'It is fruit.'), /^Appeal 1 +open/);
    assert.match(await cli('queue', 'list', '--community', 'garden'), /^1 +appeal +open .* It is fruit\.$/m);
    const twice = await runCliHere(['queue', 'appeal', refused.reference], { env: { GATEHOUSE_CONFIG: file } });
    assert.match(twice.stderr, /an appeal against this verdict already/);
    const decided = await cli('queue', 'decide', 'allow', '1', '--for', '30m', '--note', 'a regular');
    assert.match(decided, /^Item 1 is decided\.\nVerdict \S+ about \S+ is: signed\.\n/);
    assert.match(decided, /its author must send it once more/);
    precedent = /gatehouse precedents end (\d+)/.exec(decided)?.[1] ?? '';
    assert.equal((await ask(event)).status, 200, 'homeservers that ask again get the signature');
    const again = mine(TEXT);
    assert.equal((await ask(again)).status, 200, 'sent again by its author');
    await take(garden, again);
    assert.equal((await ask(mine(TEXT, eve))).status, 400, 'by somebody else');
    const explained = await cli('verdict', garden.parse(event).eventId);
    assert.match(explained, /revision 2 of 2, in force/);
    assert.match(explained, /precedents that rest on it/);
    assert.match(await cli('verdict', garden.parse(again).eventId), /in the room +accepted/);
    await gatehouse.restart();
    assert.equal((await ask(mine(TEXT))).status, 200, 'after a restart');
    assert.match(await cli('precedents', 'list'), new RegExp(`^${precedent} +allow +@bob`, 'm'));
    network.clock.skip(31 * MINUTE);
    assert.equal((await ask(mine(TEXT))).status, 400, 'when its time is over');
  });

  it('decide for everyone, and end what they decided', async () => {
    const refused = await ask(mine(TEXT));
    const wanted = ['verdict', 'allow', refused.reference, '--covers', 'everyone'];
    assert.match(
      await cli(...wanted, '--dry-run'),
      /would be: signed\.\n[^]*Nothing is changed: this was a dry run\.$/m,
    );
    assert.equal((await ask(mine(TEXT, eve))).status, 400, 'a dry run allows nothing');
    const allowed = await cli(...wanted);
    precedent = /gatehouse precedents end (\d+)/.exec(allowed)?.[1] ?? '';
    assert.equal((await ask(mine(TEXT, eve))).status, 200);
    assert.match(await cli('precedents', 'end', precedent, '--dry-run'), /would end/);
    assert.equal((await ask(mine(TEXT, eve))).status, 200, 'a dry run ends nothing');
    assert.match(await cli('precedents', 'end', precedent, '--note', 'enough'), /has ended/);
    assert.equal((await ask(mine(TEXT, eve))).status, 400);
    assert.equal((await runCliHere(['precedents', 'end', precedent, '--config', file])).exitCode, 1);
    const event = fresh(garden);
    assert.equal((await ask(event)).status, 200);
    const id = garden.parse(event).eventId;
    assert.match(await cli('verdict', 'refuse', id, '--message', 'Not here.'), /redact it/);
    assert.match((await ask(event)).error, /^Not here\./);
  });

  it('lock a room down for a time that ends by itself, restart or not', async () => {
    const begun = await cli('lockdown', 'on', '--room', garden.roomId, '--for', '1h', '--note', 'raid');
    assert.match(begun, /^Lockdown of room\/\S+ for everyone, until .* It ends by itself\.$/m);
    const refused = await ask(fresh(garden));
    assert.match(refused.error, /closed for a while/);
    assert.match(await cli('verdict', refused.reference), /lockdown-1, from lockdown, in force still/);
    assert.equal((await ask(fresh(other))).status, 200);
    await gatehouse.restart();
    network.clock.skip(59 * MINUTE);
    assert.equal((await ask(fresh(garden))).status, 400);
    assert.match(await cli('lockdown', 'list'), /^1 +room\/\S+ +lockdown +everyone .* raid$/m);
    network.clock.skip(2 * MINUTE);
    assert.equal((await ask(fresh(garden))).status, 200);
    assert.equal(await cli('lockdown', 'list'), 'No room is locked down.\n');
  });

  it('slow a community down, and end that before its time', async () => {
    await cli('lockdown', 'slow', '--community', 'garden', '--interval', '5m', '--for', '2h');
    assert.equal((await ask(fresh(garden, eve))).status, 200);
    assert.match((await ask(fresh(garden, eve))).error, /slow mode: one message every 5m/);
    network.clock.skip(6 * MINUTE);
    assert.equal((await ask(fresh(garden, eve))).status, 200);
    const off = ['lockdown', 'off', '--community', 'garden'];
    assert.match(await cli(...off, '--dry-run'), /Slow mode of community\/garden would end/);
    assert.match(await cli(...off), /Slow mode of community\/garden has ended/);
    assert.equal((await ask(fresh(garden, eve))).status, 200);
    const body = { scope: 'community/garden', mode: 'slow', for: '1h' };
    const begin = async (): Promise<unknown> =>
      (await admin('garden', 'POST', 'lockdowns', body, { 'idempotency-key': 'once' })).body['id'];
    assert.equal(await begin(), await begin(), 'sent twice and done once');
    await cli('lockdown', 'off', '--community', 'garden');
    const unknown = ['lockdown', 'on', '--room', '!nowhere:example.org', '--for', '1h', '--config', file];
    assert.match((await runCliHere(unknown)).stderr, /has never been in that room/);
  });

  it('find what rules flag in the queue, after a restart too, and take it from each other never', async () => {
    const event = mine('one pineapple');
    assert.equal((await ask(event)).status, 200, 'a flagged event goes through');
    await gatehouse.restart();
    await gatehouse.settled();
    const id = /^(\d+) +flag +open .*flag watched/m.exec(await cli('queue', 'list'))?.[1] ?? '';
    const claimed = await admin('garden', 'POST', `queue/${id}/claim`);
    assert.deepEqual([claimed.status, claimed.body['claimed_by']], [200, 'token:garden']);
    assert.equal((await admin('all', 'POST', `queue/${id}/claim`)).status, 409);
    const decided = await runCliHere(['queue', 'decide', 'none', id, '--config', file]);
    assert.match(decided.stdout, /has claimed it: release it first/);
    assert.equal(decided.exitCode, 1);
    assert.match(await cli('queue', 'release', id), /^Flagged event \d+ +open/);
    assert.match(await cli('queue', 'decide', 'none', id, '--dry-run'), /would be decided/);
    assert.match(await cli('queue', 'decide', 'none', id, '--note', 'fine'), /is decided/);
    assert.match(await cli('queue', 'show', id), /decided: none[^]*note +fine[^]*flagged for people\n +watched/);
    assert.equal((await ask(event)).status, 200);
  });

  it('of a community see and decide what is theirs alone', async () => {
    const refused = await ask(mine(`a ${FORBIDDEN_WORD} word`));
    const verdict = `verdicts/${refused.reference}`;
    const room = `room/${garden.roomId}`;
    const forbidden: readonly (readonly [string, string, object?])[] = [
      ['GET', verdict],
      ['POST', `${verdict}/override`, { action: 'allow' }],
      ['POST', 'appeals', { reference: refused.reference }],
      ['POST', 'lockdowns', { scope: room, for: '1h' }],
      ['POST', 'lockdowns', { scope: 'instance', for: '1h' }],
      ['POST', 'lockdowns/end', { scope: room }],
      ['GET', 'queue/1'],
      ['POST', 'queue/1/claim'],
    ];
    for (const [method, resource, body] of forbidden) {
      const { status } = await admin('other', method, resource, body);
      assert.ok(status === 403 || status === 404, `${method} ${resource}: ${String(status)}`);
    }
    for (const [resource, key] of [
      ['verdicts', 'verdicts'],
      [`verdicts?room=${encodeURIComponent(garden.roomId)}`, 'verdicts'],
      ['verdicts?community=garden', 'verdicts'],
      ['queue', 'items'],
      ['actions?community=garden', 'actions'],
      ['precedents', 'precedents'],
      ['lockdowns', 'lockdowns'],
    ] as const) {
      assert.deepEqual((await admin('other', 'GET', resource)).body[key], [], resource);
    }
    assert.doesNotMatch(JSON.stringify((await admin('other', 'GET', 'actions')).body), /garden/);
    assert.equal((await admin('garden', 'GET', verdict)).status, 200);
    assert.notDeepEqual((await admin('garden', 'GET', 'verdicts')).body['verdicts'], []);
    const bulk = await admin('other', 'POST', 'queue/decide', { items: [1], decision: 'none' });
    assert.match(JSON.stringify(bulk.body), /no such item/);
    assert.equal(
      (await admin('garden', 'POST', `${verdict}/override`, { action: 'allow', covers: 'this' })).status,
      200,
    );
  });

  it('have everything that they did in one log', async () => {
    const log = await cli('actions', '--community', 'garden', '--limit', '200');
    for (const action of [
      'verdict.allow',
      'verdict.refuse',
      'precedent.end',
      'lockdown.begin',
      'lockdown.end',
      'queue.appeal',
      'queue.claim',
      'queue.release',
      'queue.decide',
    ]) {
      assert.ok(log.includes(action), `${action}: ${log}`);
    }
    assert.match(log, /token:garden +garden +queue\.claim/);
    await gatehouse.owner('POST', 'communities', { id: 'new', settings: { name: 'New' } });
    assert.match(await cli('actions', '--community', 'new'), /settings\.change +community\/new +revision: 1/);
    assert.deepEqual(gatehouse.complaints, []);
  });
});
