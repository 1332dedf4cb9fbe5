import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverNamed, testKey } from '../../../tests/support/federation-fakes.ts';
import { RoomBuilder, userAt, userIdOf, type Signer } from '../../../tests/support/room-builder.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { Room } from '../../rooms/room.ts';
import { MemoryRuleDecisionStore } from '../../storage/memory/rule-decisions.ts';
import type { ListMatch } from '../answers.ts';
import type { ListQuestion } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { SubscribedList } from './effect.ts';
import { PolicyLists } from './policy-lists.ts';
import type { RuleDecision } from './ports.ts';
import { listSubscription } from './subscription.ts';

const HOME: Signer = { serverName: serverNamed('home.test'), key: testKey() };
const LISTS: Signer = { serverName: serverNamed('lists.test'), key: testKey() };
const BOT = userIdOf('@gatehouse:policy.test');

/** A room as the server has it, and the builder that makes its events. */
class Scene {
  readonly builder: RoomBuilder;
  readonly room: Room;

  constructor(owner: Signer) {
    this.builder = new RoomBuilder('11', owner, { users: { '@mod:home.test': 50 } });
    const record = {
      ...({ roomId: this.builder.roomId, roomVersion: '11', membership: 'joined', via: [], since: 0 } as const),
      historyFrontier: [],
    };
    this.room = new Room(record, this.builder.rules, serverNamed('policy.test'));
    for (const pdu of this.builder.timeline) if (pdu.stateKey !== undefined) this.room.putState(pdu);
  }

  get roomId(): RoomId {
    return this.builder.roomId;
  }

  state(type: string, stateKey: string, content: JsonObject): string {
    const pdu = this.builder.add({ type, stateKey, content });
    this.room.putState(pdu);
    return pdu.eventId;
  }

  rule(kind: string, entity: string, recommendation = 'm.ban', stateKey = `rule:${entity}`): string {
    return this.state(`m.policy.rule.${kind}`, stateKey, { entity, recommendation, reason: 'spam' });
  }

  members(count: number, server: string): void {
    for (let index = 0; index < count; index += 1) this.join(userIdOf(`@u${String(index)}:${server}`));
  }

  join(userId: UserId): void {
    this.room.putState(
      this.builder.parse(
        this.builder.make({
          ...{ type: 'm.room.member', stateKey: userId, sender: userId, content: { membership: 'join' } },
          authEvents: [],
        }),
      ),
    );
  }
}

class Stage {
  readonly list = new Scene(LISTS);
  readonly room = new Scene(HOME);
  readonly store = new MemoryRuleDecisionStore();
  readonly waiting: RuleDecision[] = [];
  readonly notified: ListMatch[] = [];
  subscriptions: SubscribedList[];
  readonly more: Scene[] = [];
  /** Of the community, and without the list. */
  readonly switchedOff: Scene[] = [];
  lists: PolicyLists;

  constructor(subscription: object = { trust: 'enforce' }) {
    this.subscriptions = [{ ...listSubscription.parse(subscription), list: this.list.roomId }];
    this.lists = this.#make();
  }

  #make(): PolicyLists {
    const scenes = (): readonly Scene[] => [this.list, this.room, ...this.more, ...this.switchedOff];
    const get = (roomId: RoomId): Room | undefined => scenes().find((scene) => scene.roomId === roomId)?.room;
    return new PolicyLists({
      rooms: { get, load: async (roomId) => get(roomId), joined: () => scenes().map((scene) => scene.roomId) },
      settings: {
        subscriptionsOf: (roomId) =>
          [this.list, ...this.switchedOff].some((scene) => scene.roomId === roomId) ? [] : this.subscriptions,
        communityOf: (roomId) => (this.more.some((scene) => scene.roomId === roomId) ? undefined : 'games'),
      },
      decisions: this.store,
      botUserId: BOT,
      now: () => 1_000,
      onWaiting: (decisions) => void this.waiting.push(...decisions),
      onNotify: (match) => void this.notified.push(match),
      onFailure: (error) => {
        throw error;
      },
    });
  }

  async restart(): Promise<void> {
    this.lists = this.#make();
    await this.lists.load();
  }

  async ask(sender: string, more: Partial<ListQuestion> = {}, draft: object = {}): Promise<ListMatch | null> {
    const { builder } = this.room;
    const event = builder.make({ type: 'm.room.message', sender: userIdOf(sender), content: { body: 'x' }, ...draft });
    const question: ListQuestion = { key: '', trust: 'enforce', lists: undefined, kinds: undefined, ...more };
    const answer = await this.lists.source(question, {
      event: new EventReading(builder.parse(event)),
      room: this.room.room.view(),
      community: 'games',
      now: 0,
    });
    assert.ok(answer.state === 'known');
    return answer.value;
  }
}

describe('policy lists', () => {
  it('take effect on the next event, and no longer when the rule is gone', async () => {
    const stage = new Stage();
    assert.equal(await stage.ask('@bad:evil.test'), null);
    const eventId = stage.list.rule('server', 'evil*');
    assert.deepEqual(await stage.ask('@bad:evil.test', { kinds: ['server'] }), {
      ...{ list: stage.list.roomId, ruleEventId: eventId, kind: 'server', entity: 'evil*' },
      ...{ recommendation: 'ban', reason: 'spam', about: 'evil.test', path: 'sender' },
    });
    stage.list.rule('server', 'evil.test');
    stage.list.state('m.policy.rule.server', 'rule:evil*', {});
    assert.equal((await stage.ask('@bad:evil.test'))?.entity, 'evil.test');
    stage.list.state('m.policy.rule.server', 'rule:evil.test', {});
    assert.equal(await stage.ask('@bad:evil.test'), null);
  });

  it('are said to be switched off in rooms of a community that do without them', async () => {
    const stage = new Stage();
    stage.list.rule('server', 'evil.test');
    const room = new Scene(HOME);
    stage.switchedOff.push(room);
    const [match] = await stage.lists.match('@bad:evil.test');
    assert.deepEqual(
      match?.standings.map(({ scope, rooms, effect }) => [scope, rooms, effect]),
      [
        ['games', undefined, 'open'],
        ['games', [room.roomId], 'off'],
      ],
    );
  });

  it('are about those who are invited too', async () => {
    const stage = new Stage();
    stage.list.rule('user', '@spam*:*');
    const invite = { type: 'm.room.member', stateKey: '@spammer:any.test', content: { membership: 'invite' } };
    const match = await stage.ask('@alice:home.test', {}, invite);
    assert.deepEqual([match?.path, match?.about], ['state_key', '@spammer:any.test']);
  });

  it('are about rooms that an event leads to', async () => {
    const stage = new Stage();
    stage.list.rule('room', '#spam*:evil.test');
    stage.list.rule('room', stage.room.roomId);
    const links = (body: string): object => ({ content: { msgtype: 'm.text', body } });
    const match = await stage.ask('@a:home.test', {}, links('come to https://matrix.to/#/#spam-1:evil.test'));
    assert.deepEqual([match?.kind, match?.about, match?.path], ['room', '#spam-1:evil.test', 'content.body']);
    assert.equal(await stage.ask('@a:home.test', {}, links('come to #ham:evil.test')), null);
    assert.equal(await stage.ask('@a:home.test', { kinds: ['user'] }, links('#spam:evil.test')), null);
    stage.room.members(20, 'home.test');
    const own = links(`https://matrix.to/#/${stage.room.roomId}`);
    assert.equal(await stage.ask('@a:home.test', {}, own), null, 'a rule about the own room waits');
  });

  it('answer each trust, kind and list for itself', async () => {
    const stage = new Stage({ trust: 'flag' });
    stage.list.rule('user', '@bad:evil.test', 'org.matrix.msc4204.takedown');
    assert.equal(await stage.ask('@bad:evil.test'), null);
    assert.equal((await stage.ask('@bad:evil.test', { trust: 'flag' }))?.recommendation, 'takedown');
    assert.equal(await stage.ask('@bad:evil.test', { trust: 'flag', kinds: ['server'] }), null);
    assert.equal(await stage.ask('@bad:evil.test', { trust: 'flag', lists: ['!other:lists.test'] }), null);
  });

  it('only report what is trusted for no more', async () => {
    const stage = new Stage({ trust: 'notify' });
    stage.list.rule('user', '@bad:evil.test');
    assert.equal(await stage.ask('@bad:evil.test'), null);
    assert.equal(await stage.ask('@bad:evil.test', { trust: 'flag' }), null);
    assert.deepEqual(
      stage.notified.map((match) => match.about),
      ['@bad:evil.test', '@bad:evil.test'],
    );
  });

  it('leave exempt people and overridden rules out', async () => {
    const stage = new Stage({ trust: 'enforce', exempt: { users: ['@friend:*'], servers: ['*.good.test'] } });
    const eventId = stage.list.rule('server', '*');
    stage.list.rule('user', '@one:any.test');
    assert.equal(await stage.ask('@friend:any.test'), null);
    assert.equal(await stage.ask('@x:a.good.test'), null);
    assert.ok(await stage.ask('@one:any.test'));
    const [subscription] = stage.subscriptions;
    assert.ok(subscription);
    stage.subscriptions = [{ ...subscription, overrides: { [eventId]: 'ignore', '@one:any.test': 'flag' } }];
    assert.equal(await stage.ask('@one:any.test'), null);
    assert.ok(await stage.ask('@one:any.test', { trust: 'flag' }));
    assert.equal(await stage.ask('@two:any.test'), null);
  });

  it('take bans back by unbans of lists that are trusted as much', async () => {
    const stage = new Stage();
    stage.list.rule('server', 'evil.test');
    stage.list.rule('user', '@bad:evil.test');
    stage.list.rule('user', '@nice:evil.test', 'fi.mau.meowlnir.unban');
    assert.equal(await stage.ask('@nice:evil.test'), null);
    assert.ok(await stage.ask('@other:evil.test'));
    stage.list.rule('server', 'evil.test', 'fi.mau.meowlnir.unban', 'unban');
    assert.equal(await stage.ask('@other:evil.test'), null);
    assert.equal((await stage.ask('@bad:evil.test'))?.kind, 'user');
  });

  it('hold rules back that match many people, until a human approves', async () => {
    const stage = new Stage({ trust: 'enforce', limit: 3 });
    stage.room.members(4, 'big.test');
    stage.room.members(3, 'small.test');
    await stage.lists.waiting();
    const eventId = stage.list.rule('server', 'big.test');
    stage.list.rule('server', 'small.test');
    assert.equal(await stage.ask('@u1:big.test'), null);
    assert.ok(await stage.ask('@u1:small.test'));
    const [waiting, another] = (await stage.lists.waiting('games')).rules;
    assert.equal(another, undefined);
    assert.deepEqual([waiting?.rule.entity, waiting?.decision.people], ['big.test', 4]);
    assert.equal(stage.waiting.length, 1);
    const where = { scope: 'games', list: stage.list.roomId, rule: eventId };
    assert.equal((await stage.lists.decide(where, 'approved', 'alice'))?.by, 'alice');
    assert.ok(await stage.ask('@u1:big.test'));
    assert.deepEqual((await stage.lists.waiting()).rules, []);
    await stage.restart();
    assert.ok(await stage.ask('@u1:big.test'));
    assert.equal((await stage.lists.decide(where, 'rejected', 'alice'))?.standing, 'rejected');
    assert.equal(await stage.ask('@u1:big.test'), null);
  });

  it('hold rules back that match a moderator, and look at new ones without waiting for an event', async () => {
    const stage = new Stage();
    stage.room.join(userAt('mod', HOME.serverName));
    await stage.lists.waiting();
    stage.list.rule('user', '@mod:*');
    await new Promise((resolve) => setImmediate(resolve));
    await stage.lists.settled();
    assert.deepEqual(
      stage.waiting.map(({ rule, people, moderators }) => [rule, people, moderators]),
      [['user @mod:*', 1, 1]],
    );
    assert.equal(await stage.ask('@mod:home.test'), null);
  });

  it('look at whom they are about when somebody subscribes, and not at the start', async () => {
    const stage = new Stage({ trust: 'enforce', limit: 1 });
    stage.room.members(1_200, 'big.test');
    stage.list.rule('server', 'big.test');
    stage.lists.start();
    await stage.lists.settled();
    assert.equal(stage.waiting.length, 0);
    const more = new Scene(HOME);
    more.members(3, 'big.test');
    stage.more.push(more);
    stage.lists.refresh();
    await stage.lists.settled();
    assert.deepEqual(
      stage.waiting.map(({ scope, people }) => [scope, people]),
      [[more.roomId, 3]],
    );
    assert.deepEqual(
      (await stage.lists.waiting()).rules.map(({ decision }) => decision.people),
      [3, 1_200],
    );
  });

  it('keep enforcing a rule that was sent again, and a rule that passed once', async () => {
    const stage = new Stage({ trust: 'enforce', limit: 1 });
    stage.list.rule('server', 'big.test');
    assert.ok(await stage.ask('@u1:big.test'));
    stage.room.members(5, 'big.test');
    stage.list.rule('server', 'big.test', 'm.takedown');
    await stage.restart();
    assert.equal((await stage.ask('@u1:big.test'))?.recommendation, 'takedown');
    assert.equal(stage.waiting.length, 0);
  });

  it('show whom they are about before anybody subscribes', async () => {
    const stage = new Stage();
    stage.subscriptions = [];
    stage.room.members(2, 'evil.test');
    stage.room.join(userAt('mod', HOME.serverName));
    stage.list.rule('server', 'evil.test');
    stage.list.rule('user', '@mod:home.test');
    stage.list.rule('user', '@nobody:home.test');
    const preview = await stage.lists.preview(stage.list.roomId, stage.lists.roomsOf('games'));
    assert.deepEqual(
      preview?.rules.map(({ rule, listed, waits }) => [rule.entity, listed.map(({ userId }) => userId), waits]),
      [
        ['evil.test', ['@u0:evil.test', '@u1:evil.test'], false],
        ['@mod:home.test', ['@mod:home.test'], true],
      ],
    );
    assert.deepEqual(preview.rules[1]?.listed[0]?.moderates, [stage.room.roomId]);
    assert.deepEqual([preview.people, preview.moderators, preview.matching, preview.waiting], [3, 1, 2, 1]);
    const changes = { exempt: { servers: ['home.test'] }, limit: 1 };
    const planned = await stage.lists.preview(stage.list.roomId, stage.lists.roomsOf('games'), changes);
    assert.deepEqual(
      planned?.rules.map(({ rule, waits }) => [rule.entity, waits]),
      [['evil.test', true]],
    );
  });

  it('show that a rule about a room is about everybody in it, and hold it back', async () => {
    const stage = new Stage({ trust: 'enforce', limit: 1, exempt: { users: ['@u0:*'] } });
    const { list, room } = stage;
    room.members(3, 'home.test');
    room.state('m.room.canonical_alias', '', { alias: '#ours:home.test', alt_aliases: [7, '#old:home.test'] });
    const other = new Scene(HOME);
    other.members(4, 'home.test');
    stage.more.push(other);
    list.rule('room', room.roomId);
    list.rule('room', '#old:*');
    list.rule('room', '#elsewhere:home.test');
    const preview = await stage.lists.preview(list.roomId, [room.roomId, other.roomId]);
    const about = [['@alice:home.test', '@u1:home.test', '@u2:home.test'], [room.roomId], true];
    assert.deepEqual(
      preview?.rules.map(({ rule, listed, waits }) => [
        rule.entity,
        [listed.map(({ userId }) => userId).toSorted(), [...new Set(listed.flatMap((one) => one.rooms))], waits],
      ]),
      [
        [room.roomId, about],
        ['#old:*', about],
      ].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    const waiting = (await stage.lists.waiting('games')).rules;
    assert.deepEqual(
      waiting.map(({ decision }) => [decision.people, decision.moderators]),
      [
        [3, 1],
        [3, 1],
      ],
    );
  });

  it('say which rules are about somebody, and what is made of them', async () => {
    const stage = new Stage({ trust: 'enforce', limit: 0 });
    stage.room.members(1, 'evil.test');
    stage.list.rule('server', 'evil.test');
    stage.list.rule('user', '@u7:*');
    await stage.lists.waiting();
    const matches = await stage.lists.match('@u7:evil.test');
    assert.deepEqual(
      matches.map(({ rule, standings }) => [rule.entity, standings.map(({ scope, effect }) => [scope, effect])]),
      [
        ['@u7:*', [['games', 'open']]],
        ['evil.test', [['games', 'waiting']]],
      ],
    );
    assert.equal((await stage.lists.match('evil.test')).length, 1);
    const [subscription] = stage.subscriptions;
    assert.ok(subscription);
    stage.subscriptions = [{ ...subscription, exempt: { users: ['@u7:*'], servers: [] } }];
    const left = await stage.lists.match('@u7:evil.test');
    assert.deepEqual([...new Set(left.flatMap(({ standings }) => standings.map(({ effect }) => effect)))], ['exempt']);
    const [overview] = await stage.lists.overview();
    assert.deepEqual(overview?.rules, { user: 1, server: 1, room: 0 });
    assert.equal(overview.bot, 'joined');
  });

  it('ignore hostile content', async () => {
    const stage = new Stage();
    stage.list.state('m.policy.rule.user', '__proto__', { entity: '__proto__', recommendation: 'm.ban' });
    stage.list.state('m.policy.rule.user', 'a', { entity: ['*'], recommendation: 'm.ban' });
    stage.list.state('m.policy.rule.server', 'b', { entity: '*'.repeat(200), recommendation: 'constructor' });
    stage.list.rule('user', `@${'*a'.repeat(120)}`);
    assert.equal(await stage.ask('@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:evil.test'), null);
  });
});
