import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import {
  GIVE_UP_MS,
  GuardedCalls,
  type CallLimits,
  type CallOutcome,
  type CallReport,
  type CallResult,
} from './guarded-calls.ts';

const LIMITS: CallLimits = {
  deadline: 3000,
  concurrency: 2,
  queue: 2,
  breaker: { failures: 3, pause: 30_000 },
  cache: { entries: 100, ttl: 60_000 },
};

function setUp(limits: Partial<CallLimits> = {}) {
  const clock = new FakeClock();
  const reports: CallReport[] = [];
  const seen = { opened: 0 };
  const calls = new GuardedCalls<string>({
    clock,
    limits: { ...LIMITS, ...limits },
    onOpen: () => (seen.opened += 1),
    onCall: (report) => reports.push(report),
  });
  const begun: { key: string; signal: AbortSignal; end: (result: CallResult<string>) => void }[] = [];
  const ask = (key: string): CallOutcome<string> | Promise<CallOutcome<string>> =>
    calls.ask(key, async (signal) => {
      const { promise, resolve } = Promise.withResolvers<CallResult<string>>();
      begun.push({ key, signal, end: resolve });
      return await promise;
    });
  return { clock, calls, reports, seen, begun, ask };
}

const fine = (value: string): CallResult<string> => ({ ok: true, value });
const broken: CallResult<string> = { ok: false, detail: 'broken', blamesEndpoint: true };
const elsewhere: CallResult<string> = { ok: false, detail: 'elsewhere', blamesEndpoint: false };

async function allOf<T>(outcomes: readonly (T | Promise<T>)[]): Promise<T[]> {
  return await Promise.all(outcomes.map(async (outcome) => await outcome));
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('guarded calls', () => {
  it('use an answer again until its time is over', async () => {
    const { ask, begun, clock } = setUp();
    const first = ask('a');
    begun[0]?.end(fine('1'));
    assert.deepEqual(await first, fine('1'));
    assert.deepEqual(ask('a'), fine('1'));
    await clock.advance(59_999);
    assert.deepEqual(ask('a'), fine('1'));
    await clock.advance(1);
    assert.ok(ask('a') instanceof Promise);
    assert.equal(begun.length, 2);
  });

  it('ask once for all who ask the same at the same time', async () => {
    const { ask, begun } = setUp();
    const askers = [ask('a'), ask('a'), ask('a')];
    assert.equal(begun.length, 1);
    begun[0]?.end(fine('1'));
    assert.deepEqual(await allOf(askers), [fine('1'), fine('1'), fine('1')]);
  });

  it('do not use failures again', async () => {
    const { ask, begun } = setUp();
    const first = ask('a');
    begun[0]?.end(broken);
    assert.deepEqual(await first, { ok: false, detail: 'broken' });
    assert.ok(ask('a') instanceof Promise);
    assert.equal(begun.length, 2);
  });

  it('fail at the deadline, and keep the answer that comes later', async () => {
    const { ask, begun, clock, reports } = setUp();
    const first = ask('a');
    await clock.advance(2000);
    const second = ask('a');
    await clock.advance(1000);
    assert.deepEqual(await first, { ok: false, detail: 'no answer within 3000 ms' });
    begun[0]?.end(fine('late'));
    assert.deepEqual(await second, fine('late'));
    assert.deepEqual(ask('a'), fine('late'));
    assert.deepEqual(
      reports.map(({ outcome, milliseconds }) => [outcome, milliseconds]),
      [
        ['late', 3000],
        ['answered', 3000],
      ],
    );
    assert.equal(clock.sleeping, 0);
  });

  it('give up in the end', async () => {
    const { ask, begun, clock } = setUp();
    const first = ask('a');
    await clock.advance(GIVE_UP_MS);
    assert.equal(begun[0]?.signal.aborted, true);
    assert.deepEqual(await first, { ok: false, detail: 'no answer within 3000 ms' });
  });

  it('run so many at once, let so many wait, and refuse the others', async () => {
    const { ask, begun, clock, reports } = setUp();
    const [a, b, c, d] = [ask('a'), ask('b'), ask('c'), ask('d')];
    assert.deepEqual(ask('e'), { ok: false, detail: 'too many questions are waiting' });
    assert.equal(reports.at(-1)?.outcome, 'crowded');
    assert.equal(begun.length, 2);
    await clock.advance(1000);
    begun[0]?.end(fine('a'));
    await turn();
    assert.deepEqual(begun.map(({ key }) => key).sort(), ['a', 'b', 'c']);
    await clock.advance(2000);
    assert.deepEqual(await a, fine('a'));
    for (const late of [b, c, d]) assert.equal((await late).ok, false);
    begun[1]?.end(fine('b'));
    begun[2]?.end(fine('c'));
    await turn();
    assert.equal(begun.length, 3, 'what waited too long is not asked any more');
    const [e, f] = [ask('e'), ask('f')];
    assert.equal(begun.length, 5);
    begun[3]?.end(fine('e'));
    begun[4]?.end(fine('f'));
    assert.deepEqual(await allOf([e, f]), [fine('e'), fine('f')]);
  });

  it('leave an endpoint alone that keeps failing, and try it once after a pause', async () => {
    const { ask, begun, clock, seen, reports } = setUp();
    for (const key of ['a', 'b', 'c']) {
      const asked = ask(key);
      begun.at(-1)?.end(broken);
      await asked;
    }
    assert.equal(seen.opened, 1);
    assert.deepEqual(ask('d'), { ok: false, detail: 'left alone after failures in a row' });
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['failed', 'failed', 'failed', 'leftAlone'],
    );
    await clock.advance(30_000);
    const trial = ask('d');
    assert.deepEqual(ask('e'), { ok: false, detail: 'left alone after failures in a row' });
    begun.at(-1)?.end(broken);
    await trial;
    assert.equal(seen.opened, 2);
    assert.equal(ask('d') instanceof Promise, false);
    await clock.advance(30_000);
    const back = ask('d');
    begun.at(-1)?.end(fine('d'));
    assert.deepEqual(await back, fine('d'));
    assert.ok(ask('e') instanceof Promise);
    assert.ok(ask('f') instanceof Promise);
    begun.at(-1)?.end(fine('f'));
    begun.at(-2)?.end(fine('e'));
  });

  it('count what is late as a failure, and what others are to blame for as none', async () => {
    const { ask, begun, clock, seen } = setUp({ concurrency: 10 });
    for (const key of ['a', 'b', 'c', 'd']) {
      const asked = ask(key);
      begun.at(-1)?.end(elsewhere);
      await asked;
    }
    assert.equal(seen.opened, 0);
    const slow = ['e', 'f', 'g'].map(ask);
    await clock.advance(3000);
    await allOf(slow);
    assert.equal(seen.opened, 1);
    for (const { end } of begun.slice(-3)) end(fine('late'));
    await turn();
    assert.deepEqual(ask('e'), fine('late'), 'known answers are given all the same');
    assert.equal(ask('x') instanceof Promise, false);
  });

  it('are not stopped by a call that throws', async () => {
    const { calls } = setUp();
    const thrown = calls.ask('a', () => Promise.reject(new Error('broken pipe')));
    assert.deepEqual(await thrown, { ok: false, detail: 'broken pipe' });
  });
});
