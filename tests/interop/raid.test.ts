/** A raid: 100 people join at once and 50 of them write 500 messages, while ten regulars go on talking. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import type { Answer, MatrixClient } from './support/matrix-client.ts';
import { textOf } from './support/matrix-client.ts';
import { assertRefused, Stage } from './support/stage.ts';
import type { Room } from './support/stage.ts';
import { prepareSynapseEnvironment } from './support/synapse-environment.ts';

const environment = await prepareSynapseEnvironment();

const twoDays = 2 * 24 * 3600;
const servers = 2;
const regularsOnEach = 5;
const raidersOnEach = 50;
const writersOnEach = 25;
const messagesOfWriter = 10;
const messagesOfRegular = 6;
const raidMessages = servers * writersOnEach * messagesOfWriter;

/** What may get through before it is clear that this is a raid. */
const mostPassed = 100;
const stoppedWithin = 20_000;

interface Sent {
  answer: Answer;
  /** Milliseconds since the raid began. */
  at: number;
}

interface Course {
  ofRaiders: Sent[];
  ofRegulars: { answer: Answer; regular: MatrixClient }[];
  took: number;
}

describe('a raid', { skip: !environment.ok && environment.skip }, () => {
  let stage: Stage;
  let room: Room;
  let regulars: MatrixClient[];
  let raiders: MatrixClient[];
  let course: Course;

  before(async () => {
    assert.ok(environment.ok);
    stage = await Stage.set(environment.python, { config: {}, clockOffset: -twoDays });
    room = await stage.makeRoom('12', { preset: 'public_chat' });
    regulars = await people('regular', regularsOnEach);
    for (const regular of regulars) await joins(regular);
    for (const observer of [room.admin, room.remote]) {
      await eventually(`${observer.serverName} to see all regulars`, async () => {
        return (await observer.joinedMembers(room.roomId)).length === 3 + regulars.length;
      });
    }
    // With the right time, the regulars are people who have been in the room for two days.
    await Promise.all(
      [stage.first, stage.second].map(async (server) => {
        await server.halt();
        await server.startAgain();
      }),
    );
    await stage.inviteBot(room);
    await stage.enable(room);
    await stage.gatehouse.json('community', 'create', 'cats', '--preset', 'public', '--room', room.roomId);
    raiders = await people('raider', raidersOnEach);
    course = await raid();
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
  });

  test('is stopped within seconds', async (context) => {
    const passed = course.ofRaiders.filter(({ answer }) => answer.status === 200);
    const refused = course.ofRaiders.filter(({ answer }) => answer.status !== 200);
    const stopped = Math.max(0, ...passed.map(({ at }) => at));
    const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
    const joined = await Promise.all([stage.first, stage.second].map((server) => joinsSeenBy(server)));
    for (const line of [
      `the raid: ${raiders.length} joins and ${raidMessages} messages in ${seconds(course.took)}`,
      `stopped after ${seconds(stopped)}: ${passed.length} messages got through, ${refused.length} did not`,
      ...joined.map(({ shown, hidden }) => `joins of the other server: ${shown} shown, ${hidden} hidden`),
      ...reasons(refused).map(([reason, count]) => `${count} × ${reason}`),
    ]) {
      context.diagnostic(line);
    }
    assert.equal(course.ofRaiders.length, raidMessages);
    for (const { answer } of refused) assertRefused(answer);
    assert.ok(passed.length <= mostPassed, `${passed.length} messages of the raid got through`);
    assert.ok(stopped <= stoppedWithin, `the last message got through after ${seconds(stopped)}`);
    assert.ok(joined.every(({ shown }) => shown <= raidersOnEach / 2));
  });

  test('is not noticed by regulars: all that they say arrives on both servers', async () => {
    assert.equal(course.ofRegulars.length, servers * regularsOnEach * messagesOfRegular);
    const sent = course.ofRegulars.map(({ answer }) => textOf(answer, 'event_id'));
    for (const observer of [room.user, room.remote]) {
      await eventually(`${observer.serverName} to show all that regulars said`, async () => {
        const shown = new Set((await observer.messages(room.roomId)).map(({ eventId }) => eventId));
        return sent.every((eventId) => shown.has(eventId));
      });
    }
  });

  test('leaves nothing of what was refused on either server', async () => {
    const passed = new Set(
      course.ofRaiders.filter(({ answer }) => answer.status === 200).map(({ answer }) => textOf(answer, 'event_id')),
    );
    const byRaiders = new Set(raiders.map(({ userId }) => userId));
    for (const observer of [room.user, room.remote]) {
      const shown = (await observer.messages(room.roomId)).filter(
        ({ type, sender }) => type === 'm.room.message' && byRaiders.has(sender),
      );
      assert.ok(shown.every(({ eventId }) => passed.has(eventId)));
    }
  });

  /** All raiders join, and write as soon as they are in; the regulars say something whenever a part of it is through. */
  async function raid(): Promise<Course> {
    const begun = Date.now();
    const ofRaiders: Sent[] = [];
    const ofRegulars: Course['ofRegulars'] = [];
    const raiding = raiders.map(async (raider, number) => {
      await joins(raider);
      if (number % raidersOnEach >= writersOnEach) return;
      for (let count = 1; count <= messagesOfWriter; count++) {
        const answer = await raider.send(room.roomId, textFrom(`${number} ${count}`, 12));
        ofRaiders.push({ answer, at: Date.now() - begun });
      }
    });
    for (let round = 0; round < messagesOfRegular; round++) {
      const part = (round / messagesOfRegular) * raidMessages;
      await eventually('the raid to go on', () => ofRaiders.length >= part, {
        timeout: 120_000,
        seen: () => ofRaiders.length,
      });
      const talk = regulars.map(async (regular, number) => {
        const answer = await regular.send(room.roomId, `What do you make of ${textFrom(`${round} of ${number}`, 4)}?`);
        ofRegulars.push({ regular, answer });
      });
      await Promise.all(talk);
    }
    await Promise.all(raiding);
    return { ofRaiders, ofRegulars, took: Date.now() - begun };
  }

  async function people(name: string, countOnEach: number): Promise<MatrixClient[]> {
    const numbers = Array.from({ length: countOnEach }, (_, number) => number);
    const register = async (server: Stage['first']): Promise<MatrixClient[]> => {
      const all: MatrixClient[] = [];
      for (const number of numbers) {
        all.push(await server.register(textFrom(`${name} ${number} of ${server.serverName}`, 1)));
      }
      return all;
    };
    return (await Promise.all([register(stage.first), register(stage.second)])).flat();
  }

  async function joins(person: MatrixClient): Promise<void> {
    let last: Answer | undefined;
    await eventually(
      `${person.userId} to join`,
      async () => {
        last = await person.join(room.roomId, [stage.first.serverName]);
        return last.status === 200;
      },
      { seen: () => last },
    );
  }

  /** What a server made of the joins of raiders on the other server. */
  async function joinsSeenBy(server: Stage['first']): Promise<{ shown: number; hidden: number }> {
    const others = new Set(raiders.map(({ userId }) => userId).filter((userId) => !userId.endsWith(server.serverName)));
    const events = await eventually(`${server.serverName} to have all joins`, () => {
      const found = server.storedEvents(room.roomId).filter(({ event }) => {
        return event['type'] === 'm.room.member' && others.has(String(event['sender']));
      });
      return found.length >= raidersOnEach && found;
    });
    const hidden = events.filter(({ softFailed }) => softFailed).length;
    return { shown: events.length - hidden, hidden };
  }
});

/** Words that are like no others, the same in every run. */
function textFrom(seed: string, words: number): string {
  const letters = createHash('shake256', { outputLength: words * 8 })
    .update(seed)
    .digest()
    .reduce((text, byte) => text + String.fromCharCode(97 + (byte % 26)), '');
  return letters.replaceAll(/(.{8})(?=.)/gu, '$1 ');
}

function reasons(refused: readonly Sent[]): [reason: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { answer } of refused) {
    const reason = String(answer.body['error']).replace(/ Reference: .*/u, '');
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
