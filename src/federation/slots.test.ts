import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FederationError } from './federation-error.ts';
import { Slots } from './slots.ts';

describe('slots', () => {
  it('runs so many at once, the others in the order in which they came', async () => {
    const slots = new Slots(2, 10);
    const order: number[] = [];
    let running = 0;
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await slots.run(async () => {
          running += 1;
          assert.ok(running <= 2);
          order.push(index);
          await Promise.resolve();
          running -= 1;
        });
      }),
    );
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(slots.idle, true);
  });

  it('turns away who comes when the line is full, and forgets who leaves it', async () => {
    const slots = new Slots(1, 1);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const first = slots.run(async () => await promise);
    const controller = new AbortController();
    const second = slots.run(async () => undefined, controller.signal);
    await assert.rejects(
      slots.run(async () => undefined),
      FederationError,
    );
    const reason = new Error('gone');
    controller.abort(reason);
    await assert.rejects(second, reason);
    const third = slots.run(async () => 'third');
    resolve(undefined);
    await first;
    assert.equal(await third, 'third');
    assert.equal(slots.idle, true);
  });

  it('gives the slot back when a task fails', async () => {
    const slots = new Slots(1, 1);
    const failure = new Error('failed');
    await assert.rejects(
      slots.run(() => Promise.reject(failure)),
      failure,
    );
    assert.equal(slots.idle, true);
  });
});
