import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { userAt } from '../../../tests/support/room-builder.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import { COUNTED, COUNTED_PER, SCOPES, type CountQuestion } from '../questions.ts';
import { Counters, type Happening } from './counters.ts';
import { weightOf } from './measure.ts';
import { KINDS } from './measured.ts';
import { LONGEST_MS, Series, STEP_MS } from './series.ts';

const START = Date.UTC(2026, 0, 1);

function roomNumber(n: number): RoomId {
  const roomId = parseRoomId(`!room${String(n)}:home.test`);
  assert.ok(roomId !== undefined);
  return roomId;
}

const rooms = [0, 1, 2, 3].map(roomNumber);
/** The first two are a community. */
const communityOf = (roomId: RoomId): string | undefined => (rooms.indexOf(roomId) < 2 ? 'two' : undefined);
const users: readonly UserId[] = ['one.test', 'two.test'].flatMap((server) =>
  ['ann', 'bob'].map((name) => userAt(name, serverNamed(server))),
);

const happening = fc.record({
  roomId: fc.constantFrom(...rooms),
  sender: fc.constantFrom(...users),
  /** Milliseconds since the one before. */
  after: fc.oneof(fc.nat(500), fc.nat(60_000), fc.nat(3_600_000), fc.nat(40_000_000)),
  isRefused: fc.boolean(),
  measure: fc.record({ kind: fc.constantFrom(...KINDS), mentions: fc.nat(9), named: fc.nat(3) }),
});

const question = fc.record({
  what: fc.constantFrom(...COUNTED),
  per: fc.constantFrom(...COUNTED_PER),
  across: fc.constantFrom(...SCOPES),
  withinMs: fc.oneof(fc.integer({ min: 1_000, max: 60_000 }), fc.integer({ min: 1_000, max: LONGEST_MS })),
  includeRefused: fc.boolean(),
  onlyRefused: fc.boolean(),
  displayNames: fc.boolean(),
});

type Asker = { readonly roomId: RoomId; readonly sender: UserId; readonly now: number };

/** What happened in a window, counted by hand. */
function truth(all: readonly Happening[], asked: Omit<CountQuestion, 'key'>, { roomId, sender, now }: Asker): number {
  const isIn = (other: RoomId, scope: string): boolean =>
    other === roomId ||
    scope === 'instance' ||
    (scope === 'community' && communityOf(other) !== undefined && communityOf(other) === communityOf(roomId));
  const counted = all.filter(
    (one) =>
      one.at >= now - asked.withinMs &&
      (asked.onlyRefused === true ? one.isRefused : asked.includeRefused || !one.isRefused) &&
      isIn(one.roomId, asked.across) &&
      (asked.per !== 'room' || one.roomId === roomId) &&
      (asked.per !== 'community' || isIn(one.roomId, 'community')) &&
      (asked.per !== 'sender' || one.sender === sender) &&
      (asked.per !== 'server' || serverNameOf(one.sender) === serverNameOf(sender)),
  );
  if (asked.what === 'rooms') return new Set(counted.map((one) => one.roomId)).size;
  const namesToo = asked.what === 'mentions' && asked.displayNames === true;
  return counted.reduce((sum, { measure }) => {
    return sum + weightOf(measure, asked.what) + (namesToo ? (measure.named ?? 0) : 0);
  }, 0);
}

function timeline(drafts: readonly (Omit<Happening, 'at'> & { readonly after: number })[]): Happening[] {
  let at = START;
  return drafts.map(({ after, ...draft }) => ({ ...draft, at: (at += after) }));
}

describe('counters', () => {
  it('never count more than happened, and miss at most the oldest 32nd of the window', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 300 }),
        fc.array(question, { minLength: 1 }),
        (drafts, questions) => {
          const all = timeline(drafts);
          const counters = new Counters({ startedAt: START, communityOf });
          for (const one of all) counters.add(one);
          const now = all.at(-1)?.at ?? START;
          for (const asked of questions) {
            for (const sender of users) {
              const asker = { roomId: rooms[0] ?? roomNumber(0), sender, now };
              const counted = counters.countFor(asked, asker);
              const shorter = Math.floor((asked.withinMs * 31) / 32) - 2 * STEP_MS;
              assert.ok(counted <= truth(all, asked, asker));
              assert.ok(counted >= truth(all, { ...asked, withinMs: shorter }, asker), JSON.stringify(asked));
            }
          }
        },
      ),
    );
  });

  it('count no less in a longer window, or with what was refused', () => {
    fc.assert(
      fc.property(fc.array(happening), question, fc.nat(LONGEST_MS), (drafts, asked, longer) => {
        const all = timeline(drafts);
        const counters = new Counters({ startedAt: START, communityOf });
        for (const one of all) counters.add(one);
        const asker = {
          roomId: roomNumber(0),
          sender: users[0] ?? userAt('x', serverNamed('x.test')),
          now: all.at(-1)?.at ?? 0,
        };
        const counted = counters.countFor(asked, asker);
        assert.ok(counters.countFor({ ...asked, withinMs: asked.withinMs + longer }, asker) >= counted);
        assert.ok(counters.countFor({ ...asked, includeRefused: true }, asker) >= counted);
      }),
    );
  });

  it('are the same in whichever order events of the same seconds come', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        question,
        (drafts, keys, asked) => {
          const all = timeline(drafts.map((draft) => ({ ...draft, after: draft.after % 5_000 })));
          const shuffled = all.map((one, i) => ({ one, key: keys[i] ?? 0 })).sort((a, b) => a.key - b.key);
          const [inOrder, otherwise] = [all, shuffled.map(({ one }) => one)].map((list) => {
            const counters = new Counters({ startedAt: START, communityOf });
            for (const one of list) counters.add(one);
            return counters;
          });
          const asker = {
            roomId: roomNumber(1),
            sender: users[1] ?? userAt('x', serverNamed('x.test')),
            now: START + 60_000,
          };
          assert.equal(inOrder?.countFor(asked, asker), otherwise?.countFor(asked, asker));
        },
      ),
    );
  });

  it('keep a bounded memory whoever comes, and what rooms count', () => {
    const counters = new Counters({ startedAt: START, communityOf, senders: 100, servers: 50, numbers: 10_000 });
    const roomId = roomNumber(3);
    for (let n = 0; n < 20_000; n += 1) {
      const sender = userAt(`u${String(n)}`, serverNamed(`s${String(n % 3_000)}.test`));
      counters.add({ roomId, sender, at: START + n, isRefused: false, measure: { kind: 'join' } });
    }
    const { owners, numbers } = counters.statistics;
    assert.ok(owners <= 152 && numbers <= 24_096, `${String(owners)} owners of ${String(numbers)} numbers`);
    const asked = {
      what: 'joins',
      per: 'everyone',
      across: 'room',
      withinMs: 3_600_000,
      includeRefused: false,
    } as const;
    assert.equal(
      counters.countFor(asked, { roomId, sender: userAt('u1', serverNamed('s1.test')), now: START + 20_000 }),
      20_000,
    );
  });

  it('forget who was idle for longer than can be asked for', () => {
    const counters = new Counters({ startedAt: START, communityOf });
    const add = (n: number, at: number): void => {
      const sender = userAt(`u${String(n)}`, serverNamed(`s${String(n)}.test`));
      counters.add({ roomId: roomNumber(3), sender, at, isRefused: false, measure: { kind: 'join' } });
    };
    for (let n = 0; n < 1_000; n += 1) add(n, START);
    for (let n = 0; n < 200; n += 1) add(2_000, START + LONGEST_MS + 60_000);
    assert.ok(counters.statistics.owners <= 4, String(counters.statistics.owners));
  });

  it('keep few records however much happens for however long', () => {
    const series = new Series();
    let most = 0;
    for (let step = 0; step < (14 * 86_400_000) / STEP_MS; step += 31) {
      series.add(step, 0, 1);
      most = Math.max(most, series.size);
    }
    assert.ok(most / 3 <= 1_200, `${String(most / 3)} records`);
  });
});
