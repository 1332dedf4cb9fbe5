import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { createMemoryStorage, type Storage } from '../../storage/storage.ts';
import { Retention } from './retention.ts';

const DAY = 86_400_000;

async function filled(clock: FakeClock, count: number): Promise<Storage> {
  const storage = createMemoryStorage();
  for (let n = 1; n <= count; n += 1) {
    await storage.verdicts.add(sampleVerdict(n, { decidedAt: clock.now() + n }), '{}');
  }
  return storage;
}

async function kept({ content }: Storage): Promise<number> {
  return (await content.keptBefore(Infinity, 10_000)).length;
}

describe('retention', () => {
  it('forgets in small steps what is older than it is to be kept, and goes on after a restart', async () => {
    const clock = new FakeClock();
    const storage = await filled(clock, 450);
    const failures: unknown[] = [];
    const options = {
      content: storage.content,
      keepMs: 30 * DAY,
      clock,
      onFailure: (error: unknown) => void failures.push(error),
    };
    const first = new Retention(options);
    first.start();
    await clock.advance(29 * DAY);
    assert.equal(await kept(storage), 450);
    await clock.advance(2 * DAY);
    await first[Symbol.asyncDispose]();
    assert.equal(await kept(storage), 0);
    assert.deepEqual(failures, []);
    assert.equal((await storage.verdicts.log(0, 1_000)).length, 450);
  });

  it('takes a bounded number at a time, and tries again after a failure', async () => {
    const clock = new FakeClock();
    const storage = await filled(clock, 450);
    await clock.advance(31 * DAY);
    const failures: unknown[] = [];
    let fails = true;
    const content: Pick<Storage['content'], 'keptBefore' | 'forget'> = {
      keptBefore: (time, limit) => storage.content.keptBefore(time, limit),
      forget: async (contents) => {
        if (fails) throw new Error('the disk is full');
        await storage.content.forget(contents);
      },
    };
    const onFailure = (error: unknown): void => void failures.push(error);
    await using retention = new Retention({ ...{ content, keepMs: 30 * DAY, clock }, onFailure });
    await assert.rejects(retention.step());
    retention.start();
    await clock.advance(1);
    assert.equal(failures.length, 1);
    fails = false;
    assert.equal(await retention.step(), 200);
    assert.equal(await kept(storage), 250);
    await clock.advance(11 * 60_000);
    assert.equal(await kept(storage), 0);
  });
});
