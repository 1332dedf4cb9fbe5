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

it('a lockdown, the end of the one before it and their entry in the log are stored as one', async () => {
  const actions = new MemoryActionLogStore();
  const lockdowns = new Lockdowns(new MemoryLockdownStore(actions));
  let changes = 0;
  const desk = new LockdownDesk({
    lockdowns,
    settings: { temporaryRulesChanged: () => (changes += 1), communityOf: () => undefined },
    clock: { now: () => NOW },
  });
  const first = await desk.begin(WANTED);
  const log = actions.insert.bind(actions);
  actions.insert = () => {
    throw new Error('the disk is full');
  };
  changes = 0;
  await assert.rejects(desk.begin({ ...WANTED, message: 'Closed.' }), /the disk is full/);
  await assert.rejects(desk.end([first], 'maria', ''), /the disk is full/);
  assert.deepEqual(lockdowns.all(NOW), [first]);
  assert.equal(changes, 0, 'what failed has changed nothing');
  actions.insert = log;
  const second = await desk.begin({ ...WANTED, message: 'Closed.' });
  assert.deepEqual(lockdowns.all(NOW), [second]);
  assert.equal(changes, 1);
  const entries = await actions.list({ community: undefined, before: undefined, limit: 10 });
  assert.deepEqual(
    entries.map(({ action, details }) => [action, details['id']]),
    [
      ['lockdown.begin', second.id],
      ['lockdown.begin', first.id],
    ],
  );
});
