import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { eventOf, messageOf, SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { member, roomIdOf, streamed, verdictOn } from '../../../tests/support/past-events.ts';
import { RoomBuilder, userAt } from '../../../tests/support/room-builder.ts';
import { createMemoryStorage, type Storage } from '../../storage/storage.ts';
import type { Pdu } from '../../protocol/events.ts';
import { COUNTED, COUNTED_PER, SCOPES, type Subject } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { Verdict } from '../verdict.ts';
import { measureOf } from './measure.ts';
import { KINDS, type Measure } from './measured.ts';
import { PolicyMemory } from './policy-memory.ts';

const SERVER = serverNamed('policy.test');
const NOW = Date.UTC(2026, 0, 1);
const rooms = ['!one:home.test', '!two:home.test', '!far:home.test'].map(roomIdOf);
const users = ['ann', 'bob', 'cat'].map((name) => userAt(name, serverNamed('home.test')));
const facts = new PolicyStage(new RoomBuilder('11', SIGNER)).facts();
const TEXTS = [
  'buy cheap coins at our shop today',
  'buy cheap coins at our shop now',
  'good morning, how are you all?',
];

function memoryOver(
  storage: Storage,
  clock: FakeClock,
  failures: unknown[] = [],
  roomsRead = async (): Promise<void> => undefined,
): PolicyMemory {
  return new PolicyMemory({
    ...{ serverName: SERVER, log: storage.verdicts, people: storage.people, clock },
    communityOf: (roomId) => (roomId.startsWith('!far') ? undefined : 'ours'),
    roomsRead,
    onFailure: (error) => void failures.push(error),
  });
}

function subjectOf(pdu: Pdu, now: number): Subject {
  return { event: new EventReading(pdu), room: facts, community: 'ours', now };
}

/** Everything that can be asked about these people. */
async function answersOf(memory: PolicyMemory, now: number): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const sender of users) {
    for (const roomId of rooms) {
      for (const body of TEXTS) {
        const subject = subjectOf({ ...messageOf({ body }), sender, roomId }, now);
        for (const across of SCOPES) {
          for (const among of ['all', 'refused'] as const) {
            const asked = { of: 'text', among, across, withinMs: 3_600_000, likeness: 70, minLength: 5 } as const;
            answers.push(await memory.sources.similar({ key: '', ...asked }, subject));
          }
        }
      }
      const subject = subjectOf({ ...eventOf({ type: 'm.room.message' }), sender, roomId }, now);
      answers.push(await memory.sources.person({ key: 'sender' }, subject));
      for (const what of COUNTED) {
        for (const per of COUNTED_PER) {
          for (const across of SCOPES) {
            for (const includeRefused of [false, true]) {
              const asked = { what, per, across, withinMs: 600_000, includeRefused };
              answers.push(await memory.sources.count({ key: '', ...asked }, subject));
            }
          }
        }
      }
    }
  }
  return answers;
}

const draft = fc.record({
  room: fc.constantFrom(...rooms),
  user: fc.constantFrom(...users),
  kind: fc.constantFrom(...KINDS),
  mentions: fc.nat(3),
  text: fc.constantFrom(...TEXTS),
  isRefused: fc.boolean(),
  after: fc.nat(60_000),
  /** Storing has happened up to here; the process may end at any time. */
  isWritten: fc.boolean(),
  isStreamed: fc.boolean(),
});

describe('the memory of the past', () => {
  it('answers after a restart, at whatever moment it ended, as if it had gone on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(draft, { maxLength: 40 }), fc.boolean(), async (drafts, isStopped) => {
        const storage = createMemoryStorage();
        const clock = new FakeClock(NOW);
        const failures: unknown[] = [];
        const memory = memoryOver(storage, clock, failures);
        await memory.start();
        const stream: Parameters<PolicyMemory['takeEvents']>[0][number][] = [];
        for (const one of drafts) {
          await clock.advance(one.after);
          const { measure } = measured(one.text, one.kind, one.mentions);
          const verdict = verdictOn({ ...one, sender: one.user, roomId: one.room, decidedAt: clock.now(), measure });
          await storage.verdicts.add(verdict);
          memory.onVerdict(subjectOf(messageOf({ body: one.text }), clock.now()), verdict);
          if (one.isStreamed) {
            const unjudged = { roomId: one.room, sender: one.user, receivedAt: clock.now() };
            stream.push(streamed({ position: stream.length + 1, ...unjudged }));
            await memory.takeEvents(stream.slice(-1));
          }
          if (one.isWritten) await memory.people.write();
        }
        const before = await answersOf(memory, clock.now());
        if (isStopped) await memory.stop();
        const again = memoryOver(storage, clock, failures);
        // Both at once, and questions that come before they are done.
        const [after] = await Promise.all([
          again.takeEvents(stream).then(() => answersOf(again, clock.now())),
          again.start(),
        ]);
        assert.deepEqual(after, before);
        assert.deepEqual(failures, []);
      }),
      { numRuns: 25 },
    );
  });

  it('waits for the rooms to be read where somebody has just joined', async () => {
    const storage = createMemoryStorage();
    const [sender, roomId] = [users[0], rooms[0]];
    assert.ok(sender !== undefined && roomId !== undefined);
    const memory = memoryOver(storage, new FakeClock(NOW), [], async () => {
      await memory.takeEvents([member('join', { position: 1, roomId, sender, receivedAt: NOW })]);
    });
    await memory.start();
    const pdu = { ...messageOf({ body: 'x' }), sender, roomId };
    const subject = { ...subjectOf(pdu, NOW), room: { ...facts, membershipOf: () => 'join' } };
    const asked = await memory.sources.person({ key: 'sender' }, subject);
    assert.ok(asked.state === 'known' && asked.value.joinedAt === NOW);
  });

  it('does not count overrides, nor what is from before the protection', async () => {
    const storage = createMemoryStorage();
    const memory = memoryOver(storage, new FakeClock(NOW));
    await memory.start();
    const [sender, roomId] = [users[0], rooms[0]];
    assert.ok(sender !== undefined && roomId !== undefined);
    const first = verdictOn({ sender, roomId, decidedAt: NOW, measure: { kind: 'message' } });
    const others: readonly Verdict[] = [
      { ...first, revision: 2 },
      { ...verdictOn({ sender, roomId, decidedAt: NOW, measure: { kind: 'message' } }), decidedBy: 'history' },
    ];
    const subject = subjectOf({ ...messageOf({ body: 'x' }), sender, roomId }, NOW);
    for (const verdict of [first, ...others]) {
      await storage.verdicts.add(verdict);
      memory.onVerdict(subject, verdict);
    }
    const asked = { key: '', what: 'messages', per: 'sender', across: 'room', withinMs: 60_000 } as const;
    const answer = await memory.sources.count({ ...asked, includeRefused: true }, subject);
    assert.deepEqual(answer, { state: 'known', value: 1 });
  });
});

function measured(body: string, kind: (typeof KINDS)[number], mentions: number): { measure: Measure } {
  const { text } = measureOf(new EventReading(messageOf({ body })), 'join');
  const hasText = text !== undefined && (kind === 'message' || kind === 'media');
  return { measure: { kind, ...(mentions === 0 ? {} : { mentions }), ...(hasText ? { text } : {}) } };
}
