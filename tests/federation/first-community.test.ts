/** The guide from a preset to a ban list, followed word for word. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import { guideNamed, samplesOf, shellWords } from '../support/guides.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { runCliHere } from '../support/run-cli.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const GUIDE = 'docs/first-community.md';
const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 24 * 60 * MINUTE_MS;

/** Sections of the guide, by number. */
const sections = guideNamed(GUIDE)
  .text.split(/^## (?=\d\. )/m)
  .slice(1);

describe(GUIDE, () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let home: FakeOrigin;
  let spam: FakeOrigin;
  let lobby: RoomBuilder;
  let photos: RoomBuilder;
  let config: string;
  /** What stands in the guide, and what it is here. */
  let names: readonly (readonly [string, string])[] = [];

  before(async () => {
    network = await TestNetwork.start();
    gatehouse = await network.gatehouse();
    [home, spam] = [await network.origin(), await network.origin()];
    const lists = await network.origin();
    [lobby, photos] = [home.createRoom('11', { joinRule: 'public' }), home.createRoom('11', { joinRule: 'public' })];
    const originServerTs = Date.now() - MONTH_MS;
    for (const regular of ['nina', 'otto']) lobby.addMember(home.user(regular), 'join', { originServerTs });
    for (const room of [lobby, photos]) {
      await protectRoom(gatehouse, home, room);
      const joined = room.addMember(home.user('mia'), 'join');
      await home.send(gatehouse.serverName, [joined.raw]);
    }
    const bans = lists.createRoom('11', { joinRule: 'public' });
    for (const [kind, entity, reason] of [
      ['user', home.user('nina'), 'quarrel'],
      ['user', home.user('otto'), 'quarrel'],
      ['server', spam.serverName, 'advertising'],
    ] as const) {
      bans.add({
        type: `m.policy.rule.${kind}`,
        // Keys that begin with "@" are for that user alone.
        stateKey: `rule:${entity}`,
        content: { entity, recommendation: 'm.ban', reason },
      });
    }
    lists.aliases.set(`#bans:${lists.serverName}`, { roomId: bans.roomId, servers: [lists.serverName] });
    names = [
      ['!lobby:example.org', lobby.roomId],
      ['!photos:example.org', photos.roomId],
      ['!bans:lists.example', bans.roomId],
      [':lists.example', `:${lists.serverName}`],
      [':example.org', `:${home.serverName}`],
    ];
    await gatehouse.settled();
    config = path.join(network.folder, 'gatehouse.yaml');
    await mkdir(gatehouse.dataDir, { recursive: true });
    await writeFile(config, stringify({ server_name: gatehouse.serverName, data_dir: gatehouse.dataDir }));
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  const here = (text: string): string => names.reduce((done, [shown, real]) => done.replaceAll(shown, real), text);

  /** Writes the files of a section, types its commands, and sees that they print what stands there. */
  async function follow(number: number): Promise<void> {
    const samples = samplesOf({ name: GUIDE, text: sections[number - 1] ?? '' });
    for (const { language, text } of samples) {
      if (language === 'yaml') {
        const [, file = ''] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
        await writeFile(path.join(network.folder, file), text);
        continue;
      }
      for (const step of text.split(/^\$ /m).slice(1)) {
        const [command = '', ...shown] = step.trimEnd().split('\n');
        const [program, ...argv] = shellWords(here(command));
        assert.equal(program, 'gatehouse');
        const run = await runCliHere(argv, { env: { GATEHOUSE_CONFIG: config }, cwd: network.folder });
        assert.deepEqual([run.exitCode, run.stderr], [0, ''], command);
        assertPrinted(run.stdout, shown.map(here), command);
      }
    }
  }

  let said = 0;
  /** What came of an event: `signed`, or what its sender reads. */
  async function judged(event: JsonObject): Promise<string> {
    const answer = await home.askToSign(gatehouse.serverName, event);
    return answer.status === 200 ? 'signed' : (ownString(answer.body, 'error') ?? answer.text);
  }
  async function says(sender: UserId, room: RoomBuilder, body: string): Promise<string> {
    said += 1;
    return await judged(room.makeMessage(`${body} (${String(said)})`, { sender }));
  }
  async function shows(sender: UserId, room: RoomBuilder): Promise<string> {
    const content = { msgtype: 'm.image', body: 'cat.jpg', url: `mxc://${home.serverName}/cat` };
    return await judged(room.make({ type: 'm.room.message', sender, content }));
  }

  it('1: a preset is in force', async () => {
    const mia = home.user('mia');
    assert.equal(await says(mia, lobby, 'have a look at https://shop.test/'), 'signed');
    await follow(1);
    assert.match(await says(mia, lobby, 'have a look at https://shop.test/'), /links/);
    assert.match(await says(mia, lobby, 'see https://cats.example.net/'), /links/);
  });

  it('2: a rule of one’s own takes the place of one of the preset', async () => {
    network.clock.skip(MINUTE_MS);
    await follow(2);
    const mia = home.user('mia');
    const refused = /Please wait a day before you post links, except to cats\.example\.org\./;
    assert.match(await says(mia, lobby, 'look at https://shop.test/'), refused);
    assert.match(await says(mia, photos, 'look at https://shop.test/'), refused);
    assert.equal(await says(mia, lobby, 'our rules are on https://cats.example.org/rules'), 'signed');
    assert.equal(await says(home.user('nina'), lobby, 'a shop: https://shop.test/'), 'signed');
    assert.equal(await says(lobby.creator, lobby, 'a moderator: https://shop.test/'), 'signed');
  });

  it('3: one room allows more', async () => {
    const mia = home.user('mia');
    assert.notEqual(await shows(mia, photos), 'signed');
    network.clock.skip(MINUTE_MS);
    await follow(3);
    assert.equal(await says(mia, photos, 'more of her on https://pets.test/'), 'signed');
    assert.equal(await shows(mia, photos), 'signed');
    assert.match(await says(mia, lobby, 'more of her on https://pets.test/'), /wait a day/);
    assert.notEqual(await shows(mia, lobby), 'signed');
  });

  it('4: a list is enforced, but for two regulars', async () => {
    const join = (user: UserId): JsonObject =>
      lobby.make({ type: 'm.room.member', stateKey: user, sender: user, content: { membership: 'join' } });
    spam.share(lobby);
    await follow(4);
    assert.match(await judged(join(spam.user('eve'))), /policy list/);
    for (const regular of ['nina', 'otto']) assert.equal(await says(home.user(regular), lobby, 'hello'), 'signed');
  });

  it('5: changes are shown and can be taken back', async () => {
    await follow(5);
    assert.deepEqual(gatehouse.complaints, []);
  });
});

/** Every line that is shown is printed, in that order; widths and numbers are others. */
function assertPrinted(stdout: string, shown: readonly string[], command: string): void {
  const plain = (line: string): string => line.trim().replaceAll(/ {2,}/g, ' ').replaceAll(/\d+/g, '0');
  const isWhole = shown.every((line) => line.trim() !== '…');
  const printed = stdout
    .split('\n')
    .map(plain)
    .filter((line) => line !== '');
  const wanted = shown
    .filter((line) => line.trim() !== '…')
    .map(plain)
    .filter((line) => line !== '');
  if (isWhole && wanted.length > 0) assert.deepEqual(printed, wanted, command);
  let at = 0;
  for (const line of wanted) {
    const found = printed.indexOf(line, at);
    assert.ok(found !== -1, `${command} does not print ${line}, but:\n${stdout}`);
    at = found + 1;
  }
}
