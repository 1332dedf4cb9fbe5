import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import type { SettingsDirectory } from '../settings/settings-directory.ts';
import { parseScope, type Scope } from '../settings/scope.ts';
import { ListOverrides, type OverrideRuleOutcome } from './list-overrides.ts';
import type { ListRule } from './list-rule.ts';
import { settingsOfLists } from './settings-of-lists.ts';
import type { RuleOverride } from './subscription.ts';

const LIST = parseRoomId('!list:lists.test')!;
const ROOM = parseRoomId('!garden:a.test')!;
const BY_ANN = { author: 'ann', note: '' };
const RULE: ListRule = {
  ...{ kind: 'server', eventId: parseEventId('$rule')!, stateKey: 'x', recommendation: 'ban' },
  ...{ reason: undefined, entity: '*.edu', sha256: undefined },
};

function scopeOf(text: string): Scope {
  const scope = parseScope(text);
  assert.ok(scope !== undefined);
  return scope;
}

interface Stage {
  readonly settings: SettingsDirectory;
  override(
    scope: string,
    rule: string,
    override: RuleOverride | undefined,
    dryRun?: boolean,
  ): Promise<OverrideRuleOutcome>;
  /** As they are in force in the room. */
  inForce(): unknown;
  layer(scope: string): unknown;
}

async function openStage(lists: object = { [LIST]: { trust: 'enforce' } }): Promise<Stage> {
  const { settings } = await openTestSettings();
  assert.ok((await settings.create('garden', { name: 'Garden', rooms: [ROOM], lists }, BY_ANN)).ok);
  const overrides = new ListOverrides({ settings, lists: { rulesOf: () => Promise.resolve([RULE]) } });
  return {
    settings,
    override: (scope, rule, override, dryRun = false) =>
      overrides.set({ list: LIST, scope: scopeOf(scope), rule, override }, { ...BY_ANN, dryRun }),
    inForce: () => settingsOfLists(settings).subscriptionsOf(ROOM)[0]?.overrides,
    layer: (scope) => settings.at(scopeOf(scope))?.document.lists?.[LIST],
  };
}

describe('overrides of single rules of lists', () => {
  it('are set by event id or entity, add up with those of farther layers, and are taken back', async () => {
    const stage = await openStage();
    const room = `room/${ROOM}`;
    assert.ok((await stage.override('community/garden', '*.edu', 'ignore')).ok);
    assert.ok((await stage.override(room, '$rule', 'flag')).ok);
    assert.deepEqual(stage.inForce(), { '*.edu': 'ignore', $rule: 'flag' });
    assert.deepEqual(stage.layer(room), { overrides: { $rule: 'flag' } });
    assert.ok((await stage.override(room, '*.edu', 'none')).ok);
    assert.deepEqual(stage.inForce(), { '*.edu': 'none', $rule: 'flag' });
    for (const rule of ['*.edu', '$rule']) assert.ok((await stage.override(room, rule, undefined)).ok);
    assert.deepEqual(stage.inForce(), { '*.edu': 'ignore' });
    assert.equal(stage.layer(room), undefined, 'a layer that says nothing more of the list does not name it');
    assert.ok((await stage.override('community/garden', '*.edu', undefined)).ok);
    assert.deepEqual([stage.inForce(), stage.layer('community/garden')], [{}, { trust: 'enforce' }]);
    const again = await stage.override('community/garden', '*.edu', undefined);
    assert.deepEqual(again.ok && again.changes, []);
  });

  it('leave a subscription that stands for itself', async () => {
    const stage = await openStage({ [LIST]: { overrides: { '*.edu': 'ignore' } } });
    assert.ok((await stage.override('community/garden', '*.edu', undefined)).ok);
    assert.deepEqual([stage.layer('community/garden'), stage.inForce()], [{}, {}]);
  });

  it('need a subscription and a rule', async () => {
    const none = await openStage({});
    const notSubscribed = { ok: false, reason: { type: 'notSubscribed' } };
    assert.deepEqual(await none.override('community/garden', '*.edu', 'ignore'), notSubscribed);
    const stage = await openStage();
    assert.deepEqual(await stage.override('community/garden', '*.edo', 'ignore'), {
      ...{ ok: false, reason: { type: 'noSuchRule' } },
    });
    assert.deepEqual(await stage.override('instance', '*.edu', 'ignore'), notSubscribed);
    const off = { lists: { [LIST]: { trust: 'off' } } };
    assert.ok((await stage.settings.save(scopeOf(`room/${ROOM}`), off, BY_ANN)).ok);
    assert.equal(stage.inForce(), undefined, 'a room may switch the list of its community off');
    assert.deepEqual(await stage.override(`room/${ROOM}`, '*.edu', 'ignore'), notSubscribed);
  });

  it('store nothing in a dry run', async () => {
    const stage = await openStage();
    const tried = await stage.override('community/garden', '*.edu', 'ignore', true);
    assert.ok(tried.ok);
    assert.deepEqual([tried.changes.length, tried.revision, stage.inForce()], [1, 1, {}]);
  });
});
