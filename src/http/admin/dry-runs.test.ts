import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toJSONSchema } from 'zod';
import { sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { ADMIN, openAdminHouse } from '../../../tests/support/admin-app.ts';
import { emptyLists } from '../../../tests/support/list-fakes.ts';
import { memoryArchive } from '../../../tests/support/memory-archive.ts';
import { memoryModeration } from '../../../tests/support/moderation-fakes.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import { createMemoryStorage, type Storage } from '../../storage/storage.ts';
import { adminRoutes } from '../routes.ts';

const GARDEN = parseRoomId('!garden:a.test')!;
const REFUSED = sampleVerdict(3, { roomId: GARDEN });
const EVENT = encodeURIComponent(REFUSED.eventId);
const FULL = new Error('nothing may be stored');

/** What reads, tries something out, or is taken back as easily as it is done. */
const WITHOUT = new Set([
  'POST /lists/preview',
  'POST /settings/{scope}/check',
  'POST /replays',
  'DELETE /replays/{id}',
  'POST /queue/{item}/claim',
  'POST /queue/{item}/release',
  'POST /appeals',
]);

async function openStage() {
  const storage = createMemoryStorage();
  const { settings } = await openTestSettings({}, storage.settings);
  await settings.create('garden', { name: 'Garden', rooms: [GARDEN] }, { author: 'test', note: '' });
  const { deps, lockdowns } = memoryModeration(settings, [GARDEN], storage);
  const house = await openAdminHouse({
    ...{ settings, ...emptyLists(settings), ...deps, ...memoryArchive(settings, storage) },
  });
  const { text: token } = await house.tokens.create({
    ...{ name: 'x', community: undefined, by: 'test', expiresAt: undefined },
  });
  await storage.verdicts.add(REFUSED, '{}');
  await storage.queue.addAppeal(REFUSED, 'why?', 1);
  return {
    ...{ storage, settings, lockdowns, house },
    ask: async (method: string, resource: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const { status, text } = await house.ask(method, `${ADMIN}/${resource}`, { token, ...sent });
      return { status, body: JSON.parse(text) as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

/** Everything that stores is refused, so that a dry run that stores is found out. */
function protect({
  settings,
  overrides,
  lockdowns,
  precedents,
  queue,
  content,
  erasableEvents,
  actions,
}: Storage): void {
  const fail = (): never => {
    throw FULL;
  };
  Object.assign(settings, { append: fail });
  Object.assign(overrides, { add: fail });
  Object.assign(lockdowns, { add: fail, end: fail });
  Object.assign(precedents, { add: fail, end: fail });
  Object.assign(queue, { change: fail, addAppeal: fail });
  Object.assign(content, { forget: fail, forgetStatements: fail, scrub: fail });
  Object.assign(erasableEvents, { replaceContent: fail });
  Object.assign(actions, { add: fail, insert: fail });
}

describe('dry runs', () => {
  it('are there for every endpoint that stores what is not taken back as easily', () => {
    for (const { method, path, admin } of adminRoutes) {
      const name = `${method} ${path.replace(ADMIN, '')}`;
      if (method === 'GET' || WITHOUT.has(name)) continue;
      const schemas = [admin.body, admin.query].filter((schema) => schema !== undefined);
      const fields = schemas.flatMap((schema) =>
        Object.keys(toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}),
      );
      assert.ok(fields.includes('dry_run'), name);
    }
  });

  it('say what would come of it, and store nothing', async () => {
    await using stage = await openStage();
    const { storage, lockdowns } = stage;
    const begun = await stage.ask('POST', 'lockdowns', { scope: 'instance', for: '1h' });
    assert.deepEqual([begun.status, begun.body['replaces'], begun.body['dry_run']], [201, [], false]);
    const { sender } = REFUSED;
    protect(storage);
    const cases: readonly (readonly [string, string, object | undefined, object])[] = [
      ['POST', 'lockdowns', { scope: 'instance', for: '2h' }, { id: null, replaces: [1], dry_run: true }],
      ['POST', 'lockdowns/end', { scope: 'instance' }, { dry_run: true }],
      ['POST', 'queue/decide', { items: [1], decision: 'none' }, { dry_run: true }],
      ['POST', 'erasures', { user_id: sender }, { verdicts: 1, appeals: 1, is_logged: false, dry_run: true }],
      ['POST', 'tokens', { name: 'new', for: '1h' }, { text: null, dry_run: true }],
      ['DELETE', 'tokens/1?dry_run=true', undefined, { id: 1, dry_run: true }],
      ['POST', 'communities', { id: 'cats', settings: { name: 'Cats' } }, { revision: 0, dry_run: true }],
      ['PUT', 'settings/instance', { settings: { rules: {} } }, { dry_run: true }],
    ];
    for (const [method, resource, body, expected] of cases) {
      const reply = await stage.ask(method, resource, body === undefined ? undefined : { ...body, dry_run: true });
      assert.equal(reply.status, 200, `${resource} ${JSON.stringify(reply.body)}`);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(reply.body[key], value, resource);
    }
    assert.equal(lockdowns.all(0).length, 1);
    assert.equal((await storage.queue.find(1))?.status, 'open');
    assert.equal(stage.house.tokens.all().filter(({ revokedAt }) => revokedAt === undefined).length, 1);
  });

  it('find the same mistakes', async () => {
    await using stage = await openStage();
    protect(stage.storage);
    const cases: readonly (readonly [string, string, object | undefined, number])[] = [
      ['POST', 'lockdowns', { scope: 'community/none', for: '1h' }, 404],
      ['POST', 'lockdowns', { scope: 'instance', for: '31d' }, 400],
      ['POST', 'lockdowns/end', { id: 9 }, 404],
      ['POST', 'precedents/9/end', {}, 404],
      ['POST', `verdicts/${EVENT}/override`, { action: 'allow' }, 409],
      ['POST', 'verdicts/ZZZZ-ZZZZ-ZZ/override', { action: 'allow' }, 404],
      ['POST', 'erasures', { user_id: 'nobody' }, 400],
      ['POST', 'tokens', { name: 'a b' }, 400],
      ['DELETE', 'tokens/9?dry_run=true', undefined, 404],
    ];
    for (const [method, resource, body, status] of cases) {
      const reply = await stage.ask(method, resource, body === undefined ? undefined : { ...body, dry_run: true });
      assert.equal(reply.status, status, `${resource} ${JSON.stringify(reply.body)}`);
    }
    const decided = await stage.ask('POST', 'queue/decide', { items: [1, 9], decision: 'allow', dry_run: true });
    assert.match(JSON.stringify(decided.body), /kept no more.*no such item/);
  });
});
