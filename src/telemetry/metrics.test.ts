import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics, type Levels } from './metrics.ts';

function levels(writes: number): Levels {
  const storage = { writes, failures: 1, waiting: 2 };
  return { rooms: { joined: 3 }, queueWaiting: 4, outboxDestinations: 5, storage };
}

describe('metrics', () => {
  it('say what was counted elsewhere, each time anew', async () => {
    const metrics = new Metrics();
    await metrics.text(levels(10));
    const text = await metrics.text(levels(12));
    assert.match(text, /^# TYPE gatehouse_storage_writes_total counter$/m);
    assert.match(text, /^gatehouse_storage_writes_total 12$/m);
    assert.match(text, /^gatehouse_storage_write_failures_total 1$/m);
  });

  it('end in _total where they count, and nowhere else', async () => {
    for (const { name, type } of await new Metrics().descriptions()) {
      assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    }
  });

  it('count calls of remote checks by how they ended, and take the time of those that did', async () => {
    const metrics = new Metrics();
    const endpoint = { endpoint: 'spam', kind: 'http' };
    metrics.calledRemote({ ...endpoint, outcome: 'late' }, 2);
    metrics.calledRemote({ ...endpoint, outcome: 'answered' }, 3);
    metrics.calledRemote({ ...endpoint, outcome: 'left_alone' }, 0);
    const text = await metrics.text(levels(0));
    for (const outcome of ['late', 'answered', 'left_alone']) {
      assert.ok(text.includes(`calls_total{endpoint="spam",kind="http",outcome="${outcome}"} 1`), outcome);
    }
    assert.match(text, /^gatehouse_remote_call_seconds_sum\{endpoint="spam",kind="http"\} 3$/m);
  });

  it('have a bounded number of names of rules', async () => {
    const metrics = new Metrics();
    for (let rule = 0; rule < 2_000; rule += 1) metrics.decided('refuse', `rule-${String(rule)}`);
    const text = await metrics.text(levels(0));
    assert.equal(text.match(/^gatehouse_decisions_total\{/gm)?.length, 501);
    assert.match(text, /^gatehouse_decisions_total\{outcome="refuse",rule="other"\} 1500$/m);
  });
});
