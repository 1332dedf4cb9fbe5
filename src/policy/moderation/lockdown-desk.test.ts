import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryActionLogStore } from '../../storage/memory/action-log.ts';
import { MemoryLockdownStore } from '../../storage/memory/lockdowns.ts';
import { LockdownDesk, type WantedLockdown } from './lockdown-desk.ts';
import { Lockdowns } from './lockdowns.ts';

const NOW = Date.UTC(2026, 0, 1);
const WANTED: WantedLockdown = {
  ...{ scope: 'instance', mode: 'lockdown', who: 'everyone', intervalMs: 0, message: undefined },
  ...{ by: 'maria', note: '', until: NOW + 3_600_000 },
};

it('a lockdown that is stored is in force, though the one before it cannot be ended', async () => {
  const store = new MemoryLockdownStore();
  const lockdowns = new Lockdowns(store);
  let changes = 0;
  const desk = new LockdownDesk({
    lockdowns,
    settings: { temporaryRulesChanged: () => (changes += 1), communityOf: () => undefined },
    actions: new MemoryActionLogStore(),
    clock: { now: () => NOW },
  });
  const first = await desk.begin(WANTED);
  store.end = () => Promise.reject(new Error('the disk is full'));
  changes = 0;
  await assert.rejects(desk.begin({ ...WANTED, message: 'Closed.' }), /the disk is full/);
  assert.equal(lockdowns.all(NOW).length, 2);
  assert.equal(changes, 1, 'rooms are told of the one that holds');
  assert.ok(lockdowns.all(NOW).some(({ id }) => id === first.id));
});
