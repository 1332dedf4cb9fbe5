import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { serverNamed } from '../../tests/support/federation-fakes.ts';
import { createBackOff, exponentialPause } from './back-off.ts';

const a = serverNamed('a.test');

describe('back-off', () => {
  it('doubles with every failure, up to an hour', async () => {
    const clock = new FakeClock();
    const backOff = createBackOff({ clock, random: () => 0.5 });
    const pauses: number[] = [];
    for (let i = 0; i < 13; i += 1) {
      backOff.failed(a);
      const until = backOff.until(a);
      assert.ok(until !== undefined);
      pauses.push((until - clock.now()) / 1000);
      await clock.advance(until - clock.now());
      assert.equal(backOff.until(a), undefined);
    }
    assert.deepEqual(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
  });

  it('counts failures at one time as one', () => {
    const clock = new FakeClock();
    const backOff = createBackOff({ clock, random: () => 0.5 });
    for (let i = 0; i < 10; i += 1) backOff.failed(a);
    assert.equal(backOff.until(a), clock.now() + 2000);
  });

  it('ends when the server is heard of, and begins anew', async () => {
    const clock = new FakeClock();
    const backOff = createBackOff({ clock, random: () => 0.5 });
    backOff.failed(a);
    await clock.advance(2000);
    backOff.failed(a);
    backOff.markAlive(a);
    assert.equal(backOff.until(a), undefined);
    backOff.failed(a);
    assert.equal(backOff.until(a), clock.now() + 2000);
    assert.equal(backOff.until(serverNamed('b.test')), undefined);
  });

  it('stays within a fifth of the pause meant', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (failures, number) => {
        const pause = exponentialPause(failures + 1, 1000, 60_000, () => number);
        const meant = Math.min(60_000, 1000 * 2 ** failures);
        assert.ok(pause >= 0.8 * meant && pause <= 1.2 * meant);
      }),
    );
  });
});
