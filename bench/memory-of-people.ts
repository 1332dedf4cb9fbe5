/**
 * What it costs to remember: `node_modules/.bin/node --expose-gc bench/memory-of-people.ts`. Bytes for each person that is
 * known, and the time that an event takes, of one ed25519 verification.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { messageOf, SIGNER } from '../tests/support/policy-events.ts';
import { PolicyStage } from '../tests/support/policy-fakes.ts';
import { serverNamed } from '../tests/support/federation-fakes.ts';
import { FakeClock } from '../tests/support/fake-clock.ts';
import { member, roomIdOf, verdictOn } from '../tests/support/past-events.ts';
import { RoomBuilder, userAt } from '../tests/support/room-builder.ts';
import { Counters } from '../src/policy/memory/counters.ts';
import { measureOf } from '../src/policy/memory/measure.ts';
import { People } from '../src/policy/memory/people.ts';
import { SimilarTexts } from '../src/policy/memory/similar.ts';
import { EventReading } from '../src/policy/reading/event-reading.ts';
import { MemoryPeopleStore } from '../src/storage/memory/people.ts';
import type { PeopleStore } from '../src/policy/memory/ports.ts';
import { signingKeyFromSeed, signText, verifyText } from '../src/protocol/ed25519.ts';
import { signableText, type Pdu } from '../src/protocol/events.ts';
import type { RoomId } from '../src/protocol/ids/room-id.ts';
import type { UserId } from '../src/protocol/ids/user-id.ts';

const PEOPLE = 40_000;
const ROOMS_EACH = 3;
const EVENTS = 50_000;
const NOW = Date.UTC(2026, 0, 1);
const BODIES = [
  'Good morning, has anybody seen this? ',
  'I think the build is broken since yesterday. ',
  'See you there! ',
];

const FACTS = new PolicyStage(new RoomBuilder('11', SIGNER)).facts();
const COUNT = {
  key: '',
  what: 'messages',
  per: 'sender',
  across: 'community',
  withinMs: 60_000,
  includeRefused: false,
} as const;
const SIMILAR = {
  key: '',
  of: 'text',
  among: 'all',
  across: 'community',
  withinMs: 3_600_000,
  likeness: 85,
  minLength: 10,
} as const;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const rooms = Array.from({ length: 50 }, (_, n) => roomIdOf(`!room${String(n)}ofTheBenchmark:home.test`));

/** Strings of its own for each, as they come from the network. */
function userNumber(n: number): UserId {
  return userAt(`someone.${String(n)}`, serverNamed(`home${String(n % 500)}.example.org`));
}

function roomNumber(n: number): RoomId {
  return rooms[n % rooms.length] ?? roomIdOf('!none:home.test');
}

function heapBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Keeps nothing, so that what memory holds is measured alone. */
class NoStore extends MemoryPeopleStore implements PeopleStore {
  override async put(): Promise<void> {
    await Promise.resolve();
  }
}

async function bytesPerPerson(): Promise<{ known: number; counted: number; texts: number }> {
  const before = heapBytes();
  const people = new People({
    ...{ store: new NoStore(), communityOf: () => 'ours', isJudged: () => true, clock: new FakeClock(NOW) },
    onFailure: (error) => {
      throw error;
    },
  });
  for (let n = 0, position = 0; n < PEOPLE; n += 1) {
    const joins = Array.from({ length: ROOMS_EACH }, (_, k) =>
      member('join', {
        position: (position += 1),
        roomId: roomNumber(n + k),
        sender: userNumber(n),
        receivedAt: NOW + n,
      }),
    );
    await people.takeEvents(joins);
  }
  await people.write();
  const known = heapBytes();
  const counters = new Counters({ startedAt: NOW, communityOf: () => 'ours' });
  // Each says ten things over an hour.
  for (let n = 0; n < PEOPLE * 10; n += 1) {
    const who = { roomId: roomNumber(n % PEOPLE), sender: userNumber(n % PEOPLE) };
    counters.add({ ...who, at: NOW + n * 9, isRefused: false, measure: { kind: 'message' } });
  }
  const counted = heapBytes();
  const similar = new SimilarTexts({ communityOf: () => 'ours' });
  for (let n = 0; n < 40_000; n += 1) {
    const { text = '' } = measureOf(readings[n % readings.length] ?? firstReading, 'join');
    similar.add({
      roomId: roomNumber(n),
      sender: userNumber(n),
      at: NOW,
      isRefused: n % 4 === 0,
      measure: { kind: 'message', text },
    });
  }
  const all = heapBytes();
  const { event, room } = { event: firstReading, room: FACTS };
  if (similar.similar(SIMILAR, { event, room, now: NOW }).state !== 'known') {
    throw new Error('texts are not remembered');
  }
  if (people.size + counters.statistics.owners === 0) throw new Error('nothing was remembered');
  return { known: (known - before) / people.size, counted: (counted - known) / PEOPLE, texts: all - counted };
}

const firstReading = new EventReading(messageOf({ body: BODIES[0] ?? '' }));
const pdus: readonly Pdu[] = Array.from({ length: 2_000 }, (_, n) =>
  messageOf({ body: `${(BODIES[n % BODIES.length] ?? '').repeat(1 + (n % 4))}${String(n)}` }),
);
const readings = pdus.map((pdu) => new EventReading(pdu));

/** Microseconds of processor time for each of so many. */
function timed(count: number, work: (n: number) => void): number {
  for (let n = 0; n < 2_000; n += 1) work(n);
  const start = process.cpuUsage();
  for (let n = 0; n < count; n += 1) work(n);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

async function microsecondsPerEvent(): Promise<readonly (readonly [string, number])[]> {
  const counters = new Counters({ startedAt: NOW, communityOf: () => 'ours' });
  const similar = new SimilarTexts({ communityOf: () => 'ours' });
  const people = new People({
    ...{ store: new NoStore(), communityOf: () => 'ours', isJudged: () => true, clock: new FakeClock(NOW) },
    onFailure: () => undefined,
  });
  await people.positions();
  const measures = readings.map((reading) => measureOf(reading, 'join'));
  const who = (n: number): { roomId: RoomId; sender: UserId } => ({
    roomId: roomNumber(n),
    sender: senders[n % 1_000] ?? userNumber(0),
  });
  const senders = Array.from({ length: 1_000 }, (_, n) => userNumber(n));
  const happening = (n: number): Parameters<SimilarTexts['add']>[0] => {
    return {
      ...who(n),
      at: NOW + n * 20,
      isRefused: false,
      measure: measures[n % measures.length] ?? { kind: 'message' },
    };
  };
  const verdicts = Array.from({ length: 2_000 }, (_, n) =>
    verdictOn({ ...who(n), decidedAt: NOW, measure: { kind: 'message' } }),
  );
  let position = 0;
  const subject = (n: number): Parameters<SimilarTexts['similar']>[1] => ({
    event: readings[n % readings.length] ?? firstReading,
    room: { ...FACTS, membershipOf: () => 'join' },
    now: NOW + EVENTS * 20,
  });
  return [
    [
      'measure an event',
      timed(EVENTS, (n) => void measureOf(new EventReading(pdus[n % pdus.length] ?? firstReading.pdu), 'join')),
    ],
    ['count it', timed(EVENTS, (n) => counters.add(happening(n)))],
    ['remember its text', timed(EVENTS, (n) => similar.add(happening(n)))],
    [
      'know its sender',
      timed(EVENTS, (n) => {
        const verdict = verdicts[n % verdicts.length];
        if (verdict !== undefined) people.takeVerdict({ position: (position += 1), verdict });
      }),
    ],
    ['ask for a count', timed(EVENTS, (n) => void counters.countFor(COUNT, { ...who(n), now: NOW + EVENTS * 20 }))],
    ['ask for what is similar', timed(EVENTS / 10, (n) => void similar.similar(SIMILAR, subject(n)))],
  ];
}

function microsecondsPerVerification(): number {
  const key = signingKeyFromSeed(SIGNER.key.keyId, Buffer.alloc(32, 7));
  const text = signableText(firstReading.pdu);
  const signature = signText(key, text);
  return timed(20_000, () => void verifyText(key.publicKey, text, signature));
}

const bytes = await bytesPerPerson();
console.log(`${String(PEOPLE)} people in ${String(ROOMS_EACH)} rooms each, ten messages each`);
console.log(`  known of a person    ${bytes.known.toFixed(0)} bytes`);
console.log(`  counted of a person  ${bytes.counted.toFixed(0)} bytes`);
console.log(`  texts of all         ${(bytes.texts / 1e6).toFixed(1)} MB, whoever sent them`);
const verification = microsecondsPerVerification();
console.log(`\none ed25519 verification takes ${verification.toFixed(1)} µs; of that takes`);
for (const [what, microseconds] of await microsecondsPerEvent()) {
  console.log(
    `  to ${what.padEnd(26)}${((100 * microseconds) / verification).toFixed(1).padStart(6)} %  (${microseconds.toFixed(2)} µs)`,
  );
}
