import assert from 'node:assert/strict';
import { it } from 'node:test';
import { own, type JsonObject } from '../../src/protocol/json.ts';
import type { StartedProcess } from '../house/support/started-process.ts';
import { FakeOrigin, type Answer } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { FORBIDDEN_WORD } from '../support/test-network.ts';
import { Victim } from '../support/victim.ts';

const ROUNDS = 4;
const WORKERS = 16;

interface Answered {
  readonly event: JsonObject;
  readonly text: string;
}

function isVerdict(answer: Answer): boolean {
  return answer.status === 200 || own(answer.body, 'org.gatehouse.reference') !== undefined;
}

/** Asks about new events until the server is gone, which it is after so many answers. */
async function loadAndKill(
  victim: Victim,
  running: StartedProcess,
  origin: FakeOrigin,
  room: RoomBuilder,
  answersBeforeKill: number,
): Promise<Answered[]> {
  const answered: Answered[] = [];
  const kill = { isDone: false };
  const work = async (worker: number): Promise<void> => {
    for (let i = 0; !kill.isDone; i += 1) {
      const body = `${i % 3 === 0 ? FORBIDDEN_WORD : 'hello'} ${String(worker)} ${String(i)}`;
      const event = room.makeMessage(body, { sender: origin.user('bob') });
      const answer = await origin.askToSign(victim.serverName, event).catch(() => undefined);
      if (answer !== undefined) {
        assert.ok(isVerdict(answer), answer.text);
        answered.push({ event, text: answer.text });
      }
      if (answered.length < answersBeforeKill) continue;
      kill.isDone = true;
      running.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  await running.ended;
  return answered;
}

it(`answers the same after each of ${String(ROUNDS)} kills in the middle of its work`, async (test) => {
  await using origin = await FakeOrigin.start();
  await using victim = await Victim.make();
  const room = origin.createRoom('11', { joinRule: 'public' });
  const all: Answered[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await using running = await victim.start();
    if (round === 1) await victim.protect(origin, room);
    const checked = await Promise.all(all.map(({ event }) => origin.askToSign(victim.serverName, event)));
    assert.deepEqual(
      checked.map(({ text }) => text),
      all.map(({ text }) => text),
    );
    const answered = await loadAndKill(victim, running, origin, room, 20 + Math.floor(Math.random() * 300));
    test.diagnostic(`round ${String(round)}: killed after ${String(answered.length)} answers`);
    all.push(...answered);
  }
  await using last = await victim.start();
  const checked = await Promise.all(all.map(({ event }) => origin.askToSign(victim.serverName, event)));
  assert.deepEqual(
    checked.map(({ text }) => text),
    all.map(({ text }) => text),
  );
  last.kill('SIGTERM');
  assert.equal(await last.ended, 0);
});
