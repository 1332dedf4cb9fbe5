/** Servers that lose sight of one another and change the room meanwhile agree on all of it afterwards, Gatehouse too. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import { parsePdu } from '../../src/protocol/events.ts';
import { parseKeyId } from '../../src/protocol/ids/key-id.ts';
import { parseServerName } from '../../src/protocol/ids/server-name.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/protocol/json.ts';
import { roomVersionRules } from '../../src/protocol/room-versions.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';
import { eventually } from './support/eventually.ts';
import { requestAs } from './support/federation-request.ts';
import type { MatrixClient } from './support/matrix-client.ts';
import { isObject, textOf } from './support/matrix-client.ts';
import { Stage, testedRoomVersions, testString } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';
import { stateIdsBefore, stateOfClient } from './support/whole-state.ts';

const environment = await prepareSynapseEnvironment();

interface SplitRoom extends Room {
  /** A moderator on the second server. */
  readonly moderator: MatrixClient;
}

describe('a net split', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  async function makeSplitRoom(version: string): Promise<SplitRoom> {
    const room = await stage.makeRoom(version);
    const { admin, roomId } = room;
    const moderator = await stage.second.register('moderator');
    assert.equal((await admin.invite(roomId, moderator.userId)).status, 200);
    await eventually('the moderator to join', async () => {
      return (await moderator.join(roomId, [stage.first.serverName])).status === 200;
    });
    textOf(await changeLevels(admin, roomId, { [moderator.userId]: 90 }), 'event_id');
    await stage.inviteBot(room);
    await eventually('the moderator to have power', async () => {
      const { body } = await moderator.getState(roomId, 'm.room.power_levels');
      return isObject(body['users']) && body['users'][moderator.userId] === 90;
    });
    return { ...room, moderator };
  }

  /** On the side of the first server and Gatehouse. */
  async function changeHere({ admin, user, remote, moderator, roomId }: SplitRoom): Promise<void> {
    for (const answer of [
      await admin.sendState(roomId, 'm.room.topic', { topic: 'here' }),
      await admin.sendState(roomId, 'm.room.name', { name: 'Only here' }),
      await user.send(roomId, 'is anybody there?'),
      await admin.sendState(roomId, 'm.room.join_rules', { join_rule: 'public' }),
      await changeLevels(admin, roomId, { [moderator.userId]: 60 }),
      await admin.sendState(roomId, 'm.room.history_visibility', { history_visibility: 'joined' }),
    ]) {
      textOf(answer, 'event_id');
    }
    assert.equal((await admin.ban(roomId, remote.userId)).status, 200);
  }

  /** On the side of the second server. */
  async function changeThere({ user, remote, moderator, roomId }: SplitRoom): Promise<void> {
    for (const answer of [
      await moderator.sendState(roomId, 'm.room.topic', { topic: 'there' }),
      await remote.send(roomId, 'where is everybody?'),
      await moderator.sendState(roomId, 'm.room.join_rules', { join_rule: 'knock' }),
      await changeLevels(moderator, roomId, { [remote.userId]: 80 }),
      await remote.sendState(roomId, 'm.room.avatar', { url: 'mxc://example.org/there' }),
    ]) {
      textOf(answer, 'event_id');
    }
    assert.equal((await moderator.ban(roomId, user.userId)).status, 200);
    textOf(await moderator.sendState(roomId, 'm.room.guest_access', { guest_access: 'forbidden' }), 'event_id');
  }

  async function gatehouseHas(eventId: string): Promise<boolean> {
    return (await stage.gatehouse.run('event', 'show', eventId, '--json')).exitCode === 0;
  }

  async function heal({ admin, moderator, roomId, version }: SplitRoom): Promise<void> {
    await eventually(
      `the servers in the room of version ${version} to find one another`,
      async () => {
        const here = textOf(await admin.send(roomId, 'there you are'), 'event_id');
        const there = textOf(await moderator.send(roomId, 'here we are'), 'event_id');
        await new Promise((resolve) => setTimeout(resolve, 500));
        const isSeen = stage.second.storedEvent(here) !== undefined && stage.first.storedEvent(there) !== undefined;
        return isSeen && (await gatehouseHas(here)) && (await gatehouseHas(there));
      },
      { timeout: 90_000 },
    );
  }

  async function assertAgreed({ admin, moderator, roomId }: SplitRoom): Promise<void> {
    let seen: unknown;
    await eventually(
      'all three servers to agree',
      async () => {
        const sent = await stage.gatehouse.json('rooms', 'send', roomId, 'do we agree?');
        const eventId = String(sent['event_id']);
        await eventually('both homeservers to have it', () => {
          return [stage.first, stage.second].every((server) => server.storedEvent(eventId) !== undefined);
        });
        const asker = stage.first.signingKey;
        const { oracle, gatehouse } = stage;
        const ours = await stateIdsBefore(oracle, asker, gatehouse.serverName, { roomId, eventId });
        const [first, second] = [await stateOfClient(admin, roomId), await stateOfClient(moderator, roomId)];
        const idsOf = (state: Readonly<Record<string, string>>): string[] => Object.values(state).sort();
        seen = { first, second, ours };
        return String(ours) === String(idsOf(first)) && String(ours) === String(idsOf(second));
      },
      { timeout: 60_000, seen: () => seen },
    );
  }

  test('changes on both sides end in one state', async (t) => {
    const rooms: SplitRoom[] = [];
    for (const version of testedRoomVersions) rooms.push(await makeSplitRoom(version));
    await stage.second.halt();
    for (const room of rooms) await changeHere(room);
    await stage.first.halt();
    await stage.gatehouse.stop();
    await stage.second.startAgain();
    for (const room of rooms) await changeThere(room);
    await Promise.all([stage.first.startAgain(), stage.gatehouse.startAgain()]);
    for (const room of rooms) {
      await t.test(`version ${room.version}`, async () => {
        await heal(room);
        await assertAgreed(room);
      });
    }
  });

  for (const version of testedRoomVersions) {
    test(`version ${version}: what the policy server does not sign is invisible, and its reason is told`, async () => {
      const room = await stage.makeProtectedRoom(version, { remote: false });
      const { user, roomId } = room;
      const harmless = textOf(await user.send(roomId, 'harmless'), 'event_id');
      const forged = forge(room, harmless, { msgtype: 'm.text', body: testString });
      const sent = await requestAs(stage.oracle, stage.first.signingKey, {
        destination: stage.gatehouse.serverName,
        method: 'PUT',
        uri: `/_matrix/federation/v1/send/forged${version}`,
        content: { origin: stage.first.serverName, origin_server_ts: Date.now(), pdus: [forged.raw], edus: [] },
      });
      assert.equal(sent.status, 200, sent.text);
      const shown = await stage.gatehouse.json('event', 'show', forged.eventId);
      assert.equal(shown['status'], 'softFailed', JSON.stringify(shown));
      assert.match(String(shown['reason']), /check 7/);
      const next = String((await stage.gatehouse.json('rooms', 'send', roomId, 'life goes on'))['event_id']);
      const event = await eventually('the message to arrive', () => stage.first.storedEvent(next));
      assert.ok(!JSON.stringify(event['prev_events']).includes(forged.eventId), 'it is not built upon');
      const backfilled = await requestAs(stage.oracle, stage.first.signingKey, {
        destination: stage.gatehouse.serverName,
        method: 'GET',
        uri: `/_matrix/federation/v1/backfill/${encodeURIComponent(roomId)}?v=${encodeURIComponent(next)}&limit=50`,
      });
      assert.equal(backfilled.status, 200, backfilled.text);
      assert.ok(backfilled.text.includes('harmless') && !backfilled.text.includes(testString), backfilled.text);
    });
  }

  /** A message of the user as a server would make it that never asks the policy server. */
  function forge({ user, version }: Room, previous: string, content: JsonObject): { eventId: string; raw: JsonObject } {
    const rules = roomVersionRules(version);
    const keyId = parseKeyId(stage.first.signingKey.keyId);
    const serverName = parseServerName(stage.first.serverName);
    assert.ok(rules !== undefined && keyId !== undefined && serverName !== undefined);
    const parsed = parseJson(JSON.stringify(stage.first.storedEvent(previous)));
    assert.ok(parsed.ok && isJsonObject(parsed.value));
    const { auth_events, depth, room_id } = parsed.value;
    assert.ok(auth_events !== undefined && room_id !== undefined);
    const draft: JsonObject = {
      ...{ type: 'm.room.message', sender: user.userId, content, auth_events, room_id },
      prev_events: [previous],
      depth: Number(depth) + 1,
      origin_server_ts: Date.now(),
    };
    const key = signingKeyFromSeed(keyId, Buffer.from(stage.first.signingKey.seed, 'base64'));
    const raw = hashAndSignEvent(draft, rules, serverName, key);
    const pdu = parsePdu(raw, rules);
    assert.ok(pdu.ok);
    return { eventId: pdu.pdu.eventId, raw };
  }
});

async function changeLevels(user: MatrixClient, roomId: string, changes: Readonly<Record<string, number>>) {
  const { body } = await user.getState(roomId, 'm.room.power_levels');
  const users = isObject(body['users']) ? body['users'] : {};
  const events = isObject(body['events']) ? body['events'] : {};
  return await user.sendState(roomId, 'm.room.power_levels', {
    ...body,
    users: { ...users, ...changes },
    events: { ...events, 'm.room.power_levels': 80, 'm.room.history_visibility': 80 },
  });
}
