import { describe } from 'node:test';
import type { Pdu } from '../events.ts';
import { ALICE, BOB, CAROL, MOD, ruleCase, type EventDraft, type RuleRoom } from '../../../tests/support/rule-room.ts';
import { checkAuth } from './check-auth.ts';

const ALL = { '1-12': 'allowed' };
const hello = (sender: string): EventDraft => ({ type: 'm.room.message', sender, content: { body: 'hello' } });

describe('create events', () => {
  const create = (room: RuleRoom, content: Pdu['content'], draft: Partial<EventDraft> = {}) => {
    const creator = room.rules.auth.creator === 'content' ? { creator: ALICE } : {};
    const whole = { ...creator, ...content };
    return checkAuth(
      room.event({ type: 'm.room.create', stateKey: '', sender: ALICE, prevEvents: [], content: whole, ...draft }),
      [],
    );
  };
  ruleCase('in good order', ALL, (room) => create(room, { room_version: '6' }));
  ruleCase('with previous events', { '1-12': '1.1' }, (room) =>
    create(room, {}, { prevEvents: ['$other:one.example'] }),
  );
  ruleCase('by another server than the room id says', { '1-11': '1.2', '12': 'allowed' }, (room) =>
    create(room, {}, { sender: BOB }),
  );
  for (const room_version of ['unknown', '', 1, null]) {
    ruleCase(`of room version ${JSON.stringify(room_version)}`, { '1-12': '1.3' }, (room) =>
      create(room, { room_version }),
    );
  }
  ruleCase('without a creator', { '1-10': '1.4', '11-12': 'allowed' }, (room) => create(room, {}, { content: {} }));
  for (const additional_creators of [null, ALICE, [5], ['alice'], [`@${'a'.repeat(255)}:one.example`]]) {
    ruleCase(
      `with additional creators ${JSON.stringify(additional_creators).slice(0, 30)}`,
      { '1-11': 'allowed', '12': '1.4' },
      (room) => create(room, { additional_creators }),
    );
  }
  ruleCase('with additional creators', ALL, (room) => create(room, { additional_creators: [BOB] }));
});

describe('auth events', () => {
  /** A message of Bob that cites these, and the room's create event where that must be cited. */
  const cite = (room: RuleRoom, cited: readonly Pdu[], given: readonly Pdu[] = cited) => {
    const create = room.rules.auth.roomIdIsCreateHash ? [] : [room.create];
    const authEvents = [...create, ...cited].map(({ eventId }) => eventId);
    return checkAuth(room.event({ ...hello(BOB), authEvents }), [room.create, ...given]);
  };
  ruleCase('as they should be', ALL, (room) => cite(room, [room.levels({}), room.member(BOB, 'join')]));
  ruleCase('two of one key', { '1-11': '2.1', '12': '3.1' }, (room) => {
    const join = room.member(BOB, 'join');
    return cite(room, [join, room.member(BOB, 'leave')]);
  });
  ruleCase('one of them twice', { '1-11': '2.1', '12': '3.1' }, (room) => {
    const join = room.member(BOB, 'join');
    return cite(room, [join, join]);
  });
  ruleCase('of a type that does not belong there', { '1-11': '2.2', '12': '3.2' }, (room) =>
    cite(room, [room.joinRule('public')]),
  );
  ruleCase('of a user who has nothing to do with it', { '1-11': '2.2', '12': '3.2' }, (room) =>
    cite(room, [room.member(MOD, 'join')]),
  );
  ruleCase('that are no state', { '1-11': '2.2', '12': '3.2' }, (room) => cite(room, [room.event(hello(ALICE))]));
  ruleCase('with the create event', { '12': '3.2' }, (room) => cite(room, [room.create]));
  ruleCase('that were rejected', { '1-11': '2.3', '12': '3.3' }, (room) => {
    const join = room.member(BOB, 'join');
    const create = room.rules.auth.roomIdIsCreateHash ? [] : [room.create.eventId];
    const pdu = room.event({ ...hello(BOB), authEvents: [...create, join.eventId] });
    return checkAuth(pdu, [room.create, join], { isRejected: (eventId) => eventId === join.eventId });
  });
  ruleCase('without the create event', { '1-11': '2.4', '12': '2' }, (room) => {
    const join = room.member(BOB, 'join');
    return checkAuth(room.event({ ...hello(BOB), authEvents: [join.eventId] }), [join]);
  });
  ruleCase('with a create event that was rejected', { '12': '2' }, (room) =>
    checkAuth(room.event(hello(BOB)), [room.create], { isRejected: () => true }),
  );
  ruleCase('of another room', { '1-11': '2.5', '12': '3.5' }, (room) => {
    const roomId = room.rules.auth.roomIdIsCreateHash ? '!elsewhere' : '!elsewhere:one.example';
    const draft = { type: 'm.room.member', stateKey: BOB, sender: BOB, content: { membership: 'join' } };
    return cite(room, [room.event({ ...draft, roomId })]);
  });
  ruleCase('that nobody knows', { '1-11': '2', '12': '3' }, (room) => cite(room, [room.member(BOB, 'join')], []));
});

describe('rooms closed to other servers', () => {
  const federate = { '1-11': '3', '12': '4' };
  ruleCase('events of others', federate, () => hello(BOB), { 'm.federate': false });
  ruleCase('events of others, where the value is none', federate, () => hello(BOB), { 'm.federate': 'no' });
  ruleCase('events of others, where it is said to be open', ALL, () => hello(BOB), { 'm.federate': true });
  ruleCase('events of their own', ALL, () => hello(MOD), { 'm.federate': false });
  ruleCase('rooms without a create event', federate, (room) => {
    room.state.delete('m.room.create', '');
    return hello(ALICE);
  });
});

describe('aliases', () => {
  const aliases = (stateKey: string | undefined): EventDraft => ({
    type: 'm.room.aliases',
    sender: CAROL,
    content: { aliases: [] },
    ...(stateKey === undefined ? {} : { stateKey }),
  });
  ruleCase('that are no state', { '1-5': '4.1', '6-11': '5', '12': '6' }, () => aliases(undefined));
  ruleCase('of another server', { '1-5': '4.2', '6-11': '5', '12': '6' }, () => aliases('one.example'));
  ruleCase('of the own server, from outside', { '1-5': 'allowed', '6-11': '5', '12': '6' }, () =>
    aliases('two.example'),
  );
});

describe('other events', () => {
  const state = (type: string, sender: string, stateKey = '') => ({ type, stateKey, sender, content: {} });
  ruleCase('of a member', ALL, () => hello(BOB));
  for (const current of ['leave', 'invite', 'ban', 'knock']) {
    ruleCase(`of a user with membership ${current}`, { '1-5': '6', '6-11': '5', '12': '6' }, (room) => {
      room.member(BOB, current);
      return hello(BOB);
    });
  }
  ruleCase('third-party invites', ALL, () => state('m.room.third_party_invite', BOB, 'token'));
  ruleCase('third-party invites below the level', { '1-5': '7.1', '6-11': '6.1', '12': '7.1' }, (room) => {
    room.levels({ invite: 1 });
    return state('m.room.third_party_invite', BOB, 'token');
  });
  ruleCase('messages below events_default', { '1-5': '8', '6-11': '7', '12': '8' }, (room) => {
    room.levels({ events_default: 1 });
    return hello(BOB);
  });
  ruleCase('state below state_default', { '1-5': '8', '6-11': '7', '12': '8' }, () => state('m.room.topic', BOB));
  ruleCase('state with a level of its own', ALL, (room) => {
    room.levels({ events: { 'm.room.topic': 0 } });
    return state('m.room.topic', BOB);
  });
  ruleCase('where the level is none', { '1-5': '8', '6-11': '7', '12': '8' }, (room) => {
    room.levels({ events_default: 'none' });
    return hello(MOD);
  });
  ruleCase('by an additional creator', { '11': '7', '12': 'allowed' }, (room) => {
    room.levels({ state_default: 100 });
    return state('m.room.topic', BOB);
  }, { additional_creators: [BOB] }); // prettier-ignore
  ruleCase("with another user's state key", { '1-5': '9', '6-11': '8', '12': '9' }, () =>
    state('org.example', ALICE, BOB),
  );
  ruleCase('with the own state key', ALL, () => state('org.example', ALICE, ALICE));
  for (const [creates, verdict] of [
    [ALICE, 'allowed'],
    [MOD, 'level'],
  ] as const) {
    // prettier-ignore
    const expected = verdict === 'allowed' ? ALL : { '1-5': '8', '6-11': '7', '12': '8' };
    ruleCase(`state by ${creates} where there are no power levels`, expected, (room) => {
      room.state.delete('m.room.power_levels', '');
      return state('m.room.topic', creates);
    });
  }
});

describe('redactions', () => {
  const redaction = (sender: string, redacts?: string): EventDraft => ({
    type: 'm.room.redaction',
    sender,
    content: {},
    eventId: `$redaction:${sender === BOB ? 'two' : 'one'}.example`,
    ...(redacts === undefined ? {} : { redacts }),
  });
  ruleCase('by a moderator', ALL, () => redaction(MOD, '$event:two.example'));
  ruleCase("of the own server's events", ALL, () => redaction(BOB, '$event:two.example'));
  ruleCase("of another server's events", { '1-2': '11.3', '3-12': 'allowed' }, () =>
    redaction(BOB, '$event:one.example'),
  );
  ruleCase('of nothing', { '1-2': '11.3', '3-12': 'allowed' }, () => redaction(BOB));
});
