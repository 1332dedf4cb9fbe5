import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { member, roomIdOf, streamed, verdictOn } from '../../../tests/support/past-events.ts';
import { userAt } from '../../../tests/support/room-builder.ts';
import { eventOf } from '../../../tests/support/policy-events.ts';
import { MemoryPeopleStore } from '../../storage/memory/people.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { PersonAnswer } from '../answers.ts';
import { EventReading } from '../reading/event-reading.ts';
import { People } from './people.ts';
import type { PeopleStore, StreamedEvent } from './ports.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);
const room = roomIdOf('!one:home.test');
const sister = roomIdOf('!two:home.test');
const elsewhere = roomIdOf('!far:home.test');
const alice = userAt('alice', serverNamed('home.test'));
const bob = userAt('bob', serverNamed('home.test'));
const NOTHING: PersonAnswer = {
  ...{ firstSeenAt: null, firstSeenInCommunityAt: null, joinedAt: null, wasInvited: false },
  ...{ messagesHere: 0, messagesInCommunity: 0 },
};

class Stage {
  readonly clock = new FakeClock(NOW);
  readonly failures: unknown[] = [];
  readonly store: PeopleStore;
  readonly people: People;
  #verdicts = 0;
  #events = 0;

  constructor(store: PeopleStore = new MemoryPeopleStore(), capacity = 1_000) {
    this.store = store;
    this.people = new People({
      store,
      communityOf: (roomId) => (roomId === elsewhere ? undefined : 'ours'),
      isJudged: ({ raw }) => JSON.stringify(raw).includes('judged'),
      clock: this.clock,
      onFailure: (error) => void this.failures.push(error),
      capacity,
    });
  }

  async resume(): Promise<void> {
    const { verdicts, events } = await this.people.positions();
    [this.#verdicts, this.#events] = [verdicts, events];
  }

  /** A message of theirs was signed. */
  signed(sender: UserId, roomId: RoomId = room, at = this.clock.now()): void {
    this.#verdicts += 1;
    const verdict = verdictOn({ sender, roomId, decidedAt: at, measure: { kind: 'message' } });
    this.people.takeVerdict({ position: this.#verdicts, verdict });
  }

  async stored(...events: readonly ((position: number) => StreamedEvent)[]): Promise<void> {
    await this.people.takeEvents(events.map((event) => event((this.#events += 1))));
  }

  async about(sender: UserId, roomId: RoomId = room): Promise<PersonAnswer> {
    const event = new EventReading({ ...eventOf({ type: 'm.room.message' }), sender, roomId });
    const asked = await this.people.person({ event });
    assert.ok(asked.state === 'known');
    return asked.value;
  }
}

const joins =
  (sender: UserId, more: Partial<StreamedEvent> = {}) =>
  (position: number): StreamedEvent =>
    member('join', { position, roomId: room, sender, receivedAt: NOW, ...more });
const leaves =
  (sender: UserId, more: Partial<StreamedEvent> = {}) =>
  (position: number): StreamedEvent =>
    member('leave', { position, roomId: room, sender, receivedAt: NOW, ...more });

describe('people', () => {
  it('are nobody before they do anything', async () => {
    const stage = new Stage();
    assert.deepEqual(await stage.about(alice), NOTHING);
    await stage.stored(leaves(bob));
    assert.deepEqual(await stage.about(bob), NOTHING);
  });

  it('are seen, and their messages counted, as soon as they are signed, here and in the community', async () => {
    const stage = new Stage();
    await stage.people.positions();
    stage.signed(alice);
    stage.signed(alice, sister, NOW - 5);
    stage.signed(alice, elsewhere, NOW - 9);
    const known = { firstSeenAt: NOW - 9, firstSeenInCommunityAt: NOW - 5, messagesHere: 1, messagesInCommunity: 2 };
    assert.deepEqual(await stage.about(alice), { ...NOTHING, ...known });
    const far = { ...known, firstSeenInCommunityAt: NOW - 9, messagesInCommunity: 1 };
    assert.deepEqual(await stage.about(alice, elsewhere), { ...NOTHING, ...far });
  });

  it('are joined since the room was told, whatever their server claims, until they leave', async () => {
    const stage = new Stage();
    await stage.stored(joins(alice, { originServerTs: 5 }));
    await stage.stored(joins(alice, { receivedAt: NOW + 10 }));
    assert.deepEqual([(await stage.about(alice)).joinedAt, (await stage.about(alice)).firstSeenAt], [NOW, NOW]);
    await stage.stored(leaves(alice));
    assert.equal((await stage.about(alice)).joinedAt, null);
    await stage.stored(joins(alice, { receivedAt: NOW + 99 }));
    assert.deepEqual([(await stage.about(alice)).joinedAt, (await stage.about(alice)).firstSeenAt], [NOW + 99, NOW]);
  });

  it('joined when they did though their join was refused: it takes part in the state of the room', async () => {
    const stage = new Stage();
    await stage.stored(joins(alice, { status: 'softFailed' }));
    assert.deepEqual(await stage.about(alice), { ...NOTHING, joinedAt: NOW });
    await stage.stored(leaves(alice, { status: 'softFailed' }), joins(alice, { receivedAt: NOW + 10 }));
    assert.equal((await stage.about(alice)).joinedAt, NOW);
    await stage.stored(joins(bob, { status: 'softFailed', isRejected: true }));
    assert.deepEqual(await stage.about(bob), NOTHING);
  });

  it('were invited where an invite came since they last left', async () => {
    const stage = new Stage();
    const invite = (position: number): StreamedEvent =>
      member('invite', { position, roomId: room, sender: bob, stateKey: alice, receivedAt: NOW });
    await stage.stored(invite);
    assert.deepEqual(await stage.about(alice), { ...NOTHING, wasInvited: true });
    await stage.stored(joins(alice));
    assert.equal((await stage.about(alice)).wasInvited, true);
    await stage.stored(leaves(alice), joins(alice));
    assert.equal((await stage.about(alice)).wasInvited, false);
    assert.equal((await stage.about(bob)).wasInvited, false);
  });

  it('who were there before us joined when their events say, in whatever order these come', async () => {
    const history: readonly [string, number][] = [
      ['join', NOW - 90 * DAY],
      ['leave', NOW - 60 * DAY],
      ['join', NOW - 30 * DAY],
      ['join', NOW - 10 * DAY],
    ];
    for (let turn = 0; turn < history.length; turn += 1) {
      const stage = new Stage();
      const turned = [...history.slice(turn), ...history.slice(0, turn)];
      // Before the leave is known the older join is what there is to go by.
      if (turned.findIndex(([membership]) => membership === 'leave') > 1) continue;
      await stage.stored(
        ...turned.map(([membership, originServerTs]) => (position: number) => {
          return member(membership, {
            position,
            roomId: room,
            sender: alice,
            originServerTs,
            status: 'outlier',
            receivedAt: NOW,
          });
        }),
      );
      assert.equal((await stage.about(alice)).joinedAt, NOW - 30 * DAY, String(turn));
    }
  });

  it('cannot backdate their joins once we are in the room, nor date them ahead', async () => {
    const stage = new Stage();
    const outlier = (sender: UserId, originServerTs: number, receivedAt: number) => (position: number) =>
      member('join', { position, roomId: room, sender, originServerTs, receivedAt, status: 'outlier' });
    await stage.stored(outlier(bob, NOW + DAY, NOW), outlier(alice, NOW - 900 * DAY, NOW + DAY));
    assert.equal((await stage.about(bob)).joinedAt, NOW);
    assert.equal((await stage.about(alice)).joinedAt, NOW + DAY);
  });

  it('have messages counted that were accepted without our judging, once', async () => {
    const stage = new Stage();
    const message = (more: Partial<StreamedEvent>) => (position: number) =>
      streamed({ position, roomId: room, sender: alice, receivedAt: NOW, ...more });
    await stage.stored(
      message({}),
      message({ raw: { content: {}, signatures: { judged: {} } } }),
      message({ status: 'softFailed' }),
      message({ status: 'backfilled' }),
      message({ type: 'm.reaction' }),
      message({ type: 'm.room.topic', stateKey: '' }),
    );
    assert.equal((await stage.about(alice)).messagesHere, 1);
    await stage.people.takeEvents([streamed({ position: 1, roomId: room, sender: alice })]);
    assert.equal((await stage.about(alice)).messagesHere, 1);
  });

  it('are stored within a second, with the positions, and known after a restart', async () => {
    const stage = new Stage();
    await stage.stored(joins(alice));
    stage.signed(alice);
    assert.deepEqual(await stage.store.positions(), { verdicts: 0, events: 0 });
    await stage.clock.advance(1_000);
    assert.deepEqual(await stage.store.positions(), { verdicts: 1, events: 1 });
    const again = new Stage(stage.store);
    assert.deepEqual(await again.about(alice), await stage.about(alice));
  });

  it('add up what was stored and what is counted while it is read', async () => {
    const stage = new Stage();
    await stage.stored(joins(alice));
    stage.signed(alice);
    await stage.people.write();
    const again = new Stage(stage.store);
    await again.resume();
    again.signed(alice, room, NOW + 5);
    const asked = again.about(alice);
    again.signed(alice, room, NOW + 6);
    assert.equal((await asked).messagesHere, 3);
    assert.deepEqual([(await asked).joinedAt, (await asked).firstSeenAt], [NOW, NOW]);
  });

  it('take more than fits into memory, and forget nothing', async () => {
    const stage = new Stage(new MemoryPeopleStore(), 50);
    await stage.people.positions();
    const many = Array.from({ length: 500 }, (_, n) => userAt(`u${String(n)}`, serverNamed('home.test')));
    for (let round = 0; round < 3; round += 1) {
      for (const user of many) stage.signed(user);
      await stage.people.write();
    }
    for (const user of many) assert.equal((await stage.about(user)).messagesHere, 3);
    assert.ok(stage.people.size <= 50 + 1, String(stage.people.size));
  });

  it('are stored later where storing fails', async () => {
    const store = new MemoryPeopleStore();
    const put = store.put.bind(store);
    const stage = new Stage(store);
    await stage.people.positions();
    store.put = () => Promise.reject(new Error('the disk is full'));
    stage.signed(alice);
    await stage.clock.advance(1_000);
    assert.equal(stage.failures.length, 1);
    store.put = put;
    await stage.clock.advance(1_000);
    const again = new Stage(store);
    assert.equal((await again.about(alice)).messagesHere, 1);
    assert.deepEqual(await store.positions(), { verdicts: 1, events: 0 });
  });
});
