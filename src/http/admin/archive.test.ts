import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { ADMIN, openAdminHouse } from '../../../tests/support/admin-app.ts';
import { emptyLists } from '../../../tests/support/list-fakes.ts';
import { memoryArchive } from '../../../tests/support/memory-archive.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { createMemoryStorage } from '../../storage/storage.ts';

const BY_TEST = { author: 'test', note: '' };

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function openStage(storage = createMemoryStorage()) {
  const { settings } = await openTestSettings({ communities: { fixed: { name: 'Fixed' } } }, storage.settings);
  const told: string[] = [];
  const archive = memoryArchive(settings, storage, {
    log: { error: (_: unknown, message?: string) => void told.push(message ?? '') },
    metrics: { actionNotLogged: (action) => void told.push(action) },
  });
  const house = await openAdminHouse({ settings, ...emptyLists(settings), ...archive });
  const tokenFor = async (community: string | undefined): Promise<string> =>
    (await house.tokens.create({ name: 'x', community, by: 'test', expiresAt: undefined })).text;
  return {
    ...{ storage, settings, told },
    ask: async (method: string, resource: string, body?: object, community?: string): Promise<Reply> => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const token = await tokenFor(community);
      const { status, text } = await house.ask(method, `${ADMIN}/${resource}`, { token, ...sent });
      return { status, body: JSON.parse(text) as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

describe('the export of a community', () => {
  it('is not there for one that never was, and names the one that was probably meant', async () => {
    await using stage = await openStage();
    await stage.settings.create('gardens', { name: 'Gardens' }, BY_TEST);
    const wrong = await stage.ask('GET', 'communities/gradens/export');
    assert.deepEqual([wrong.status, wrong.body['errcode']], [404, 'M_NOT_FOUND']);
    assert.match(String(wrong.body['error']), /no community "gradens".*; did you mean "gardens"\?$/);
    const unlike = await stage.ask('GET', 'communities/nope/export');
    assert.match(String(unlike.body['error']), /no community "nope", and nothing was ever kept of one\.$/);
    const theirs = await stage.ask('GET', 'communities/gradens/export', undefined, 'gradens');
    assert.deepEqual([theirs.status, String(theirs.body['error']).includes('gardens')], [404, false]);
  });

  it('is there for one that was deleted, that stands in the configuration, or that anything was kept of', async () => {
    await using stage = await openStage();
    const { storage, settings } = stage;
    await settings.create('gone', { name: 'Gone' }, BY_TEST);
    await settings.remove('gone', BY_TEST);
    const gone = await stage.ask('GET', 'communities/gone/export');
    assert.deepEqual([gone.status, (gone.body['lines'] as unknown[]).length], [200, 2]);
    assert.equal((await stage.ask('GET', 'communities/fixed/export')).status, 200);
    assert.equal((await stage.ask('GET', 'communities/acted/export')).status, 404);
    await storage.actions.add({
      ...{ at: 1, actor: 'test', community: 'acted', action: 'lockdown.begin', target: 'x', note: '', details: {} },
    });
    assert.equal((await stage.ask('GET', 'communities/acted/export')).status, 200);
  });
});

describe('an erasure', () => {
  it('is made and told of, where it cannot be entered in the log of actions', async () => {
    const storage = createMemoryStorage();
    await using stage = await openStage(storage);
    const verdict = await storage.verdicts.add(sampleVerdict(3));
    storage.actions.add = () => Promise.reject(new Error('the disk is full'));
    const erased = await stage.ask('POST', 'erasures', { user_id: verdict.sender });
    assert.deepEqual([erased.status, erased.body['verdicts'], erased.body['is_logged']], [200, 1, false]);
    assert.deepEqual(stage.told, ['what was done could not be entered in the log of actions', 'person.erase']);
  });
});
