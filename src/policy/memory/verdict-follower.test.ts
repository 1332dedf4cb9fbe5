import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { MemoryVerdictStore } from '../../storage/memory/verdicts.ts';
import type { VerdictLog } from './ports.ts';
import { VerdictFollower } from './verdict-follower.ts';

class Stage {
  readonly verdicts = new MemoryVerdictStore();
  readonly taken: number[] = [];
  readonly failures: unknown[] = [];
  /** Before each reading of the log. */
  beforeRead: () => Promise<void> | void = () => undefined;
  readonly follower: VerdictFollower;
  #added = 0;

  constructor(startAfter = 0) {
    const log: VerdictLog = {
      lastPosition: () => this.verdicts.lastPosition(),
      positionOf: (verdict) => this.verdicts.positionOf(verdict),
      log: async (after, limit) => {
        await this.beforeRead();
        return await this.verdicts.log(after, limit);
      },
    };
    this.follower = new VerdictFollower({
      log,
      startAfter: async () => startAfter,
      take: ({ position }) => void this.taken.push(position),
      onFailure: (error) => void this.failures.push(error),
    });
  }

  async add(count: number, isTold = false): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.#added += 1;
      const verdict = sampleVerdict(this.#added);
      await this.verdicts.add(verdict);
      if (isTold) this.follower.tell(verdict);
    }
  }

  async caughtUp(): Promise<void> {
    while (this.follower.whenCaughtUp() !== undefined) await this.follower.whenCaughtUp();
  }

  inOrder(from: number, to: number): void {
    assert.deepEqual(
      this.taken,
      Array.from({ length: to - from + 1 }, (_, i) => from + i),
    );
  }
}

describe('the follower of verdicts', () => {
  it('hands on what is stored, behind its start', async () => {
    const stage = new Stage(150);
    await stage.add(1_000);
    await stage.follower.start();
    stage.inOrder(151, 1_000);
  });

  it('hands on what it is told of at once', async () => {
    const stage = new Stage();
    await stage.follower.start();
    await stage.add(3, true);
    stage.inOrder(1, 3);
    assert.equal(stage.follower.whenCaughtUp(), undefined);
  });

  it('hands on each once, in order, whatever it is told of while it reads', async () => {
    const stage = new Stage();
    await stage.add(450);
    stage.beforeRead = () => stage.add(30, stage.taken.length < 600);
    await stage.follower.start();
    await stage.caughtUp();
    stage.inOrder(1, await stage.verdicts.lastPosition());
  });

  it('reads those that nobody tells of when the next one comes', async () => {
    const stage = new Stage();
    await stage.follower.start();
    await stage.add(2, true);
    await stage.add(3);
    await stage.add(1, true);
    await stage.caughtUp();
    stage.inOrder(1, 6);
  });

  it('tells of failures, and goes on where it stopped', async () => {
    const stage = new Stage();
    await stage.add(5);
    stage.beforeRead = () => Promise.reject(new Error('the disk is gone'));
    await stage.follower.start();
    assert.equal(stage.failures.length, 1);
    stage.beforeRead = () => undefined;
    await stage.add(1, true);
    await stage.caughtUp();
    stage.inOrder(1, 6);
  });
});
