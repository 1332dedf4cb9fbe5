import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask, startTestServer, type JsonReply, type TestServer } from '../../../tests/support/http-app.ts';
import {
  BOT,
  neighbour,
  NEIGHBOUR,
  ResidentHouse,
  STRANGER,
  US,
  type HouseRoom,
} from '../../../tests/support/resident-house.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../protocol/json.ts';

const bob = neighbour('bob');
const V1 = '/_matrix/federation/v1';
const V2 = '/_matrix/federation/v2';

describe('what other servers ask of our rooms', () => {
  let server: TestServer;
  let room: HouseRoom;
  let roomPath: string;

  before(async () => {
    const house = new ResidentHouse();
    server = await startTestServer({
      deps: { ...house.resident, serverName: US.serverName, botUserId: BOT, now: () => 12345 },
    });
    room = await house.createRoom('11', { joinRule: 'public' });
    room.builder.addMessage('hello');
    await room.catchUp();
    await house.storage.directory.putAlias(`#inn:${US.serverName}`, room.roomId);
    await house.storage.directory.setPublic(room.roomId, true);
    roomPath = encodeURIComponent(room.roomId);
  });
  after(async () => await server[Symbol.asyncDispose]());

  async function request(method: string, path: string, body?: object, origin = NEIGHBOUR): Promise<JsonReply> {
    const headers = { authorization: `X-Matrix ${origin.serverName}`, 'content-type': 'application/json' };
    return await ask(server, path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  async function refusedAs(expected: [number, string], reply: Promise<JsonReply>): Promise<JsonReply> {
    const { status, body } = await reply;
    assert.deepEqual([status, body['errcode']], expected, JSON.stringify(body));
    return await reply;
  }

  function event(reply: JsonReply): JsonObject {
    const parsed = parseJson(JSON.stringify(reply.body['event']));
    assert.ok(parsed.ok && isJsonObject(parsed.value));
    return parsed.value;
  }

  it('joins, asks, and leaves', async () => {
    const made = await request('GET', `${V1}/make_join/${roomPath}/${bob}?ver=10&ver=11`);
    assert.deepEqual([made.status, made.body['room_version']], [200, '11']);
    const join = room.finish(event(made), NEIGHBOUR);
    const joinPath = encodeURIComponent(join.eventId);
    const joined = await request('PUT', `${V2}/send_join/${roomPath}/${joinPath}?omit_members=true`, join.raw);
    assert.equal(joined.status, 200);
    assert.deepEqual(joined.body['origin'], US.serverName);
    assert.deepEqual(joined.body['servers_in_room'], [US.serverName]);
    assert.equal(joined.body['members_omitted'], true);
    assert.ok(Array.isArray(joined.body['state']) && Array.isArray(joined.body['auth_chain']));

    const { status, body } = await request('GET', `${V1}/event/${joinPath}`);
    assert.deepEqual([status, body['origin'], body['origin_server_ts']], [200, US.serverName, 12345]);
    const single = async (path: string, key: string): Promise<number> => {
      const list = (await request('GET', `${V1}/${path}`)).body[key];
      return Array.isArray(list) ? list.length : -1;
    };
    const members = room.builder.state.size;
    assert.equal(await single(`state/${roomPath}?event_id=${joinPath}`, 'pdus'), members);
    assert.equal(await single(`state_ids/${roomPath}?event_id=${joinPath}`, 'pdu_ids'), members);
    assert.ok((await single(`state_ids/${roomPath}?event_id=${joinPath}`, 'auth_chain_ids')) > 0);
    assert.ok((await single(`event_auth/${roomPath}/${joinPath}`, 'auth_chain')) > 0);
    assert.equal(await single(`backfill/${roomPath}?v=${joinPath}&limit=3`, 'pdus'), 3);
    const gap = { latest_events: [join.eventId], earliest_events: [], limit: 2 };
    const missing = await request('POST', `${V1}/get_missing_events/${roomPath}`, gap);
    assert.equal(Array.isArray(missing.body['events']) && missing.body['events'].length, 2);
    const near = await request('GET', `${V1}/timestamp_to_event/${roomPath}?ts=0&dir=f`);
    assert.equal(near.status, 200);

    const leave = room.finish(event(await request('GET', `${V1}/make_leave/${roomPath}/${bob}`)), NEIGHBOUR);
    const left = await request('PUT', `${V2}/send_leave/${roomPath}/${encodeURIComponent(leave.eventId)}`, leave.raw);
    assert.deepEqual([left.status, left.body], [200, {}]);
  });

  it('refuses with the codes of the specification', async () => {
    const wrongVersion = await refusedAs(
      [400, 'M_INCOMPATIBLE_ROOM_VERSION'],
      request('GET', `${V1}/make_join/${roomPath}/${bob}`),
    );
    assert.equal(wrongVersion.body['room_version'], '11');
    await refusedAs([404, 'M_NOT_FOUND'], request('GET', `${V1}/make_join/!nowhere:two.example/${bob}?ver=11`));
    await refusedAs([400, 'M_INVALID_PARAM'], request('GET', `${V1}/make_join/nowhere/${bob}?ver=11`));
    await refusedAs(
      [403, 'M_FORBIDDEN'],
      request('GET', `${V1}/make_join/${roomPath}/${bob}?ver=11`, undefined, STRANGER),
    );
    await refusedAs([400, 'M_MISSING_PARAM'], request('GET', `${V1}/make_knock/${roomPath}/${bob}`));
    await refusedAs([403, 'M_FORBIDDEN'], request('GET', `${V1}/make_knock/${roomPath}/${bob}?ver=11`));
    await refusedAs([400, 'M_BAD_JSON'], request('PUT', `${V2}/send_join/${roomPath}/$x`, {}));
    await refusedAs([400, 'M_MISSING_PARAM'], request('GET', `${V1}/state/${roomPath}`));
    await refusedAs([403, 'M_FORBIDDEN'], request('GET', `${V1}/state/${roomPath}?event_id=$x`, undefined, STRANGER));
    await refusedAs([404, 'M_NOT_FOUND'], request('GET', `${V1}/event/$x`));
    await refusedAs([400, 'M_INVALID_PARAM'], request('GET', `${V1}/backfill/${roomPath}?v=$x&limit=x`));
    await refusedAs([400, 'M_BAD_JSON'], request('POST', `${V1}/get_missing_events/${roomPath}`, {}));
    await refusedAs([400, 'M_INVALID_PARAM'], request('GET', `${V1}/timestamp_to_event/${roomPath}?ts=1&dir=x`));
    // Gone from the text (MSC4376).
    await refusedAs([404, 'M_UNRECOGNIZED'], request('PUT', `${V1}/send_join/${roomPath}/$x`, {}));
    await refusedAs([404, 'M_UNRECOGNIZED'], request('PUT', `${V1}/send_leave/${roomPath}/$x`, {}));
  });

  it('answers about aliases, the directory and spaces', async () => {
    const alias = encodeURIComponent(`#inn:${US.serverName}`);
    const found = await request('GET', `${V1}/query/directory?room_alias=${alias}`);
    assert.equal(found.body['room_id'], room.roomId);
    await refusedAs([404, 'M_NOT_FOUND'], request('GET', `${V1}/query/directory?room_alias=%23out:two.example`));
    for (const reply of [
      await request('GET', `${V1}/publicRooms?limit=0`),
      await request('POST', `${V1}/publicRooms`, { filter: { room_types: [null] } }),
    ]) {
      assert.deepEqual([reply.status, reply.body['total_room_count_estimate']], [200, 1]);
    }
    const bridged = await request('POST', `${V1}/publicRooms`, { third_party_instance_id: 'irc' });
    assert.deepEqual(bridged.body['chunk'], []);
    const space = await request('GET', `${V1}/hierarchy/${roomPath}`);
    assert.deepEqual([space.body['children'], space.body['inaccessible_children']], [[], []]);
    assert.deepEqual((space.body['room'] as Record<string, unknown>)['children_state'], []);
  });

  it('has no keys of anybody', async () => {
    const devices = await request('POST', `${V1}/user/keys/query`, { device_keys: { [BOT]: [], [bob]: [] } });
    assert.deepEqual(devices.body, { device_keys: { [BOT]: {} } });
    const claimed = await request('POST', `${V1}/user/keys/claim`, { one_time_keys: { [BOT]: {} } });
    assert.deepEqual(claimed.body, { one_time_keys: {} });
    await refusedAs([400, 'M_BAD_JSON'], request('POST', `${V1}/user/keys/query`, {}));
    await refusedAs([400, 'M_BAD_JSON'], request('POST', `${V1}/user/keys/claim`, {}));
  });
});
