import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalText } from '../protocol/canonical-json.ts';
import type { Pdu } from '../protocol/events.ts';
import { withKeys, type JsonObject } from '../protocol/json.ts';
import { knownRoomVersions } from '../protocol/room-versions.ts';
import { Dice } from '../../tests/interop/support/dice.ts';
import { GeneratedRoom } from '../../tests/support/generated-room.ts';
import { debugAuthLine } from './debug-auth.ts';

function ask(room: GeneratedRoom, event: JsonObject, authEvents: readonly JsonObject[]): unknown {
  return JSON.parse(debugAuthLine(canonicalText({ room_version: room.rules.version, event, auth_events: authEvents })));
}

const rawOf = (pdu: Pdu) => pdu.raw;
const withId = (pdu: Pdu) => withKeys(pdu.raw, new Map([['event_id', pdu.eventId]]));

test('verdicts in every version, with ids given or computed', () => {
  for (const version of knownRoomVersions()) {
    const room = new GeneratedRoom(new Dice(7), version, 12);
    for (const pdu of room.accepted) {
      assert.deepEqual(ask(room, rawOf(pdu), room.authEventsOf(pdu).map(rawOf)), { allowed: true });
      assert.deepEqual(ask(room, withId(pdu), room.authEventsOf(pdu).map(withId)), { allowed: true });
    }
    const [, join] = room.events;
    assert.ok(join !== undefined);
    const { rule } = ask(room, join.raw, []) as { rule: string };
    assert.equal(rule, '2', 'what an event cites must be given');
  }
});

test('a rejection has its rule and a reason', () => {
  const room = new GeneratedRoom(new Dice(7), '11', 4);
  const [create] = room.events;
  assert.ok(create !== undefined);
  const event = withKeys(create.raw, new Map([['sender', '@alice:other.example']]));
  const reason = "the room id is not of the sender's server";
  assert.deepEqual(ask(room, event, []), { allowed: false, rule: '1.2', reason });
});

test('create events of version 12 that name their room', () => {
  const room = new GeneratedRoom(new Dice(7), '12', 4);
  const [create] = room.events;
  assert.ok(create !== undefined);
  const event = withKeys(create.raw, new Map([['room_id', '!room']]));
  assert.deepEqual(ask(room, event, []), { allowed: false, rule: '1.2', reason: 'a create event has no room_id' });
});

test('lines that are none', () => {
  for (const [line, error] of [
    ['', 'bad_json'],
    ['7', 'bad_json'],
    ['{"room_version":1,"event":{},"auth_events":[]}', 'bad_json'],
    ['{"room_version":"0","event":{},"auth_events":[]}', 'unsupported_room_version'],
    ['{"room_version":"1","auth_events":[]}', 'bad_json'],
    ['{"room_version":"1","event":{},"auth_events":{}}', 'bad_json'],
    ['{"room_version":"1","event":{},"auth_events":[]}', 'bad_json'],
    ['{"room_version":"1","event":{},"auth_events":[5]}', 'bad_json'],
    ['{"room_version":"1","event":{"event_id":5},"auth_events":[]}', 'bad_json'],
    ['{"room_version":"9","event":{"type":"\\ud800"},"auth_events":[]}', 'bad_json'],
  ] as const) {
    const answer = JSON.parse(debugAuthLine(line)) as { error: string; detail: string };
    assert.equal(answer.error, error, line);
    assert.ok(answer.detail.length > 0);
  }
});
