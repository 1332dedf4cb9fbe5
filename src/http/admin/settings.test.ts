import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { createHttpApp } from '../router.ts';
import { addCommunityRoom } from './add-community-room.ts';
import { addCommunitySpace } from './add-community-space.ts';
import type { AdminEndpoint } from './admin-endpoint.ts';
import { checkSettings } from './check-settings.ts';
import { compareSettings } from './compare-settings.ts';
import { createCommunity } from './create-community.ts';
import { deleteCommunity } from './delete-community.ts';
import { listChecks } from './list-checks.ts';
import { listCommunities } from './list-communities.ts';
import { listPresets } from './list-presets.ts';
import { putSettings } from './put-settings.ts';
import { removeCommunityRoom } from './remove-community-room.ts';
import { removeCommunitySpace } from './remove-community-space.ts';
import { rollbackSettings } from './rollback-settings.ts';
import type { SettingsDeps } from './settings-access.ts';
import { settingsHistory } from './settings-history.ts';
import { showCommunity } from './show-community.ts';
import { showEffectiveSettings } from './show-effective-settings.ts';
import { showSettings } from './show-settings.ts';

const ENDPOINTS: readonly AdminEndpoint<SettingsDeps>[] = [
  ...[listCommunities, createCommunity, showCommunity, deleteCommunity, addCommunityRoom, removeCommunityRoom],
  ...[addCommunitySpace, removeCommunitySpace, showSettings, putSettings, checkSettings, showEffectiveSettings],
  ...[settingsHistory, compareSettings, rollbackSettings, listChecks, listPresets],
];
const ROOM = encodeURIComponent('!a:b.example');
const CATS = encodeURIComponent('community/cats');

interface Reply {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Record<string, unknown>;
}

describe('settings over the admin API', () => {
  const stack = new AsyncDisposableStack();
  let ask: (who: string, method: string, path: string, body?: object, ifMatch?: string) => Promise<Reply>;

  before(async () => {
    const { settings } = await openTestSettings({ communities: { fixed: { name: 'Fixed', rooms: ['!f:b.example'] } } });
    const app = await createHttpApp({
      ...{ endpoints: ENDPOINTS, deps: { settings } },
      log: { error: (details, message) => assert.fail(`${message} ${JSON.stringify(details)}`), warn: () => undefined },
      admit: ({ authorization: name = '' }) => ({ name, community: name === 'owner' ? undefined : name }),
    });
    const server = createServer(app.handle);
    stack.defer(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    ask = async (who, method, path, body, ifMatch) => {
      const response = await fetch(`http://127.0.0.1:${String(port)}/_gatehouse/admin/v1/${path}`, {
        ...{ method, headers: { authorization: who, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) } },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      return { status: response.status, etag: response.headers.get('etag'), body: answer };
    };
  });
  after(async () => {
    await stack.disposeAsync();
  });

  const create = (id: string, settings: object): Promise<Reply> =>
    ask('owner', 'POST', 'communities', { id, settings });

  it('makes communities, shows them, and each moderator their own alone', async () => {
    const made = await create('cats', { name: 'Cats' });
    assert.deepEqual([made.status, made.etag, made.body['revision']], [201, '"1"', 1]);
    assert.equal((await create('dogs', { name: 'Dogs' })).status, 201);
    assert.equal((await create('cats', { name: 'Cats' })).status, 409);
    assert.equal((await create('Cats', { name: 'Cats' })).status, 400);
    const ids = async (who: string): Promise<unknown> =>
      ((await ask(who, 'GET', 'communities')).body['communities'] as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(await ids('owner'), ['cats', 'dogs', 'fixed']);
    assert.deepEqual(await ids('cats'), ['cats']);
    const shown = await ask('cats', 'GET', 'communities/cats');
    assert.deepEqual(shown.body, { ...shown.body, scope: 'community/cats', read_only: false, author: 'owner' });
    assert.equal((await ask('cats', 'GET', 'communities/dogs')).status, 403);
    assert.equal((await ask('owner', 'GET', 'communities/none')).status, 404);
  });

  it('lets owners say which rooms are whose', async () => {
    assert.equal((await ask('cats', 'PUT', `communities/cats/rooms/${ROOM}`)).status, 403);
    assert.equal((await ask('owner', 'PUT', `communities/cats/rooms/${ROOM}?dry_run=true`)).etag, '"1"');
    assert.equal((await ask('owner', 'PUT', `communities/cats/rooms/${ROOM}?note=ours`)).etag, '"2"');
    assert.equal((await ask('owner', 'PUT', `communities/cats/rooms/${ROOM}`)).etag, '"2"', 'twice is once');
    assert.equal((await ask('owner', 'PUT', `communities/dogs/rooms/${ROOM}`)).status, 400);
    assert.equal((await ask('owner', 'PUT', 'communities/cats/rooms/nonsense')).status, 400);
    assert.equal((await ask('cats', 'GET', `settings/room%2F${ROOM}`)).status, 200);
    assert.equal((await ask('dogs', 'GET', `settings/room%2F${ROOM}`)).status, 403);
    assert.equal((await ask('cats', 'GET', 'settings/instance')).status, 403);
    const taking = { settings: { name: 'Cats', rooms: ['!a:b.example', '!x:b.example'] } };
    assert.equal((await ask('cats', 'PUT', `settings/${CATS}`, taking)).status, 403);
  });

  it('saves whole documents, for those who have seen the last one', async () => {
    const quiet = { when: { words: { words: ['loud'] } } };
    const settings = { name: 'Cats', rooms: ['!a:b.example'], rules: { quiet } };
    const dry = await ask('cats', 'PUT', `settings/${CATS}`, { settings, dry_run: true });
    assert.deepEqual(dry.body, {
      ...{ scope: 'community/cats', revision: 2, dry_run: true },
      changes: [{ path: 'rules.quiet.when.words.words', new: ['loud'] }],
    });
    const late = await ask('cats', 'PUT', `settings/${CATS}`, { settings }, '"1"');
    assert.deepEqual([late.status, late.body['revision']], [412, 2]);
    const saved = await ask('cats', 'PUT', `settings/${CATS}`, { settings, note: 'hush' }, '"2"');
    assert.deepEqual([saved.status, saved.etag], [200, '"3"']);
    const wrong = { settings: { name: 'Cats', rules: { quiet: { when: { wrods: {} } }, b: { mode: 'off' } } } };
    const refused = await ask('cats', 'PUT', `settings/${CATS}`, wrong);
    assert.equal(refused.status, 400);
    const checked = await ask('cats', 'POST', `settings/${CATS}/check`, wrong);
    assert.deepEqual(checked.body, { ok: false, errors: refused.body['errors'] });
    assert.equal((refused.body['errors'] as unknown[]).length, 2);
    assert.equal((await ask('owner', 'PUT', 'settings/planet', { settings: {} })).status, 400);
    assert.equal((await ask('owner', 'PUT', 'settings/instance', { setings: {} })).status, 400);
  });

  it('tells the past, and goes back to it', async () => {
    const history = await ask('cats', 'GET', `settings/${CATS}/history?limit=1`);
    const [newest] = history.body['revisions'] as Record<string, unknown>[];
    assert.deepEqual([newest?.['revision'], newest?.['author'], newest?.['note']], [3, 'cats', 'hush']);
    assert.deepEqual(newest?.['changed'], ['rules.quiet.when.words.words']);
    const diff = await ask('cats', 'GET', `settings/${CATS}/diff?from=2`);
    assert.deepEqual([diff.body['to'], (diff.body['changes'] as unknown[]).length], [3, 1]);
    assert.equal((await ask('cats', 'GET', `settings/${CATS}/diff?from=2&to=9`)).status, 404);
    assert.equal((await ask('cats', 'POST', `settings/${CATS}/rollback`, { revision: 2 })).etag, '"4"');
    assert.equal((await ask('cats', 'POST', `settings/${CATS}/rollback`, { revision: 1 })).etag, '"5"');
    assert.equal((await ask('cats', 'POST', `settings/${CATS}/rollback`, { revision: 2 })).status, 403, 'takes a room');
  });

  it('says what is in force, and which layer says so', async () => {
    await ask('owner', 'PUT', 'settings/instance', { settings: { preset: 'public' } });
    const { body } = await ask('owner', 'GET', `settings/room%2F${ROOM}/effective`);
    assert.deepEqual(body['preset'], { name: 'public', origin: 'instance' });
    assert.equal((body['origins'] as Record<string, string>)['rules.mass-mentions.when'], 'preset/public');
    const { checks } = (await ask('cats', 'GET', 'checks')).body;
    assert.ok((checks as { name: string }[]).some(({ name }) => name === 'words'));
    const { presets } = (await ask('cats', 'GET', 'presets')).body;
    assert.ok((presets as { name: string }[]).some(({ name }) => name === 'lockdown'));
  });

  it('changes nothing that the configuration file declares', async () => {
    const fixed = encodeURIComponent('community/fixed');
    for (const [method, path, body] of [
      ['PUT', `settings/${fixed}`, { settings: { name: 'Other' } }],
      ['DELETE', 'communities/fixed', undefined],
      ['DELETE', 'communities/fixed/rooms/!f%3Ab.example', undefined],
      ['PUT', 'communities/fixed/spaces/!s%3Ab.example', undefined],
    ] as const) {
      const { status, body: answer } = await ask('owner', method, path, body);
      assert.equal(status, 403, path);
      assert.match(String(answer['error']), /declared in the configuration file/);
    }
    assert.equal((await ask('owner', 'DELETE', 'communities/dogs')).status, 200);
    assert.equal((await ask('cats', 'DELETE', 'communities/cats')).status, 403);
  });
});
