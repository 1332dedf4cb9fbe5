import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { members, putState, roomInMemory, type StateContent } from '../../../tests/support/rooms-in-memory.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Room } from '../../rooms/room.ts';
import { MemoryRuleDecisionStore } from '../../storage/memory/rule-decisions.ts';
import type { SubscribedList } from './effect.ts';
import { ListDirectory, ruleNamed } from './list-directory.ts';
import type { ListRule } from './list-rule.ts';
import { ListMatcher } from './matcher.ts';
import { matchedPeople, membersOf } from './people.ts';
import { PolicyLists } from './policy-lists.ts';
import type { ListRooms, RuleDecision, RuleDecisionStore } from './ports.ts';
import { MAX_WAITING } from './rule-gate.ts';
import { MAX_CROWDED } from './rule-index.ts';
import { listSubscription } from './subscription.ts';

const BOT = userIdOf('@gatehouse:policy.example');

function ruleOf(kind: string, entity: string, stateKey = `rule:${entity}`, reason = 'spam'): StateContent {
  return { type: `m.policy.rule.${kind}`, stateKey, content: { entity, reason, recommendation: 'm.ban' } };
}

function* rulesOf(count: number, make: (n: string) => StateContent): Generator<StateContent> {
  for (let n = 0; n < count; n += 1) yield make(String(n));
}

/** Counts what is stored. */
class CountingStore extends MemoryRuleDecisionStore {
  writes = 0;
  mostAtOnce = 0;

  override async change(change: Parameters<RuleDecisionStore['change']>[0]): Promise<void> {
    this.writes += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, change.put.length);
    await super.change(change);
  }
}

class Stage {
  readonly list: Room;
  readonly room: Room;
  readonly store = new CountingStore();
  readonly waiting: RuleDecision[] = [];
  readonly subscription: SubscribedList;
  readonly lists: PolicyLists;
  readonly rooms: ListRooms;

  constructor(rules: Iterable<StateContent>, people: number, limit = 10) {
    this.list = roomInMemory('list', rules);
    this.room = roomInMemory(
      'people',
      members(people, (n) => `@u${String(n)}:home.example`),
    );
    this.subscription = { ...listSubscription.parse({ trust: 'enforce', limit }), list: this.list.roomId };
    const all = new Map([this.list, this.room].map((room) => [room.roomId, room]));
    this.rooms = {
      get: (roomId) => all.get(roomId),
      load: (roomId) => Promise.resolve(all.get(roomId)),
      joined: () => [...all.keys()],
    };
    this.lists = new PolicyLists({
      rooms: this.rooms,
      settings: {
        subscriptionsOf: (roomId: RoomId) => (roomId === this.room.roomId ? [this.subscription] : []),
        communityOf: () => 'games',
      },
      ...{ decisions: this.store, botUserId: BOT, now: () => 1_000, onNotify: () => undefined },
      onWaiting: (decisions) => void this.waiting.push(...decisions),
      onFailure: (error) => {
        throw error;
      },
    });
  }

  async review(): Promise<void> {
    this.lists.refresh();
    await this.lists.settled();
  }

  /** What one batch of events does. */
  async change(...rules: StateContent[]): Promise<void> {
    putState(this.list, rules);
    await new Promise((resolve) => setImmediate(resolve));
    await this.lists.settled();
  }
}

/** How often others had their turn. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isDone = true;
  return turns;
}

/** Thousands of globs with nothing to look for, each about everybody whose id is as long as theirs here are. */
function aboutEverybody(n: number): string {
  return `${n.toString(2).padStart(13, '0').replaceAll('1', '*?').replaceAll('0', '?')}*`;
}

describe('lists made to be slow', () => {
  it('are read in slices, and tried for each person up to a limit', async () => {
    const slow: readonly ((n: string) => StateContent)[] = [
      (n) => ruleOf('user', `${'*a'.repeat(40)}b${n}*`, n),
      (n) => ruleOf('user', `*?${'?*'.repeat(80)}${n}`, n),
      (n) => ruleOf('server', `*e*x*${'?*'.repeat(Number(n) % 90)}${n.slice(-1)}`, n),
      (n) => ruleOf('user', '@*', n),
      (n) => ruleOf('user', aboutEverybody(Number(n)), n),
      (n) => ruleOf('user', `@u${n}*`, n),
    ];
    const rules = rulesOf(12_000, (n) => slow[Number(n) % slow.length]?.(n) ?? assert.fail());
    const stage = new Stage(rules, 100);
    const directory = new ListDirectory({ rooms: stage.rooms, onNewBans: () => undefined });
    const loaded = { matcher: await directory.load(stage.list.roomId) };
    const { matcher } = loaded;
    assert.ok(matcher);
    const people = await membersOf(stage.rooms, [stage.room.roomId], BOT);
    const search = { members: people, named: new Map(), subscription: stage.subscription, matcher, listed: 100 };
    const found = await matchedPeople(search);
    assert.ok(found.rules.some(({ people: count }) => count === 100));
    assert.ok(matcher.leftOut > 0);
    const { looked, tried } = matcher.work;
    assert.equal(looked, people.size + 1, 'each user once, and their server');
    assert.ok(tried <= looked * (MAX_CROWDED + 16 * 40), String(tried));
    const listed = found.rules.reduce((sum, rule) => sum + rule.listed.length, 0);
    assert.ok(listed <= 2_000 + 3 * found.rules.length);
  });

  it('leave others their turn, and say that they are too large', async () => {
    const stage = new Stage(
      rulesOf(MAX_CROWDED + 5_000, (n) => ruleOf('user', aboutEverybody(Number(n)), n)),
      500,
    );
    const preview = { value: undefined as Awaited<ReturnType<PolicyLists['preview']>> };
    const turns = await turnsDuring(async () => {
      preview.value = await stage.lists.preview(stage.list.roomId, [stage.room.roomId]);
    });
    assert.ok(turns > 5, String(turns));
    const shown = preview.value;
    assert.ok(shown);
    assert.ok(shown.leftOut > 0);
    assert.ok(shown.rules.length <= 500 && shown.matching > shown.rules.length);
    assert.deepEqual(
      shown.rules.map(({ people }) => people),
      shown.rules.map(({ people }) => people).toSorted((a, b) => b - a),
    );
    assert.equal((await stage.lists.overview())[0]?.leftOut, shown.leftOut);
  });

  it('may hold texts of 60 kB and controls', async () => {
    const long = 'x'.repeat(60_000);
    const stage = new Stage(
      [
        ruleOf('user', long, 'a'),
        ruleOf('user', `@u1:home.example`, 'b', long),
        ruleOf('user', '@u2:home.example\u0000\u001b[2J\u202e', 'c', '\u0007\u202e'),
        ruleOf('user', '@u3:home.example', 'd'.repeat(255)),
      ],
      5,
    );
    const rules = await stage.lists.rulesOf(stage.list.roomId);
    assert.deepEqual(
      rules?.map(({ stateKey, reason }) => [stateKey.length, reason?.length]),
      [
        [1, 500],
        [1, 2],
        [255, 4],
      ],
    );
    const { rules: matched } = (await stage.lists.preview(stage.list.roomId, [stage.room.roomId])) ?? assert.fail();
    assert.deepEqual(
      matched.map(({ rule }) => rule.entity),
      ['@u1:home.example', '@u3:home.example'],
    );
  });
});

/** Globs about one user, as many as are wanted: characters of their name are replaced by question marks. */
function globAbout(userId: string, n: number): string {
  return [...userId].map((one, index) => (index > 0 && ((n >> (index - 1)) & 1) === 1 ? '?' : one)).join('');
}

const OWNER = '@owner:home.example';

describe('rules that wait', () => {
  const ownersRules = function* (from: number, to: number): Generator<StateContent> {
    for (let n = from; n < to; n += 1) yield ruleOf('user', globAbout(OWNER, n), String(n));
  };
  const stageOf = (count: number): Stage => {
    const stage = new Stage(ownersRules(1, count + 1), 5);
    putState(
      stage.room,
      members(1, () => OWNER),
    );
    return stage;
  };

  it('are as many as somebody looks through; more are not enforced, and moderators are told', async () => {
    const stage = stageOf(MAX_WAITING + 300);
    await stage.review();
    assert.equal(stage.waiting.length, MAX_WAITING);
    assert.equal((await stage.store.all()).length, MAX_WAITING);
    assert.ok(stage.store.mostAtOnce > 1 && stage.store.writes <= MAX_WAITING / 100, 'stored together');
    const { rules, total, full } = await stage.lists.waiting('games');
    assert.deepEqual([rules.length, total], [MAX_WAITING, MAX_WAITING]);
    assert.deepEqual(full, [{ scope: 'games', list: stage.list.roomId }]);
    const effects = (await stage.lists.match(OWNER)).flatMap(({ standings }) => standings.map(({ effect }) => effect));
    assert.deepEqual(new Set(effects), new Set(['waiting']));
  });

  it('are forgotten where the list has them no more, so that there is room again', async () => {
    const stage = stageOf(MAX_WAITING + 300);
    await stage.review();
    await stage.lists.decide(
      { scope: 'games', list: stage.list.roomId, rule: globAbout(OWNER, 7) },
      'rejected',
      'alice',
    );
    const gone = Array.from({ length: 900 }, (_, n) => ({ ...ruleOf('user', '', String(n + 1)), content: {} }));
    await stage.change(...gone);
    await stage.change(ruleOf('user', '@own*', 'new'));
    const { total, full } = await stage.lists.waiting('games');
    assert.deepEqual([total, full], [401, []]);
    const decided = (await stage.store.all()).filter(({ by }) => by !== null);
    assert.deepEqual(
      decided.map(({ rule }) => rule),
      [`user ${globAbout(OWNER, 7)}`],
    );
  });

  it('do not grow with a list that changes all the time', async () => {
    const stage = stageOf(1);
    await stage.review();
    for (const rule of ownersRules(2, MAX_WAITING * 2)) await stage.change({ ...rule, stateKey: 'flood' });
    assert.ok((await stage.store.all()).length <= MAX_WAITING);
    assert.deepEqual((await stage.lists.waiting('games')).rules.length, 2);
  });
});

describe('a rule that comes to a large list', () => {
  it('costs what it is about, and not the list', async () => {
    const stage = new Stage(
      rulesOf(5_000, (n) => ruleOf('user', `@spam${n}*:*`)),
      200,
    );
    await stage.review();
    const directory = new ListDirectory({ rooms: stage.rooms, onNewBans: () => undefined });
    const matcher = (await directory.load(stage.list.roomId)) ?? assert.fail();
    putState(stage.list, [ruleOf('user', '@u1*'), ruleOf('server', 'nobody.example')]);
    assert.equal(directory.get(stage.list.roomId), matcher, 'two changes are compiled at once');
    const wanted = new ListMatcher();
    for (const entity of ['@u1*', 'nobody.example']) {
      const rule: ListRule = ruleNamed(matcher, entity) ?? assert.fail();
      wanted.set(rule.kind, rule.stateKey, rule);
    }
    const before = matcher.work.looked;
    const people = await membersOf(stage.rooms, [stage.room.roomId], BOT);
    const search = { members: people, named: new Map(), subscription: stage.subscription, matcher, listed: 0 };
    const found = await matchedPeople({ ...search, wanted });
    assert.deepEqual(
      found.rules.map(({ rule, people: count }) => [rule.entity, count]),
      [['@u1*', 111]],
    );
    assert.equal(matcher.work.looked - before, 111 + 1, 'nobody else is looked for in the whole list');
  });

  it('is looked at with others that come meanwhile', async () => {
    const stage = new Stage([], 50, 0);
    await stage.review();
    putState(
      stage.list,
      rulesOf(2_000, (n) => ruleOf('user', `@u${n}*`)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    putState(
      stage.list,
      rulesOf(50, (n) => ruleOf('user', `@u${n}:home*`)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await stage.lists.settled();
    assert.ok(stage.store.writes <= 3, String(stage.store.writes));
    assert.equal(stage.waiting.length, 100);
  });
});
