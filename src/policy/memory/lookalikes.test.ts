import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder, userAt } from '../../../tests/support/room-builder.ts';
import type { Asked } from '../questions.ts';
import type { LookalikeMatch } from '../answers.ts';
import { EventReading } from '../reading/event-reading.ts';
import { lookalikes } from './lookalikes.ts';

const MODERATOR = userAt('mod', SIGNER.serverName);
const NAMELESS = userAt('nameless', SIGNER.serverName);
const MALLORY = userAt('mallory', SIGNER.serverName);

const room = new RoomBuilder('11', SIGNER, { users: { [MODERATOR]: 50, [NAMELESS]: 50 } });
room.addMember(MODERATOR, 'join', { content: { membership: 'join', displayname: 'Robert Paulson' } });
room.addMember(NAMELESS, 'join');

/** What is said of somebody who joins with a name. */
function ask(name: string, likeness = 90, userId = MALLORY): LookalikeMatch | null | undefined {
  const pdu = room.parse(
    room.make({
      type: 'm.room.member',
      stateKey: userId,
      sender: userId,
      content: { membership: 'join', displayname: name },
    }),
  );
  const subject = { event: new EventReading(pdu), room: new PolicyStage(room).facts(), community: undefined, now: 0 };
  const asked = lookalikes({ key: name, name, likeness }, subject);
  assert.ok(!(asked instanceof Promise));
  const known: Asked<LookalikeMatch | null> = asked;
  return known.state === 'known' ? known.value : undefined;
}

describe('lookalikes', () => {
  const alike: readonly (readonly [string, string, number])[] = [
    ['the same name', 'Robert Paulson', 100],
    ['another case', 'ROBERT paulson', 100],
    ['other spaces and punctuation', ' robert_paulson! ', 100],
    ['wide letters', 'Ｒｏｂｅｒｔ Ｐａｕｌｓｏｎ', 100],
    ['letters of other scripts', 'Rоbеrt Раulsоn', 100],
    ['digits for letters', 'R0bert Pau1son', 100],
    ['invisible characters and marks', 'Ro\u200bbert Pa\u0301ulson', 100],
    ['letters that look like one', 'Robe\u0433t Paulson', 90],
    ['a letter left out', 'Robrt Paulson', 90],
    ['a letter more', 'Robert Paulsonn', 90],
  ];
  for (const [what, name, likeness] of alike) {
    it(`finds ${what}`, () => {
      assert.deepEqual(ask(name, likeness), { userId: MODERATOR, name: 'Robert Paulson' });
    });
  }

  it('finds the user ids of moderators, and the localpart where that is all they show', () => {
    assert.deepEqual(ask('@mod:home.test'), { userId: MODERATOR, name: MODERATOR });
    assert.deepEqual(ask('Nameless'), { userId: NAMELESS, name: 'nameless' });
    assert.equal(ask('mod'), null);
  });

  it('leaves other names in peace', () => {
    for (const name of ['Bob', 'Robert', 'Paul Robertson', '', '😀', 'x'.repeat(60_000)]) assert.equal(ask(name), null);
  });

  it('minds how alike they must be', () => {
    assert.equal(ask('Robert Palmer', 90), null);
    assert.equal(ask('Robert Palmer', 60)?.userId, MODERATOR);
  });

  it('lets moderators call themselves what they like', () => {
    assert.equal(ask('Robert Paulson', 90, MODERATOR), null);
    assert.equal(ask('Robert Paulson', 90, NAMELESS), null);
  });
});
