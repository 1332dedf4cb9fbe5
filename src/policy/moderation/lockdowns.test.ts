import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, factsWith, messageOf } from '../../../tests/support/policy-events.ts';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import { MemoryLockdownStore } from '../../storage/memory/lockdowns.ts';
import type { PersonAnswer } from '../answers.ts';
import { decide } from '../pipeline.ts';
import { EventReading } from '../reading/event-reading.ts';
import { compilePolicy, NO_EXEMPTIONS } from '../rules/compiled-policy.ts';
import { Lockdowns, ruleOfLockdown } from './lockdowns.ts';
import type { Lockdown } from './ports.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;
const ROOM = parseRoomId('!a:home.test')!;
const OTHER = parseRoomId('!b:home.test')!;

function lockdownOf(changes: Partial<Lockdown> = {}): Lockdown {
  const what = { id: 1, scope: `room/${ROOM}`, mode: 'lockdown', who: 'everyone', intervalMs: 0 } as const;
  const record = { message: undefined, by: 'maria', note: '', begunAt: NOW, until: NOW + HOUR };
  return { ...what, ...record, ...changes };
}

const REGULAR: PersonAnswer = {
  firstSeenAt: 0,
  firstSeenInCommunityAt: 0,
  joinedAt: 0,
  wasInvited: false,
  messagesHere: 100,
  messagesInCommunity: 100,
};
const NEWCOMER: PersonAnswer = { ...REGULAR, joinedAt: NOW - 1_000, messagesHere: 0, messagesInCommunity: 0 };

const message = messageOf({ body: 'hello' });
const join = eventOf({ type: 'm.room.member', stateKey: '@new:home.test', content: { membership: 'join' } });
const leave = eventOf({ type: 'm.room.member', stateKey: '@new:home.test', content: { membership: 'leave' } });

function outcomeOf(lockdown: Lockdown, pdu = message, facts = factsWith({ person: REGULAR }, { now: NOW })): string {
  const rules = new Map([ruleOfLockdown(lockdown)]);
  const compiled = compilePolicy({ rules, exempt: NO_EXEMPTIONS, wordLists: new Map() }, 'test');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return decide(new EventReading(pdu), facts, compiled.policy.rules).outcome;
}

describe('a lockdown', () => {
  it('refuses everything but what moderators do and leaving, until its end', () => {
    assert.equal(outcomeOf(lockdownOf()), 'refuse');
    assert.equal(outcomeOf(lockdownOf(), join), 'refuse');
    assert.equal(outcomeOf(lockdownOf(), leave), 'sign');
    const encrypted = eventOf({ type: 'm.room.encrypted', content: {} });
    assert.equal(outcomeOf(lockdownOf(), encrypted), 'refuse');
    assert.equal(outcomeOf(lockdownOf(), message, factsWith({}, { now: NOW, senderIsModerator: true })), 'sign');
    assert.equal(outcomeOf(lockdownOf(), message, factsWith({}, { now: NOW + HOUR - 1 })), 'refuse');
    assert.equal(outcomeOf(lockdownOf(), message, factsWith({}, { now: NOW + HOUR })), 'sign');
  });

  it('may be for newcomers alone', () => {
    const lockdown = lockdownOf({ who: 'newcomers' });
    assert.equal(outcomeOf(lockdown), 'sign');
    assert.equal(outcomeOf(lockdown, message, factsWith({ person: NEWCOMER }, { now: NOW })), 'refuse');
  });

  it('may be slow mode: one message in a while', () => {
    const lockdown = lockdownOf({ mode: 'slow', intervalMs: 30_000 });
    const after = (count: number): ReturnType<typeof factsWith> => factsWith({ count }, { now: NOW });
    assert.equal(outcomeOf(lockdown, message, after(0)), 'sign');
    assert.equal(outcomeOf(lockdown, message, after(1)), 'refuse');
    assert.equal(outcomeOf(lockdown, join, after(1)), 'sign');
  });

  it('holds in its room, its community or everywhere, until it ends or is ended, after a restart too', async () => {
    const store = new MemoryLockdownStore();
    const lockdowns = new Lockdowns(store);
    const room = await lockdowns.begin(lockdownOf());
    const community = await lockdowns.begin(lockdownOf({ scope: 'community/garden', until: NOW + 2 * HOUR }));
    const all = await lockdowns.begin(lockdownOf({ scope: 'instance', until: NOW + 3 * HOUR }));
    assert.deepEqual(lockdowns.of(ROOM, 'garden', NOW), [room, community, all]);
    assert.deepEqual(lockdowns.of(ROOM, undefined, NOW), [room, all]);
    assert.deepEqual(lockdowns.of(OTHER, 'garden', NOW), [community, all]);
    assert.deepEqual(lockdowns.of(OTHER, 'garden', NOW + 2 * HOUR), [all]);
    assert.equal(await lockdowns.end(all.id, NOW), true);
    assert.equal(await lockdowns.end(all.id, NOW), false);
    const restarted = new Lockdowns(store);
    await restarted.load(NOW);
    assert.deepEqual(restarted.all(NOW), [room, community]);
  });
});
