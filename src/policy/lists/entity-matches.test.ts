import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { RuleFinder, SubscribedList } from './effect.ts';
import { askedAbout, Standings, type ShownStanding } from './entity-matches.ts';
import type { ListRule } from './list-rule.ts';
import type { RuleDecision } from './ports.ts';
import { listSubscription } from './subscription.ts';

const LIST = parseRoomId('!list:lists.test')!;
const ROOM = parseRoomId('!garden:a.test')!;

function ruleAbout(kind: ListRule['kind'], entity: string, changes: Partial<ListRule> = {}): ListRule {
  const eventId = parseEventId(`$${kind}${String(entity.length)}${changes.recommendation ?? ''}`)!;
  const plain = { stateKey: entity, recommendation: 'ban', reason: undefined, sha256: undefined } as const;
  return { kind, entity, eventId, ...plain, ...changes };
}

function standing(
  text: string,
  rule: ListRule,
  subscription: object,
  { others = [], decision }: { others?: readonly ListRule[]; decision?: Partial<RuleDecision> } = {},
): ShownStanding {
  const match: RuleFinder['match'] = ({ kind, text: name }) =>
    [rule, ...others].filter((one) => one.kind === kind && one.entity === name);
  const subscribed: SubscribedList = { ...listSubscription.parse(subscription), list: LIST };
  const known = { people: 12, moderators: 1, by: null, ...decision } as RuleDecision;
  const standings = new Standings(
    {
      settings: { subscriptionsOf: () => [subscribed] },
      gate: {
        find: () => (decision === undefined ? undefined : known),
        standingOf: () => decision?.standing,
      },
      matchers: new Map([[LIST, { match }]]),
    },
    askedAbout(text),
  );
  const all = standings.of({ scope: 'games', rooms: [ROOM], limit: 10, subscription: subscribed }, rule);
  assert.equal(all.length, 1);
  return all[0]!;
}

describe('what a rule comes to', () => {
  const rule = ruleAbout('server', 'evil.test');
  const EVE = '@eve:evil.test';

  for (const [what, effect, text, subscription, more] of [
    ['has met nobody', 'open', EVE, {}, {}],
    ['passed', 'passed', EVE, {}, { decision: { standing: 'passed' } }],
    ['waits', 'waiting', EVE, {}, { decision: { standing: 'waiting' } }],
    ['is overridden', 'chosen', EVE, { overrides: { 'evil.test': 'enforce' } }, {}],
    ['is ignored', 'ignored', EVE, { overrides: { 'evil.test': 'ignore' } }, {}],
    [
      'is overridden by nothing',
      'passed',
      EVE,
      { overrides: { 'evil.test': 'none' } },
      { decision: { standing: 'passed' } },
    ],
    ['is only reported', 'reported', EVE, { trust: 'notify' }, {}],
    ['leaves a user out', 'exempt', EVE, { exempt: { users: ['@eve:*'] } }, { decision: { standing: 'passed' } }],
    ['leaves a server out', 'exempt', 'evil.test', { exempt: { servers: ['evil.*'] } }, {}],
    ['does not leave others out', 'open', EVE, { exempt: { users: ['@bob:*'] } }, {}],
    [
      ...(['is taken back', 'taken_back', EVE, {}] as const),
      { others: [ruleAbout('user', EVE, { recommendation: 'unban' })], decision: { standing: 'passed' } },
    ],
  ] as const) {
    it(`where it ${what}`, () => {
      assert.equal(standing(text, rule, subscription, more).effect, effect);
    });
  }

  it('with whom it would hit, and who decided', () => {
    const decision = { standing: 'approved', by: 'maria' } as const;
    assert.deepEqual(standing(EVE, rule, { trust: 'enforce' }, { decision }), {
      ...{ scope: 'games', rooms: undefined, trust: 'enforce', effect: 'approved', override: undefined },
      ...{ reach: { people: 12, moderators: 1 }, by: 'maria' },
    });
  });

  it('in most rooms of a community, and in those that have settings of their own', () => {
    const rooms = ['!a', '!b', '!c', '!d', '!e'].map((name) => parseRoomId(`${name}:a.test`)!);
    const [first, second, third, fourth, last] = rooms as [RoomId, RoomId, RoomId, RoomId, RoomId];
    const subscribed = (more: object): SubscribedList => ({ ...listSubscription.parse(more), list: LIST });
    const own = new Map([
      [first, [subscribed({ exempt: { users: [EVE] } })]],
      [third, [subscribed({ overrides: { 'evil.test': 'ignore' } })]],
      [last, []],
    ]);
    const common = subscribed({ trust: 'enforce' });
    const standings = new Standings(
      {
        settings: { subscriptionsOf: (roomId) => own.get(roomId) ?? [common] },
        gate: { find: () => undefined, standingOf: () => 'passed' },
        matchers: new Map([[LIST, { match: ({ text }) => (text === rule.entity ? [rule] : []) }]]),
      },
      askedAbout(EVE),
    );
    const subscriber = { scope: 'games', rooms: [first, second, third, fourth], limit: 10, subscription: common };
    assert.deepEqual(
      standings.of(subscriber, rule, [last]).map((one) => [one.rooms, one.trust, one.effect]),
      [
        [undefined, 'enforce', 'passed'],
        [[first], 'flag', 'exempt'],
        [[third], 'flag', 'ignored'],
        [[last], 'off', 'off'],
      ],
    );
  });
});
