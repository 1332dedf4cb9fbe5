/** Killed under load, a server knows after its restart what the verdicts say, no more and no less, and every setting. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { StartedProcess } from '../house/support/started-process.ts';
import { FakeOrigin } from '../support/fake-origin.ts';
import { askOwnerSocket } from '../support/owner-socket.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD } from '../support/test-network.ts';
import { ASKING_RULES, VerdictRecord } from '../support/verdict-record.ts';
import { Victim } from '../support/victim.ts';

const ROUNDS = 3;
const WORKERS = 8;
const USERS = ['ann', 'bob', 'cat'] as const;

interface Stage {
  readonly victim: Victim;
  readonly origin: FakeOrigin;
  readonly room: RoomBuilder;
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

async function assertMemory({ victim, origin, room }: Stage): Promise<void> {
  using record = new VerdictRecord(victim.dataDir);
  for (const name of USERS) {
    const sender = origin.user(name);
    const before = record.messagesOf(sender);
    const probe = room.makeMessage(`hello again, ${name}`, { sender });
    assert.equal((await origin.askToSign(victim.serverName, probe)).status, 200);
    const known = record.knownAt(room.parse(probe).eventId);
    assert.deepEqual(known, { ...before, ofPerson: before.accepted }, name);
  }
}

async function assertSettings({ victim }: Stage, saved: Saved): Promise<void> {
  using record = new VerdictRecord(victim.dataDir);
  const stored = record.revisionsOf('instance');
  for (const [revision, note] of saved) assert.equal(stored.get(revision), note, 'no answered revision is lost');
  const last = Math.max(...stored.keys());
  const now = await askOwnerSocket(victim.dataDir, 'GET', 'settings/instance');
  assert.ok(now.text.includes(`"revision":${String(last)},`), now.text);
  assert.ok(now.text.includes(`[${JSON.stringify(stored.get(last))}]`), now.text);
}

it(`is after each of ${String(ROUNDS)} kills as the verdicts and the revisions say`, async (test) => {
  await using origin = await FakeOrigin.start();
  await using victim = await Victim.make({ policy: { rules: ASKING_RULES } });
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
