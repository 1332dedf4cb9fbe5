/** Killed under load, a server knows after its restart what the verdicts say, no more and no less, and every setting. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import type { StartedProcess } from '../house/support/started-process.ts';
import { FakeOrigin } from '../support/fake-origin.ts';
import { askOwnerSocket } from '../support/owner-socket.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD } from '../support/test-network.ts';
import { Victim } from '../support/victim.ts';

const ROUNDS = 3;
const WORKERS = 8;
const USERS = ['ann', 'bob', 'cat'] as const;
const ENOUGH = 1_000_000;

/** They never do anything but ask, so that verdicts keep the answers. */
const ASKING = {
  accepted: { mode: 'shadow', when: { rate: { more_than: ENOUGH, within: '6h', across: 'room' } } },
  refused: { mode: 'shadow', when: { rate: { more_than: ENOUGH, within: '5h', across: 'room', only_refused: true } } },
  known: { mode: 'shadow', when: { newcomer: { fewer_messages_than: 1 } } },
};

interface Stage {
  readonly victim: Victim;
  readonly origin: FakeOrigin;
  readonly room: RoomBuilder;
}

interface AnswerRecord {
  readonly question: string;
  readonly key: string;
  readonly answer: number & { readonly messagesHere: number };
}

/** What was answered: numbers of revisions, with the note that each was saved with. */
type Saved = Map<number, string>;

async function loadAndKill({ victim, origin, room }: Stage, running: StartedProcess, most: number): Promise<Saved> {
  const saved: Saved = new Map();
  const kill = { isDone: false, answers: 0 };
  const work = async (worker: number): Promise<void> => {
    for (let i = 0; !kill.isDone; i += 1) {
      const sender = origin.user(USERS[(worker + i) % USERS.length] ?? 'ann');
      const body = `${i % 3 === 0 ? FORBIDDEN_WORD : 'hello'} ${String(worker)} ${String(i)}`;
      const answer = await origin
        .askToSign(victim.serverName, room.makeMessage(body, { sender }))
        .catch(() => undefined);
      if (answer !== undefined) kill.answers += 1;
      if (kill.answers < most) continue;
      kill.isDone = true;
      running.kill('SIGKILL');
    }
  };
  const edit = async (): Promise<void> => {
    while (!kill.isDone) {
      const note = `after ${String(kill.answers)} answers, at ${String(performance.now())}`;
      const settings = { rules: { edited: { mode: 'shadow', when: { words: { words: [note] } } } } };
      const answer = await askOwnerSocket(victim.dataDir, 'PUT', 'settings/instance', { settings, note }).catch(
        () => undefined,
      );
      if (answer === undefined || answer.text === '') continue;
      assert.equal(answer.status, 200, answer.text);
      saved.set(Number(/"revision":(\d+)/.exec(answer.text)?.[1]), note);
    }
  };
  await Promise.all([edit(), ...Array.from({ length: WORKERS }, (_, worker) => work(worker))]);
  await running.ended;
  return saved;
}

class Record implements Disposable {
  readonly #database: DatabaseSync;

  constructor(victim: Victim) {
    this.#database = new DatabaseSync(path.join(victim.dataDir, 'gatehouse.db'), { readOnly: true });
  }

  /** Messages of a person with a verdict: signed and refused ones. */
  messagesOf(sender: UserId): { accepted: number; refused: number } {
    const row = this.#database
      .prepare(
        `SELECT COUNT(signature) AS accepted, COUNT(refusal) AS refused FROM verdicts
         WHERE sender = ? AND type = 'm.room.message' AND revision = 1`,
      )
      .get(sender);
    return { accepted: Number(row?.['accepted']), refused: Number(row?.['refused']) };
  }

  /** What the server knew of them when it judged this event. */
  knownAt(eventId: string): { accepted: number; refused: number; messages: number } {
    const row = this.#database.prepare('SELECT facts FROM verdicts WHERE event_id = ?').get(eventId);
    const { answers } = JSON.parse(String(row?.['facts'])) as { answers: readonly AnswerRecord[] };
    const answerTo = (part: string): AnswerRecord['answer'] | undefined =>
      answers.find(({ question, key }) => `${question} ${key}`.includes(part))?.answer;
    return {
      accepted: answerTo('within 6h') ?? NaN,
      refused: answerTo('within 5h') ?? NaN,
      messages: answerTo('person')?.messagesHere ?? NaN,
    };
  }

  revisions(): Saved {
    const rows = this.#database.prepare("SELECT revision, note FROM settings_revisions WHERE scope = 'instance'").all();
    return new Map(rows.map((row) => [Number(row['revision']), String(row['note'])]));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

async function assertMemory({ victim, origin, room }: Stage): Promise<void> {
  using record = new Record(victim);
  for (const name of USERS) {
    const sender = origin.user(name);
    const before = record.messagesOf(sender);
    const probe = room.makeMessage(`hello again, ${name}`, { sender });
    assert.equal((await origin.askToSign(victim.serverName, probe)).status, 200);
    const known = record.knownAt(room.parse(probe).eventId);
    assert.deepEqual(known, { ...before, messages: before.accepted }, name);
  }
}

async function assertSettings({ victim }: Stage, saved: Saved): Promise<void> {
  using record = new Record(victim);
  const stored = record.revisions();
  for (const [revision, note] of saved) assert.equal(stored.get(revision), note, 'no answered revision is lost');
  const last = Math.max(...stored.keys());
  const now = await askOwnerSocket(victim.dataDir, 'GET', 'settings/instance');
  assert.ok(now.text.includes(`"revision":${String(last)},`), now.text);
  assert.ok(now.text.includes(`[${JSON.stringify(stored.get(last))}]`), now.text);
}

it(`is after each of ${String(ROUNDS)} kills as the verdicts and the revisions say`, async (test) => {
  await using origin = await FakeOrigin.start();
  await using victim = await Victim.make({ policy: { rules: ASKING } });
  const room = origin.createRoom('11', { joinRule: 'public' });
  for (const name of USERS) room.addMember(origin.user(name), 'join');
  const stage = { victim, origin, room };
  const saved: Saved = new Map();
  for (let round = 1; round <= ROUNDS; round += 1) {
    await using running = await victim.start();
    if (round === 1) await victim.protect(origin, room);
    else await assertMemory(stage);
    // Somewhere between two of the writes of what is known of people, which come every second.
    const answers = 200 + Math.floor(Math.random() * 1_500);
    for (const [revision, note] of await loadAndKill(stage, running, answers)) saved.set(revision, note);
    test.diagnostic(`round ${String(round)}: ${String(answers)} answers, ${String(saved.size)} revisions`);
  }
  await using last = await victim.start();
  await assertMemory(stage);
  await assertSettings(stage, saved);
  last.kill('SIGTERM');
  assert.equal(await last.ended, 0);
});
