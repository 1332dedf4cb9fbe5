import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeTurns } from './turns.ts';

test('no more than so many run at once, in order, failures included', async () => {
  const inTurn = takeTurns(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const works = Array.from({ length: 6 }, (_, n) =>
    inTurn(async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(n);
      await Promise.resolve();
      running -= 1;
      if (n === 1) throw new Error('one fails');
      return n;
    }),
  );
  const results = await Promise.allSettled(works);
  assert.equal(most, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'],
  );
  assert.equal(await inTurn(async () => 7), 7);
});
