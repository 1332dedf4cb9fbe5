import { describe } from 'node:test';
import { NumberToken, type JsonObject } from '../json.ts';
import { ALICE, BOB, CAROL, MOD, ruleCase, type EventDraft, type RuleRoom } from '../../../tests/support/rule-room.ts';

const ALL = { '1-12': 'allowed' };

/** The room's levels as they are, with changes, sent by the moderator unless told. */
function change(room: RuleRoom, changes: JsonObject, users: JsonObject = {}, sender = MOD): EventDraft {
  const content = { users: { ...room.ownLevel(), [MOD]: 50, ...users }, ...changes };
  return { type: 'm.room.power_levels', stateKey: '', sender, content };
}

describe('the shape of power levels', () => {
  ruleCase('named levels that are strings', { '1-9': 'allowed', '10-11': '9.1', '12': '10.1' }, (room) =>
    change(room, { ban: ' +050 ' }),
  );
  ruleCase('named levels that are fractions', { '1-5': 'allowed' }, (room) =>
    change(room, { ban: new NumberToken('49.9') }),
  );
  for (const map of ['events', 'notifications']) {
    ruleCase(`${map} that hold strings`, { '1-9': 'allowed', '10-11': '9.2', '12': '10.2' }, (room) =>
      change(room, { [map]: { room: '50' } }),
    );
    ruleCase(`${map} that are no object`, { '10-11': '9.2', '12': '10.2' }, (room) => change(room, { [map]: [] }));
  }
  ruleCase('events that are no object in older versions', { '1-5': '10.5.1', '6-9': '9.5.1' }, (room) =>
    change(room, { events: 'none' }),
  );
  const users = { '1-5': '10.1', '6-9': '9.1', '10-11': '9.3', '12': '10.3' };
  ruleCase('users that are no object', users, (room) => change(room, { users: [] }));
  ruleCase('users that are none', users, (room) => change(room, {}, { bob: 1 }));
  ruleCase('users with levels that are none', users, (room) => change(room, {}, { [BOB]: 'all' }));
  ruleCase('users with levels that are true', users, (room) => change(room, {}, { [BOB]: true }));
  ruleCase('users with levels in strings', { '1-9': 'allowed', '10-11': '9.3', '12': '10.3' }, (room) =>
    change(room, {}, { [BOB]: '0010' }),
  );
  ruleCase('users with levels beyond all numbers', { '1-5': '10.1' }, (room) =>
    change(room, {}, { [BOB]: new NumberToken('1e999') }),
  );
  ruleCase('without users', ALL, (room) => {
    room.set('m.room.power_levels', '', ALICE, { users_default: 50 });
    return { ...change(room, {}, {}, BOB), content: { users_default: 50 } };
  });
  ruleCase('a creator among the users', { '12': '10.4' }, (room) => change(room, {}, { [ALICE]: 100 }, ALICE));
  ruleCase(
    'an additional creator among the users',
    { '11': 'allowed', '12': '10.4' },
    (room) => change(room, {}, { [CAROL]: 50 }, ALICE),
    {
      additional_creators: [CAROL],
    },
  );
});

describe('changes of power levels', () => {
  ruleCase('the first ones', ALL, (room) => {
    const { create } = room;
    const draft = change(room, { ban: 1000 }, { [BOB]: 1000 }, ALICE);
    room.state.set(create);
    return withoutLevels(room, draft);
  });
  ruleCase('none', ALL, (room) => change(room, {}));
  ruleCase('the same level in other words', { '1-9': 'allowed' }, (room) => {
    room.levels({ ban: 70, events: { x: 100 } });
    return change(room, { ban: '70', events: { x: ' 0100' } });
  });
  const named = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'];
  for (const name of named) {
    ruleCase(`${name} within reach`, ALL, (room) => change(room, { [name]: 50 }));
    ruleCase(`${name} out of reach`, { '1-5': '10.3.2', '6-9': '9.3.2', '10-11': '9.5.2', '12': '10.6.2' }, (room) =>
      change(room, { [name]: 51 }),
    );
    ruleCase(
      `${name} from out of reach`,
      { '1-5': '10.3.1', '6-9': '9.3.1', '10-11': '9.5.1', '12': '10.6.1' },
      (room) => {
        // Some of these would not let the moderator send power levels at all: those have a level of their own.
        room.levels(
          { [name]: 51, events: { 'm.room.power_levels': 0 } },
          name === 'users_default' ? { [MOD]: 50 } : {},
        );
        return change(room, { [name]: 1, events: { 'm.room.power_levels': 0 } });
      },
    );
  }
  ruleCase('a named level removed from out of reach', { '1-5': '10.3.1', '12': '10.6.1' }, (room) => {
    room.levels({ ban: 51 });
    return change(room, {});
  });
  ruleCase(
    'an event added out of reach',
    { '1-5': '10.5.1', '6-9': '9.5.1', '10-11': '9.7.1', '12': '10.8.1' },
    (room) => change(room, { events: { x: 51 } }),
  );
  ruleCase(
    'an event removed from out of reach',
    { '1-5': '10.4.1', '6-9': '9.4.1', '10-11': '9.6.1', '12': '10.7.1' },
    (room) => {
      room.levels({ events: { x: 51 } });
      return change(room, {});
    },
  );
  ruleCase('an event changed within reach', ALL, (room) => {
    room.levels({ events: { ['__proto__']: 1, x: 50 } });
    return change(room, { events: { x: 0, y: 50 } });
  });
  ruleCase(
    'a notification added out of reach',
    { '1-5': 'allowed', '6-9': '9.5.1', '10-11': '9.7.1', '12': '10.8.1' },
    (room) => change(room, { notifications: { room: 51 } }),
  );
  ruleCase(
    'a notification removed from out of reach',
    { '1-5': 'allowed', '6-9': '9.4.1', '10-11': '9.6.1', '12': '10.7.1' },
    (room) => {
      room.levels({ notifications: { room: 51 } });
      return change(room, {});
    },
  );
});

describe('changes of the levels of users', () => {
  ruleCase('raised to the own level', ALL, (room) => change(room, {}, { [BOB]: 50 }));
  ruleCase(
    'raised above the own level',
    { '1-5': '10.7.1', '6-9': '9.7.1', '10-11': '9.9.1', '12': '10.10.1' },
    (room) => change(room, {}, { [BOB]: 51 }),
  );
  ruleCase('lowered by an equal', { '1-5': '10.6.1', '6-9': '9.6.1', '10-11': '9.8.1', '12': '10.9.1' }, (room) => {
    room.levels({}, { [BOB]: 50 });
    return change(room, {}, { [BOB]: 0 });
  });
  ruleCase('removed by an equal', { '1-5': '10.6.1', '6-9': '9.6.1', '10-11': '9.8.1', '12': '10.9.1' }, (room) => {
    room.levels({}, { [BOB]: 50 });
    return change(room, {});
  });
  ruleCase('lowered by someone above', ALL, (room) => {
    room.levels({}, { [BOB]: 49 });
    return change(room, {}, { [BOB]: 0 });
  });
  ruleCase('giving up the own level', ALL, (room) => change(room, {}, { [MOD]: 0 }));
  ruleCase('giving a creator an equal', { '12': 'allowed' }, (room) =>
    change(room, {}, { [BOB]: 9007199254740991 }, ALICE),
  );
});

/** The same event in a room that never had power levels: the sender needs 50, as all state does then, and is the creator. */
function withoutLevels(room: RuleRoom, draft: EventDraft): EventDraft {
  room.state.delete('m.room.power_levels', '');
  return draft;
}
