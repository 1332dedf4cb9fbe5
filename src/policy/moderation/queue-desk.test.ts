import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { createMemoryStorage, type Storage } from '../../storage/storage.ts';
import type { Override, OverrideOutcome } from './override-verdict.ts';
import { QueueDesk, type QueueDecision } from './queue-desk.ts';

const HOW: QueueDecision = {
  ...{ decision: 'allow', covers: 'sender', forMs: 1_000, actor: 'maria', note: 'fine', message: undefined },
};
const REFUSED = sampleVerdict(3);

class DeskStage {
  readonly storage: Storage = createMemoryStorage();
  readonly overrides: Override[] = [];
  readonly unlogged: string[] = [];
  outcome: OverrideOutcome = { type: 'unchanged', verdict: REFUSED };
  /** Happens while an override is being made. */
  meanwhile: () => Promise<unknown> = () => Promise.resolve();
  readonly desk = new QueueDesk({
    queue: this.storage.queue,
    override: async (override) => {
      this.overrides.push(override);
      await this.meanwhile();
      return this.outcome;
    },
    communityOf: () => 'cats',
    clock: new FakeClock(),
    onUnlogged: (_, { action }) => void this.unlogged.push(action),
  });

  async item(): Promise<number> {
    await this.storage.verdicts.add(REFUSED);
    const appeal = await this.desk.appeal([REFUSED], 'please', 'bob');
    assert.ok(appeal.ok);
    return appeal.item.id;
  }

  async log(): Promise<readonly string[]> {
    const entries = await this.storage.actions.list({ community: 'cats', before: undefined, limit: 20 });
    return entries.map(({ actor, action }) => `${actor} ${action}`).reverse();
  }
}

describe('the desk of the queue', () => {
  it('takes appeals against refusals, one at a time', async () => {
    const stage = new DeskStage();
    await stage.item();
    assert.equal(REFUSED.decision.outcome, 'refuse');
    assert.deepEqual(await stage.desk.appeal([REFUSED], '', 'bob'), { ok: false, reason: 'waiting' });
    assert.deepEqual(await stage.desk.appeal([sampleVerdict(1)], '', 'bob'), { ok: false, reason: 'notRefused' });
    assert.deepEqual(await stage.desk.appeal([], '', 'bob'), { ok: false, reason: 'unknown' });
  });

  it('tells what would come of a decision, and leaves the item as it is', async () => {
    const stage = new DeskStage();
    const id = await stage.item();
    const before = await stage.log();
    const tried = await stage.desk.decide(id, { ...HOW, dryRun: true });
    assert.ok(tried.ok);
    assert.deepEqual([tried.item.status, tried.item.decidedBy], ['decided', 'maria']);
    assert.deepEqual(
      stage.overrides.map(({ dryRun }) => dryRun),
      [true],
    );
    assert.equal((await stage.storage.queue.find(id))?.status, 'open');
    assert.deepEqual(await stage.log(), before);
    assert.ok((await stage.desk.claim(id, 'otto')).ok);
    const claimed = await stage.desk.decide(id, { ...HOW, dryRun: true });
    assert.deepEqual(claimed, { ok: false, reason: { type: 'claimed', by: 'otto' } });
  });

  it('says that an override is in force where the item cannot be closed', async () => {
    const stage = new DeskStage();
    const id = await stage.item();
    assert.ok((await stage.desk.claim(id, 'maria')).ok);
    const { queue } = stage.storage;
    const change = queue.change.bind(queue);
    queue.change = (item, from, to, actionFor) =>
      to.status === 'decided' ? Promise.reject(new Error('the disk is full')) : change(item, from, to, actionFor);
    await assert.rejects(stage.desk.decide(id, HOW), /the disk is full/, 'nothing was done');
    stage.outcome = { type: 'overridden', verdict: REFUSED, isNewVerdict: true, precedent: undefined };
    const done = await stage.desk.decide(id, HOW);
    assert.ok(done.ok && done.isLeftOpen === true);
    assert.deepEqual([done.override, done.item.status], [stage.outcome, 'claimed']);
    assert.deepEqual(stage.unlogged, ['queue.decide']);
  });

  it('lets one moderator at a time work on an item', async () => {
    const stage = new DeskStage();
    const id = await stage.item();
    assert.ok((await stage.desk.claim(id, 'maria')).ok);
    assert.ok((await stage.desk.claim(id, 'maria')).ok, 'claiming again is no failure');
    assert.deepEqual(await stage.desk.claim(id, 'otto'), { ok: false, reason: { type: 'claimed', by: 'maria' } });
    const tried = await stage.desk.decide(id, { ...HOW, actor: 'otto' });
    assert.deepEqual(tried, { ok: false, reason: { type: 'claimed', by: 'maria' } });
    assert.ok((await stage.desk.release(id, 'otto')).ok);
    assert.deepEqual(await stage.desk.release(id, 'otto'), { ok: false, reason: { type: 'notClaimed' } });
    assert.deepEqual(await stage.desk.claim(99, 'otto'), { ok: false, reason: { type: 'unknown' } });
    assert.deepEqual(await stage.log(), ['bob queue.appeal', 'maria queue.claim', 'otto queue.release']);
  });

  it('overrides the verdict by what is decided, once', async () => {
    const stage = new DeskStage();
    const id = await stage.item();
    let rival: unknown;
    stage.meanwhile = async () => {
      rival = await stage.desk.decide(id, { ...HOW, decision: 'none', actor: 'otto' });
    };
    const done = await stage.desk.decide(id, HOW);
    assert.ok(done.ok);
    assert.deepEqual([done.item.status, done.item.decidedBy, done.item.note], ['decided', 'maria', 'fine']);
    assert.deepEqual(rival, { ok: false, reason: { type: 'claimed', by: 'maria' } });
    assert.deepEqual(
      stage.overrides.map(({ eventId, action, covers }) => [eventId, action, covers]),
      [[REFUSED.eventId, 'allow', 'sender']],
    );
    assert.deepEqual(await stage.desk.decide(id, HOW), { ok: false, reason: { type: 'decided', by: 'maria' } });
    assert.deepEqual(await stage.desk.release(id, 'otto'), { ok: false, reason: { type: 'decided', by: 'maria' } });
  });

  it('leaves the verdict alone where nothing is to be done, and the item where it cannot be done', async () => {
    const stage = new DeskStage();
    const id = await stage.item();
    stage.outcome = { type: 'contentGone' };
    const failed = await stage.desk.decide(id, HOW);
    assert.deepEqual(failed, { ok: false, reason: { type: 'notOverridden', outcome: stage.outcome } });
    assert.equal((await stage.storage.queue.find(id))?.status, 'open');
    assert.ok((await stage.desk.decide(id, { ...HOW, decision: 'none' })).ok);
    assert.equal(stage.overrides.length, 1);
  });
});
