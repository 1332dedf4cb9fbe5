/** People who are called by their display names: who is in the room, and under which name, counts for the next event. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';

const RULES = {
  calls: {
    when: { mentions: { more_than: 1, display_names: true, shortest_display_name: 4 } },
    message: 'Too many at once.',
  },
  often: {
    when: { rate: { what: 'mentions', more_than: 3, within: '1h', display_names: true, shortest_display_name: 4 } },
    message: 'Too many in an hour.',
  },
};

describe('mentions by display names', () => {
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;

  before(async () => {
    network = await TestNetwork.start();
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    const cats = { name: 'Cats', rooms: [room.roomId], rules: RULES };
    gatehouse = await network.gatehouse({ communities: { cats } });
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
  });

  async function be(user: UserId, membership: string, displayname?: string): Promise<void> {
    const content = { membership, ...(displayname === undefined ? {} : { displayname }) };
    const pdu = room.addMember(user, membership, { content });
    const sent = await origin.send(gatehouse.serverName, [pdu.raw]);
    assert.equal(sent.status, 200, sent.text);
    assert.ok(!sent.text.includes('"error"'), sent.text);
  }

  let speakers = 0;
  /** What is said to it that somebody says who has said nothing before. */
  async function newSpeaker(): Promise<(content: JsonObject | string, type?: string) => Promise<string>> {
    speakers += 1;
    const sender = origin.user(`speaker${String(speakers)}`);
    await be(sender, 'join');
    return async (content, type = 'm.room.message') => {
      const made = typeof content === 'string' ? { msgtype: 'm.text', body: content } : content;
      const event = room.make({ type, content: made, sender });
      const answer = await origin.askToSign(gatehouse.serverName, event);
      if (answer.status === 200) return 'signed';
      return (ownString(answer.body, 'error') ?? answer.text).replace(/ Reference: .*$/, '');
    };
  }

  async function said(content: JsonObject | string, type?: string): Promise<string> {
    return await (
      await newSpeaker()
    )(content, type);
  }

  const CALL = 'Ann Lee, Grace: look!';

  it('are those of members who are there at that time', async () => {
    const [ann, grace] = [origin.user('ann'), origin.user('grace')];
    await be(ann, 'join', 'Ann Lee');
    assert.equal(await said(CALL), 'signed');
    await be(grace, 'join', 'GRACE 🐈');
    assert.equal(await said(CALL), 'Too many at once.');
    await be(ann, 'join', 'Ann');
    assert.equal(await said(CALL), 'signed');
    await be(ann, 'join', 'Ann Lee');
    assert.equal(await said(CALL), 'Too many at once.');
    await be(grace, 'leave', 'GRACE 🐈');
    assert.equal(await said(CALL), 'signed');
    await be(grace, 'join', 'Grace');
    await gatehouse.restart();
    assert.equal(await said(CALL), 'Too many at once.');
  });

  it('count each person once, in edits as in messages, and not where nobody can read', async () => {
    const [ann, grace] = [origin.user('ann'), origin.user('grace')];
    assert.equal(
      await said({ msgtype: 'm.text', body: `Ann Lee ${ann}`, 'm.mentions': { user_ids: [ann] } }),
      'signed',
    );
    assert.equal(await said(`Ann Lee ${grace}`), 'Too many at once.');
    await be(origin.user('other'), 'join', 'Ann Lee');
    assert.equal(await said('Ann Lee! Ann Lee!'), 'signed');
    const edit = {
      ...{ msgtype: 'm.text', body: '* x', 'm.new_content': { msgtype: 'm.text', body: CALL } },
      'm.relates_to': { rel_type: 'm.replace', event_id: room.timeline[0]?.eventId ?? '' },
    };
    assert.equal(await said(edit), 'Too many at once.');
    assert.equal(await said({ body: CALL, algorithm: 'm.megolm.v1.aes-sha2' }, 'm.room.encrypted'), 'signed');
  });

  it('add up over a time', async () => {
    const say = await newSpeaker();
    for (const text of ['Grace 1', 'hi Grace', 'Ann Lee?']) assert.equal(await say(text), 'signed');
    assert.equal(await say('nobody'), 'signed');
    assert.equal(await say('Grace again'), 'Too many in an hour.');
    assert.equal(await say(origin.user('grace')), 'Too many in an hour.');
  });

  it('are no complaint', () => {
    assert.deepEqual(gatehouse.complaints, []);
  });
});
