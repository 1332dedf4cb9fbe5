import { describe } from 'node:test';
import type { JsonObject } from '../json.ts';
import { ALICE, BOB, CAROL, MOD, ruleCase, type EventDraft, type RuleRoom } from '../../../tests/support/rule-room.ts';

const ALL = { '1-12': 'allowed' };
const TYPE = 'm.room.member';

function member(sender: string, target: string, membership: string, more: JsonObject = {}): EventDraft {
  return { type: TYPE, stateKey: target, sender, content: { membership, ...more } };
}

describe('member events', () => {
  ruleCase('without a state key', { '1-5': '5.1', '6-11': '4.1', '12': '5.1' }, () => ({
    type: TYPE,
    sender: BOB,
    content: { membership: 'join' },
  }));
  ruleCase('without a membership', { '1-5': '5.1', '6-11': '4.1', '12': '5.1' }, () => ({
    type: TYPE,
    stateKey: BOB,
    sender: BOB,
    content: {},
  }));
  ruleCase('about something that is no user', { '1-5': '5.1', '6-11': '4.1', '12': '5.1' }, () =>
    member(ALICE, 'nobody', 'ban'),
  );
  ruleCase(
    'with a membership that the version does not have',
    { '1-5': '5.6', '6': '4.6', '7': '4.7', '8-11': '4.8', '12': '5.8' },
    () => member(BOB, BOB, 'unknown'),
  );
  ruleCase('with a membership that is no string', { '1-5': '5.6', '6': '4.6', '12': '5.8' }, () => ({
    ...member(BOB, BOB, ''),
    content: { membership: 5 },
  }));
  ruleCase('whose authorising user is none', { '1-7': 'allowed', '8-11': '4.2.1', '12': '5.2.1' }, () =>
    member(BOB, BOB, 'join', { join_authorised_via_users_server: 7 }),
  );
});

describe('joins', () => {
  const first = (room: RuleRoom, user: string) => {
    for (const other of [ALICE, user]) room.state.set(room.event(member(other, other, 'leave')));
    room.joinRule('invite');
    return { ...member(user, user, 'join'), prevEvents: [room.create.eventId] };
  };
  ruleCase('the first one, of the creator', ALL, (room) => first(room, ALICE));
  ruleCase(
    'the first one, of someone else',
    { '1-5': '5.2.4', '6-7': '4.2.4', '8-11': '4.3.4', '12': '5.3.4' },
    (room) => first(room, BOB),
  );
  ruleCase('the first one, made by another than the creator', ALL, (room) => ({ ...first(room, ALICE), sender: BOB }));
  ruleCase('for another user', { '1-5': '5.2.2', '6-7': '4.2.2', '8-11': '4.3.2', '12': '5.3.2' }, () =>
    member(ALICE, CAROL, 'join'),
  );
  ruleCase('of a banned user', { '1-5': '5.2.3', '6-7': '4.2.3', '8-11': '4.3.3', '12': '5.3.3' }, (room) => {
    room.member(CAROL, 'ban');
    return member(CAROL, CAROL, 'join');
  });
  for (const current of ['invite', 'join']) {
    ruleCase(`of a user with membership ${current}, for the invited`, ALL, (room) => {
      room.joinRule('invite');
      room.member(CAROL, current);
      return member(CAROL, CAROL, 'join');
    });
  }
  ruleCase('without an invite', { '1-5': '5.2.4', '6-7': '4.2.4', '8-11': '4.3.4', '12': '5.3.4' }, (room) => {
    room.joinRule('invite');
    room.member(CAROL, 'leave');
    return member(CAROL, CAROL, 'join');
  });
  ruleCase(
    'where a knock is needed',
    { '1-5': '5.2.6', '6': '4.2.6', '7': '4.2.4', '8-11': '4.3.4', '12': '5.3.4' },
    (room) => {
      room.joinRule('knock');
      room.member(CAROL, 'knock');
      return member(CAROL, CAROL, 'join');
    },
  );
  ruleCase('of an invited user where others knock', { '1-5': '5.2.6', '6': '4.2.6', '7-12': 'allowed' }, (room) => {
    room.joinRule('knock');
    room.member(CAROL, 'invite');
    return member(CAROL, CAROL, 'join');
  });
  ruleCase('without join rules', { '1-5': '5.2.4', '6-7': '4.2.4', '8-11': '4.3.4', '12': '5.3.4' }, (room) => {
    room.set('m.room.join_rules', '', ALICE, {});
    return member(CAROL, CAROL, 'join');
  });
  ruleCase('where anyone may', ALL, () => member(CAROL, CAROL, 'join'));
  ruleCase(
    'with a join rule that no version has',
    { '1-5': '5.2.6', '6-7': '4.2.6', '8-11': '4.3.7', '12': '5.3.7' },
    (room) => {
      room.joinRule('private');
      return member(CAROL, CAROL, 'join');
    },
  );
});

describe('restricted joins', () => {
  const via = (user: string) => ({ join_authorised_via_users_server: user });
  for (const [rule, before, since] of [
    ['restricted', { '1-5': '5.2.6', '6-7': '4.2.6' }, '8-12'],
    ['knock_restricted', { '1-5': '5.2.6', '6-7': '4.2.6', '8-9': '4.3.7' }, '10-12'],
  ] as const) {
    ruleCase(`${rule}: authorised`, { ...before, [since]: 'allowed' }, (room) => {
      room.joinRule(rule);
      return member(CAROL, CAROL, 'join', via(MOD));
    });
    ruleCase(`${rule}: invited`, { ...before, [since]: 'allowed' }, (room) => {
      room.joinRule(rule);
      room.member(CAROL, 'invite');
      return member(CAROL, CAROL, 'join');
    });
    const late =
      rule === 'restricted' ? { '8-11': '4.3.5.2', '12': '5.3.5.2' } : { '10-11': '4.3.5.2', '12': '5.3.5.2' };
    ruleCase(`${rule}: authorised by nobody`, { ...before, ...late }, (room) => {
      room.joinRule(rule);
      return member(CAROL, CAROL, 'join');
    });
    ruleCase(`${rule}: authorised by someone outside`, { ...before, ...late }, (room) => {
      room.joinRule(rule);
      room.member(MOD, 'leave');
      return member(CAROL, CAROL, 'join', via(MOD));
    });
    ruleCase(`${rule}: authorised by someone who may not invite`, { ...before, ...late }, (room) => {
      room.joinRule(rule);
      room.levels({ invite: 51 });
      return member(CAROL, CAROL, 'join', via(MOD));
    });
  }
});

describe('invites', () => {
  ruleCase('by a member', ALL, () => member(BOB, CAROL, 'invite'));
  ruleCase('by someone outside', { '1-5': '5.3.2', '6-7': '4.3.2', '8-11': '4.4.2', '12': '5.4.2' }, () =>
    member(CAROL, '@new:two.example', 'invite'),
  );
  for (const current of ['join', 'ban']) {
    ruleCase(
      `of a user with membership ${current}`,
      { '1-5': '5.3.3', '6-7': '4.3.3', '8-11': '4.4.3', '12': '5.4.3' },
      (room) => {
        room.member(CAROL, current);
        return member(ALICE, CAROL, 'invite');
      },
    );
  }
  ruleCase('below the invite level', { '1-5': '5.3.5', '6-7': '4.3.5', '8-11': '4.4.5', '12': '5.4.5' }, (room) => {
    room.levels({ invite: 1 });
    return member(BOB, CAROL, 'invite');
  });
});

describe('leaving and removing', () => {
  for (const current of ['join', 'invite']) {
    ruleCase(`leaving after ${current}`, ALL, (room) => {
      room.member(BOB, current);
      return member(BOB, BOB, 'leave');
    });
  }
  ruleCase('taking back a knock', { '1-5': '5.4.1', '6': '4.4.1', '7-12': 'allowed' }, (room) => {
    room.member(BOB, 'knock');
    return member(BOB, BOB, 'leave');
  });
  for (const current of ['leave', 'ban']) {
    ruleCase(`leaving after ${current}`, { '1-5': '5.4.1', '6-7': '4.4.1', '8-11': '4.5.1', '12': '5.5.1' }, (room) => {
      room.member(BOB, current);
      return member(BOB, BOB, 'leave');
    });
  }
  ruleCase('removed by someone outside', { '1-5': '5.4.2', '6-7': '4.4.2', '8-11': '4.5.2', '12': '5.5.2' }, (room) => {
    room.member(MOD, 'leave');
    return member(MOD, BOB, 'leave');
  });
  ruleCase(
    'unbanned below the ban level',
    { '1-5': '5.4.3', '6-7': '4.4.3', '8-11': '4.5.3', '12': '5.5.3' },
    (room) => {
      room.levels({ ban: 60 });
      room.member(BOB, 'ban');
      return member(MOD, BOB, 'leave');
    },
  );
  ruleCase('unbanned', ALL, (room) => {
    room.member(BOB, 'ban');
    return member(MOD, BOB, 'leave');
  });
  ruleCase('removed by a moderator', ALL, () => member(MOD, BOB, 'leave'));
  ruleCase(
    'removed below the kick level',
    { '1-5': '5.4.5', '6-7': '4.4.5', '8-11': '4.5.5', '12': '5.5.5' },
    (room) => {
      room.levels({ kick: 51 });
      return member(MOD, BOB, 'leave');
    },
  );
  ruleCase('removed by an equal', { '1-5': '5.4.5', '6-7': '4.4.5', '8-11': '4.5.5', '12': '5.5.5' }, (room) => {
    room.levels({}, { [BOB]: 50 });
    return member(MOD, BOB, 'leave');
  });
  ruleCase('a creator, removed by one with the highest level', { '12': '5.5.5' }, (room) => {
    room.levels({}, { [MOD]: Number.MAX_SAFE_INTEGER });
    return member(MOD, ALICE, 'leave');
  });
  ruleCase('a creator, removed by another one', { '12': '5.5.5' }, () => member(BOB, ALICE, 'leave'), {
    additional_creators: [BOB],
  });
});

describe('bans', () => {
  ruleCase('by a moderator', ALL, () => member(MOD, BOB, 'ban'));
  ruleCase('of someone outside', ALL, () => member(MOD, CAROL, 'ban'));
  ruleCase('by someone outside', { '1-5': '5.5.1', '6-7': '4.5.1', '8-11': '4.6.1', '12': '5.6.1' }, (room) => {
    room.member(MOD, 'leave');
    return member(MOD, BOB, 'ban');
  });
  ruleCase('below the ban level', { '1-5': '5.5.3', '6-7': '4.5.3', '8-11': '4.6.3', '12': '5.6.3' }, () =>
    member(BOB, CAROL, 'ban'),
  );
  ruleCase('of an equal', { '1-5': '5.5.3', '6-7': '4.5.3', '8-11': '4.6.3', '12': '5.6.3' }, () =>
    member(MOD, MOD, 'ban'),
  );
});

describe('knocks', () => {
  ruleCase('where nobody knocks', { '1-5': '5.6', '6': '4.6', '7': '4.6.1', '8-11': '4.7.1', '12': '5.7.1' }, () =>
    member(CAROL, CAROL, 'knock'),
  );
  ruleCase('of someone new', { '1-5': '5.6', '6': '4.6', '7-12': 'allowed' }, (room) => {
    room.joinRule('knock');
    return member(CAROL, CAROL, 'knock');
  });
  ruleCase('in a room that is restricted too', { '7': '4.6.1', '8-9': '4.7.1', '10-12': 'allowed' }, (room) => {
    room.joinRule('knock_restricted');
    return member(CAROL, CAROL, 'knock');
  });
  ruleCase('for another user', { '7': '4.6.2', '8-11': '4.7.2', '12': '5.7.2' }, (room) => {
    room.joinRule('knock');
    return member(BOB, CAROL, 'knock');
  });
  for (const current of ['join', 'invite', 'ban']) {
    ruleCase(`of a user with membership ${current}`, { '7': '4.6.4', '8-11': '4.7.4', '12': '5.7.4' }, (room) => {
      room.joinRule('knock');
      room.member(CAROL, current);
      return member(CAROL, CAROL, 'knock');
    });
  }
});
