/** A moderator makes the rules of her community: each change counts from the next message on, and nothing is restarted. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from './support/child-processes.ts';
import { eventually } from './support/eventually.ts';
import type { MatrixClient } from './support/matrix-client.ts';
import { textOf } from './support/matrix-client.ts';
import { assertRefusedSaying, decidersOf, listIn, metricOf, setRule } from './support/moderation.ts';
import { Stage } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

const waitADay = 'Please wait a day before you post links, except to cats.example.org.';
const noLinks = {
  description: 'No links from people who joined today, except to our own site.',
  when: { all: [{ newcomer: { joined_within: '24h' } }, { links: { except_domains: ['cats.example.org'] } }] },
  message: waitADay,
};
const presetOnLinks = 'Your message was not accepted: please talk in this room for a while before you post links.';
const inCats = ['--community', 'cats'] as const;

describe('the rules of a community', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  let adminPort: number;
  let lobby: Room;
  let photos: Room;

  before(async () => {
    assert.ok(environment.ok);
    adminPort = await freePort();
    stage = await Stage.set(environment.python, { config: { admin: { listen: [{ port: adminPort }] } } });
    lobby = await stage.makeProtectedRoom('12');
    photos = await stage.makeProtectedRoom('11', { remote: false });
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  const says = async (user: MatrixClient, room: Room, text: string): Promise<string> => {
    return textOf(await user.send(room.roomId, text), 'event_id');
  };

  /** Somebody new: who has said much within half a minute would be refused for that. */
  const guestOf = async ({ admin, roomId }: Room): Promise<MatrixClient> => {
    const guest = await stage.first.register('guest');
    assert.equal((await admin.invite(roomId, guest.userId)).status, 200);
    assert.equal((await guest.join(roomId)).status, 200);
    return guest;
  };

  test('a preset is chosen, and holds from the next message on', async () => {
    const { user, remote, roomId } = lobby;
    await says(user, lobby, 'nobody minds: https://shop.example.net/');
    await stage.gatehouse.json('community', 'create', 'cats', '--preset', 'public', '--room', roomId, photos.roomId);
    for (const sender of [user, remote]) {
      const reference = assertRefusedSaying(
        await sender.send(roomId, 'look at https://shop.example.net/'),
        presetOnLinks,
      );
      assert.deepEqual(await decidersOf(stage.gatehouse, reference), ['newcomer-links']);
    }
    const allowed = await says(user, lobby, 'is it https://github.com/matrix-org/synapse that you mean?');
    await stage.assertSigned(stage.second, lobby, allowed);
  });

  test('a rule of her own is looked at in a dry run, and saved', async () => {
    const { user, admin, remote, roomId } = lobby;
    const planned = await setRule(stage.gatehouse, 'no-links', noLinks, ...inCats, '--dry-run');
    assert.equal(planned['dry_run'], true);
    await says(user, lobby, 'it was only a plan: https://github.com/');

    await stage.gatehouse.json('rules', 'edit-mode', 'newcomer-links', 'off', ...inCats);
    await setRule(stage.gatehouse, 'no-links', noLinks, ...inCats, '--note', 'spam on Friday');
    const refused = await user.send(roomId, 'now it holds: https://github.com/');
    const reference = assertRefusedSaying(refused, waitADay);
    assertRefusedSaying(await remote.send(roomId, 'for everybody: https://github.com/'), waitADay);
    for (const sender of [user, remote]) {
      const sent = await says(sender, lobby, 'our own site: https://cats.example.org/rules');
      await stage.assertSigned(stage.first, lobby, sent);
    }
    await says(admin, lobby, 'moderators may: https://github.com/');
    const explained = await stage.gatehouse.run('verdict', reference);
    assert.equal(explained.exitCode, 0, explained.stderr);
    for (const part of ['no-links', 'https://github.com/', user.userId]) {
      assert.ok(explained.stdout.includes(part), `${part}: ${explained.stdout}`);
    }
  });

  test('mistakes are all told at once, and nothing is saved', async () => {
    const wrong = { when: { link: { more_than: 'many' } }, mesage: 'no' };
    await assert.rejects(setRule(stage.gatehouse, 'wrong', wrong, ...inCats), /rules\.wrong/);
    const document = await stage.gatehouse.json('rules', 'export', ...inCats);
    assert.ok(!JSON.stringify(document).includes('wrong'), JSON.stringify(document));
  });

  test('one room allows more, and the others do not', async () => {
    await stage.gatehouse.json('rules', 'edit-mode', 'no-links', 'off', '--room', photos.roomId);
    await says(photos.user, photos, 'pictures: https://photos.example.net/1');
    assertRefusedSaying(await lobby.user.send(lobby.roomId, 'pictures: https://photos.example.net/1'), waitADay);
    await stage.gatehouse.json('rules', 'edit-mode', 'no-links', 'on', '--room', photos.roomId);
    assertRefusedSaying(await photos.user.send(photos.roomId, 'more: https://photos.example.net/2'), waitADay);
  });

  test('a rule changed between two messages counts for the second', async () => {
    const { remote, roomId } = lobby;
    const user = await guestOf(lobby);
    const message = 'This is a room about cats.';
    const rule = (word: string): Parameters<typeof setRule>[2] => ({ when: { words: { words: [word] } }, message });
    await says(user, lobby, 'my puppy sleeps');
    await setRule(stage.gatehouse, 'no-dogs', rule('puppy'), ...inCats);
    assertRefusedSaying(await user.send(roomId, 'my puppy sleeps again'), message);
    assertRefusedSaying(await remote.send(roomId, 'my puppy too'), message);
    await setRule(stage.gatehouse, 'no-dogs', rule('hamster'), ...inCats);
    await says(user, lobby, 'my puppy eats');
    assertRefusedSaying(await user.send(roomId, 'my hamster eats'), message);
    await stage.gatehouse.json('rules', 'remove', 'no-dogs', ...inCats);
    await says(user, lobby, 'my hamster sleeps');
  });

  test('a rule in shadow stops nothing, and what it would have stopped is counted', async () => {
    const { remote, admin, roomId } = lobby;
    const user = await guestOf(lobby);
    await stage.gatehouse.json('rules', 'edit-mode', 'no-links', 'shadow', ...inCats);
    const series = 'gatehouse_shadow_matches_total{rule="no-links",action="refuse"}';
    const countedBefore = await metricOf(adminPort, series);
    const meant: string[] = [];
    for (let count = 1; count <= 3; count++) {
      for (const sender of [user, remote]) {
        meant.push(await says(sender, lobby, `link ${count} of ${sender.userId}: https://github.com/${count}`));
      }
      await says(user, lobby, `no link ${count}`);
      await says(admin, lobby, `a moderator's link: https://github.com/${count}`);
    }
    for (const eventId of meant) await stage.assertSigned(stage.first, lobby, eventId);
    const found = await stage.gatehouse.json('verdict', 'list', '--room', roomId, '--limit', '100');
    const shadowed = listIn(found, 'verdicts').filter(({ shadow }) => {
      return Array.isArray(shadow) && shadow.includes('no-links');
    });
    assert.deepEqual(shadowed.map((verdict) => verdict['event_id']).sort(), meant.sort());
    assert.ok(shadowed.every(({ outcome }) => outcome === 'sign'));
    assert.equal(
      (await metricOf(adminPort, series)) - countedBefore,
      meant.length,
      'each is counted once, however many ask',
    );
  });

  test('nobody was restarted, and every change has its author and note', async () => {
    const { revisions } = await stage.gatehouse.json('rules', 'history', ...inCats);
    assert.ok(Array.isArray(revisions) && revisions.length >= 7, JSON.stringify(revisions));
    assert.ok(JSON.stringify(revisions).includes('spam on Friday'));
    assert.equal(stage.gatehouse.log().split('gatehouse ready').length, 2);
    stage.assertNothingHidden(stage.first, lobby);
    stage.assertNothingHidden(stage.second, lobby);
  });

  // Last, as something is hidden from then on: a server takes the join of its own user without asking, all others ask.
  test('a server where anybody can register is kept out, and let in again', async () => {
    const message = 'Anybody can register at your server.';
    const when = { all: [{ membership: { kinds: ['join'] } }, { open_registration: {} }] };
    await setRule(stage.gatehouse, 'open-servers', { when, message }, ...inCats);
    const { admin, roomId } = lobby;
    const guest = await stage.first.register('anybody');
    assert.equal((await admin.invite(roomId, guest.userId)).status, 200);
    await guest.join(roomId);
    const { eventId } = await eventually('the join to be hidden', () => {
      return stage.second
        .storedEvents(roomId)
        .find(({ event, softFailed }) => softFailed && event['state_key'] === guest.userId);
    });
    const { stdout } = await stage.gatehouse.run('verdict', eventId);
    assert.ok(stdout.includes('open-servers'), stdout);
    assert.ok(stdout.includes(`anybody can register at https://${stage.first.serverName}`), stdout);
    await stage.gatehouse.json('rules', 'remove', 'open-servers', ...inCats);
    await guestOf(lobby);
  });
});
