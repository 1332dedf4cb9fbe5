import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../endpoint.ts';
import { MatrixError } from '../errors.ts';
import { IdempotentAnswers, type IdempotentRequest } from './idempotent-answers.ts';

const REQUEST: IdempotentRequest = {
  actor: { name: 'maria', community: undefined },
  key: 'k1',
  method: 'POST',
  uri: '/a',
  body: Buffer.from('{}'),
};

function counting(): { readonly work: () => Promise<Answer>; readonly count: () => number } {
  let times = 0;
  const work = async (): Promise<Answer> => {
    times += 1;
    return { status: 200, body: String(times) };
  };
  return { work, count: () => times };
}

describe('writes with an Idempotency-Key', () => {
  it('are done once, for the same actor, key and path', async () => {
    const answers = new IdempotentAnswers();
    const { work, count } = counting();
    const [first, second] = await Promise.all([answers.once(REQUEST, work), answers.once(REQUEST, work)]);
    assert.deepEqual([first.body, second.body], ['1', '1']);
    assert.equal((await answers.once(REQUEST, work)).body, '1');
    const others: readonly Partial<IdempotentRequest>[] = [
      { actor: { name: 'otto', community: undefined } },
      { actor: { name: 'maria', community: 'cats' } },
      { key: 'k2' },
      { uri: '/b' },
      { key: undefined },
      { method: 'PUT' },
    ];
    for (const other of others) await answers.once({ ...REQUEST, ...other }, work);
    assert.equal(count(), 1 + others.length);
  });

  it('are refused with another body, or a key that is none', async () => {
    const answers = new IdempotentAnswers();
    const { work, count } = counting();
    await answers.once(REQUEST, work);
    const wrong: readonly (readonly [Partial<IdempotentRequest>, number])[] = [
      [{ body: Buffer.from('{"a":1}') }, 409],
      [{ key: 'a b' }, 400],
      [{ key: '' }, 400],
      [{ key: 'x'.repeat(256) }, 400],
      [{ key: ['a', 'b'] }, 400],
    ];
    for (const [change, status] of wrong) {
      const failure = await answers.once({ ...REQUEST, ...change }, work).catch((error: unknown) => error);
      assert.ok(failure instanceof MatrixError);
      assert.equal(failure.status, status);
    }
    assert.equal(count(), 1);
  });

  it('may be tried again where they failed', async () => {
    const answers = new IdempotentAnswers();
    const { work, count } = counting();
    await assert.rejects(
      answers.once(REQUEST, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal((await answers.once(REQUEST, work)).body, '1');
    assert.equal(count(), 1);
  });
});
