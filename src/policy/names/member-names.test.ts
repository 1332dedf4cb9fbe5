import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageOf, SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { NamesAnswer } from '../answers.ts';
import type { RoomFacts, RoomMembers } from '../ports.ts';
import type { Asked } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import { MemberNames } from './member-names.ts';

type Watcher = Parameters<RoomMembers['watchNames']>[0];

/** Members by user id, with everything that is done to them. */
class FakeMembers implements RoomMembers {
  readonly names: Map<string, string>;
  readonly watchers = new Set<Watcher>();
  /** How often all of them were asked for. */
  listed = 0;

  constructor(names: readonly (readonly [string, string])[]) {
    this.names = new Map(names);
  }

  joinedNames(): readonly string[] {
    this.listed += 1;
    return [...this.names.values()];
  }

  joinedName(userId: string): string | undefined {
    return this.names.get(userId);
  }

  watchNames(onChange: Watcher): () => void {
    this.watchers.add(onChange);
    return () => void this.watchers.delete(onChange);
  }

  change(userId: string, after: string | undefined): void {
    const before = this.names.get(userId);
    if (after === undefined) this.names.delete(userId);
    else this.names.set(userId, after);
    for (const tell of this.watchers) tell(before, after);
  }
}

const plain = new PolicyStage(new RoomBuilder('11', SIGNER)).facts();

function roomWith(members: RoomMembers): RoomFacts {
  return { ...plain, members };
}

const ALICE = '@alice:home.test';
const BOB = '@bob:home.test';

function small(): FakeMembers {
  return new FakeMembers([
    [ALICE, 'Alice'],
    [BOB, 'Bob Baker'],
    ['@alice2:home.test', 'ALICE'],
    ['@the:home.test', 'the'],
  ]);
}

function asking(
  names: MemberNames,
  members: RoomMembers,
  content: JsonObject,
  { now = 0, shortest = 5 } = {},
): Asked<NamesAnswer> | Promise<Asked<NamesAnswer>> {
  const event = new EventReading(messageOf(content));
  return names.source({ key: '', shortest }, { event, room: roomWith(members), community: undefined, now });
}

async function ask(...args: Parameters<typeof asking>): Promise<NamesAnswer['named']> {
  const asked = await asking(...args);
  assert.ok(asked.state === 'known');
  return asked.value.named;
}

describe('names of members', () => {
  it('are found in all texts, people of one name once', async () => {
    const content = { body: 'alice, the', formatted_body: '<b>Alice</b>', 'm.new_content': { body: 'bob baker' } };
    assert.deepEqual(await ask(new MemberNames(), small(), content), [
      { names: 2, first: ['alice', 'bob baker'], alsoMentionedIn: [] },
    ]);
  });

  it('are told apart by where their bearers are mentioned otherwise', async () => {
    const content = {
      body: `Alice, Bob Baker ${BOB} and the the`,
      formatted_body: `<a href="https://matrix.to/#/${BOB}">Bob</a>`,
      'm.mentions': { user_ids: ['@alice2:home.test', '@stranger:home.test'] },
    };
    assert.deepEqual(await ask(new MemberNames(), small(), content, { shortest: 3 }), [
      { names: 1, first: ['alice'], alsoMentionedIn: ['m_mentions'] },
      { names: 1, first: ['bob baker'], alsoMentionedIn: ['text', 'links'] },
      { names: 1, first: ['the'], alsoMentionedIn: [] },
    ]);
  });

  it('are none where there are none', async () => {
    assert.deepEqual(await ask(new MemberNames(), small(), { body: 'nobody' }), []);
    assert.deepEqual(await ask(new MemberNames(), new FakeMembers([]), { body: 'alice' }), []);
  });

  it('are counted all and told in part, however many stand there', async () => {
    const members = new FakeMembers(Array.from({ length: 500 }, (_, n) => [`@u${String(n)}:x`, `Person ${String(n)}`]));
    const [group] = await ask(new MemberNames(), members, { body: [...members.names.values()].join(' ') });
    assert.deepEqual([group?.names, group?.first.length], [500, 10]);
    assert.ok(JSON.stringify(group).length < 400);
  });

  it('follow the members without reading all of them again', async () => {
    const names = new MemberNames();
    const members = small();
    const found = async (): Promise<unknown> =>
      (await ask(names, members, { body: 'alice bob baker carol' }))[0]?.first;
    assert.deepEqual(await found(), ['alice', 'bob baker']);
    members.change('@carol:home.test', 'Carol');
    members.change(BOB, undefined);
    members.change(ALICE, 'Alicia');
    assert.deepEqual(await found(), ['alice', 'carol']);
    members.change('@alice2:home.test', 'Alicia');
    assert.deepEqual(await found(), ['carol']);
    assert.equal(members.listed, 1);
  });

  it('are right in a large room that changes while it is read', async () => {
    const members = new FakeMembers(
      Array.from({ length: 50_000 }, (_, n) => [`@u${String(n)}:x`, `Person ${String(n)}`]),
    );
    const names = new MemberNames();
    const first = asking(names, members, { body: 'x' });
    assert.ok(first instanceof Promise);
    members.change('@u49999:x', 'Renamed');
    members.change('@u49998:x', undefined);
    members.change('@new:x', 'Newcomer');
    members.change('@u0:x', 'Person 1');
    members.change('@u1:x', undefined);
    await first;
    const text = 'person 49999 person 49998 person 0 person 1 renamed newcomer person 25000';
    assert.deepEqual((await ask(names, members, { body: text }))[0]?.first, [
      ...['person 1', 'renamed', 'newcomer', 'person 25000'],
    ]);
    assert.deepEqual(names.statistics, { rooms: 1, names: members.names.size });
    assert.ok(!(asking(names, members, { body: 'x' }) instanceof Promise));
  });
});

describe('rooms whose names are kept', () => {
  it('are those that rules have asked about last', async () => {
    const names = new MemberNames({ rooms: 2 });
    const rooms = [small(), small(), small()] as const;
    for (const at of [0, 1, 0, 2]) await ask(names, rooms[at] ?? rooms[0], { body: 'x' });
    assert.deepEqual(
      rooms.map(({ watchers }) => watchers.size),
      [1, 0, 1],
    );
    assert.deepEqual(names.statistics, { rooms: 2, names: 6 });
    await ask(names, rooms[1], { body: 'x' });
    assert.deepEqual(
      rooms.map(({ watchers, listed }) => [watchers.size, listed]),
      [
        [0, 1],
        [1, 2],
        [1, 1],
      ],
    );
  });

  it('are as many as there is room for their names', async () => {
    const names = new MemberNames({ names: 7 });
    for (let n = 0; n < 5; n += 1) await ask(names, small(), { body: 'x' });
    assert.deepEqual(names.statistics, { rooms: 2, names: 6 });
    const large = new FakeMembers(Array.from({ length: 9 }, (_, n) => [`@u${String(n)}:x`, `Person ${String(n)}`]));
    await ask(names, large, { body: 'x' });
    assert.deepEqual(names.statistics, { rooms: 1, names: 9 });
  });

  it('are not followed when nobody has asked for hours', async () => {
    const names = new MemberNames();
    const [idle, busy] = [small(), small()];
    const HOUR = 3_600_000;
    await ask(names, idle, { body: 'x' });
    await ask(names, busy, { body: 'x' }, { now: 5 * HOUR });
    assert.equal(idle.watchers.size, 1);
    await ask(names, busy, { body: 'x' }, { now: 7 * HOUR });
    assert.deepEqual([idle.watchers.size, busy.watchers.size], [0, 1]);
  });
});
