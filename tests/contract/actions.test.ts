import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleDecision } from '../../src/policy/lists/ports.ts';
import type { Lockdown, Precedent } from '../../src/policy/moderation/ports.ts';
import type { ActionFor } from '../../src/policy/ports.ts';
import type { SettingsRevision } from '../../src/policy/settings/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { engines } from './support/engines.ts';
import { roomId, sampleEventId, sampleVerdict } from './support/samples.ts';

const VERDICT = sampleVerdict(1);
const SECOND = sampleVerdict(2);
const REVISED = sampleVerdict(1, { revision: 2 });
const REVISION: SettingsRevision = { scope: 'instance', revision: 1, document: '{}', author: 'ann', note: '', at: 1 };
const LOCKDOWN: Omit<Lockdown, 'id'> = {
  ...{ scope: 'instance', mode: 'lockdown', who: 'everyone', intervalMs: 0, message: undefined },
  ...{ by: 'ann', note: '', begunAt: 10, until: 20 },
};
const PRECEDENT: Omit<Precedent, 'id'> = {
  ...{ fingerprint: 'abc', action: 'allow', sender: undefined, community: undefined, roomId, reference: 'x' },
  ...{ decidedOn: sampleEventId(1), by: 'ann', note: '', madeAt: 10, until: 20 },
};
const DECISION: RuleDecision = {
  ...{ scope: 'cats', list: roomId, rule: 'user @a:b', standing: 'approved', ruleEventId: sampleEventId(2) },
  ...{ people: 1, moderators: 0, since: 1, by: 'ann' },
};
const TOKEN = {
  ...{ name: 'x', community: undefined, secretHash: 'x', by: 'ann', createdAt: 1 },
  ...{ expiresAt: undefined, revokedAt: undefined },
};

/** What was there before one of them is done. */
async function filled(storage: Storage): Promise<void> {
  await storage.verdicts.add(VERDICT);
  await storage.precedents.add(PRECEDENT);
  await storage.lockdowns.add(LOCKDOWN);
  await storage.adminTokens.add(TOKEN);
  await storage.queue.addAppeal(VERDICT, 'why?', 1);
  await storage.verdicts.add(SECOND);
}

/** Everything that is done by people, as each store does it. */
const DOINGS: Readonly<Record<string, (storage: Storage, actionFor: ActionFor<unknown>) => Promise<unknown>>> = {
  'a change of settings': ({ settings }, actionFor) => settings.append(REVISION, actionFor),
  'an override with its precedent': ({ overrides }, actionFor) =>
    overrides.add({ verdict: REVISED, precedent: PRECEDENT, actionFor }),
  'the end of a precedent': ({ precedents }, actionFor) => precedents.end(1, 15, actionFor),
  'a lockdown in the place of another': ({ lockdowns }, actionFor) =>
    lockdowns.add({ ...LOCKDOWN, begunAt: 12 }, [1], actionFor),
  'the end of a lockdown': ({ lockdowns }, actionFor) => lockdowns.end(1, 15, actionFor),
  'an appeal': ({ queue }, actionFor) => queue.addAppeal(SECOND, '', 1, actionFor),
  'a step of the queue': ({ queue }, actionFor) =>
    queue.change(1, 'open', { status: 'claimed', claimedBy: 'ann' }, actionFor),
  'a new token': ({ adminTokens }, actionFor) => adminTokens.add(TOKEN, actionFor),
  'the end of a token': ({ adminTokens }, actionFor) => adminTokens.revoke(1, 5, actionFor),
  'a decision about a rule of a list': ({ ruleDecisions }, actionFor) => ruleDecisions.put(DECISION, actionFor),
};
/** May be done again as often as anybody likes. */
const REPEATABLE = new Set(['a lockdown in the place of another', 'a new token', 'a decision about a rule of a list']);

async function everythingIn(storage: Storage): Promise<unknown> {
  return {
    settings: await storage.settings.latest(),
    verdicts: await storage.verdicts.history(VERDICT.eventId),
    latest: await storage.verdicts.find(VERDICT.eventId),
    precedents: await storage.precedents.holding(16),
    lockdowns: await storage.lockdowns.holding(16),
    queue: await storage.queue.list({ rooms: undefined, status: undefined, before: undefined, limit: 10 }),
    tokens: await storage.adminTokens.all(),
    decisions: await storage.ruleDecisions.all(),
    log: await logOf(storage),
  };
}

async function logOf(storage: Storage): Promise<readonly string[]> {
  const entries = await storage.actions.list({ community: undefined, before: undefined, limit: 10 });
  return entries.map(({ action }) => action);
}

for (const engine of engines) {
  describe(`what people do and its entry in the log of actions in ${engine.name}`, () => {
    for (const [name, act] of Object.entries(DOINGS)) {
      const entry = { at: 1, actor: 'ann', community: undefined, action: name, target: 'x', note: '', details: {} };

      it(`are stored as one: ${name}`, async (test) => {
        const storage = await engine.open(test);
        await filled(storage);
        const before = await everythingIn(storage);
        const failing = (): never => {
          throw new Error('the disk is full');
        };
        await assert.rejects(act(storage, failing));
        assert.deepEqual(await everythingIn(storage), before, 'without an entry nothing is done');
        await act(storage, () => entry);
        assert.deepEqual(await logOf(storage), [name]);
        assert.notDeepEqual(await everythingIn(storage), { ...(before as object), log: [name] }, 'it is done');
        if (REPEATABLE.has(name)) return;
        await act(storage, () => entry);
        assert.deepEqual(await logOf(storage), [name], 'what is not done has no entry');
      });
    }
  });
}

it('an override that another revision has come before stores nothing of itself', async (test) => {
  for (const engine of engines) {
    const storage = await engine.open(test);
    await filled(storage);
    await storage.verdicts.add(REVISED);
    const before = await everythingIn(storage);
    const actionFor = () => assert.fail('nothing is to be entered');
    const late = { ...REVISED, decidedBy: 'late' };
    assert.deepEqual(await storage.overrides.add({ verdict: late, precedent: PRECEDENT, actionFor }), { ok: false });
    assert.deepEqual(await everythingIn(storage), before);
  }
});
