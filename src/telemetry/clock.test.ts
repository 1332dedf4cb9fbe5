import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './system-clock.ts';

const clocks: readonly [string, () => Clock][] = [
  ['system', () => systemClock],
  ['fake', () => new FakeClock()],
];

for (const [name, make] of clocks) {
  describe(`${name} clock`, () => {
    it('does not sleep when its signal is aborted already', async () => {
      const reason = new Error('stopped');
      await assert.rejects(make().sleep(10, AbortSignal.abort(reason)), reason);
    });

    it('rejects with the reason of its signal', async () => {
      const controller = new AbortController();
      const reason = new Error('stopped');
      const sleep = make().sleep(60_000, controller.signal);
      controller.abort(reason);
      await assert.rejects(sleep, reason);
    });
  });
}

describe('fake clock', () => {
  it('wakes sleepers in the order of their times, at their times', async () => {
    const clock = new FakeClock(1000);
    const woken: [string, number][] = [];
    const sleepers = [
      clock.sleep(300).then(() => woken.push(['late', clock.now()])),
      clock.sleep(100).then(async () => {
        woken.push(['early', clock.now()]);
        await clock.sleep(50);
        woken.push(['again', clock.now()]);
      }),
      clock.sleep(100).then(() => woken.push(['second', clock.now()])),
    ];
    assert.equal(clock.sleeping, 3);
    await clock.advance(200);
    assert.deepEqual(woken, [
      ['early', 1100],
      ['second', 1100],
      ['again', 1150],
    ]);
    assert.equal(clock.now(), 1200);
    await clock.advance(100);
    await Promise.all(sleepers);
    assert.deepEqual(woken.at(-1), ['late', 1300]);
    assert.equal(clock.sleeping, 0);
  });
});
