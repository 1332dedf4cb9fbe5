import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleEventId, sampleVerdict } from '../../../tests/contract/support/samples.ts';
import { ADMIN, openAdminHouse, type AdminHouse } from '../../../tests/support/admin-app.ts';
import { emptyLists } from '../../../tests/support/list-fakes.ts';
import { memoryModeration, type ModerationUnderTest } from '../../../tests/support/moderation-fakes.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import type { SettingsDirectory } from '../../policy/settings/settings-directory.ts';
import type { Verdict } from '../../policy/verdict.ts';
import { parseRoomId } from '../../protocol/ids/room-id.ts';

const GARDEN = parseRoomId('!garden:a.test')!;
const ELSEWHERE = parseRoomId('!elsewhere:a.test')!;
const HOUR = 3_600_000;
const QUIET = { description: 'No shouting.', when: { words: { words: ['loud'] } }, message: 'Quiet please.' };

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Stage extends AsyncDisposable, ModerationUnderTest {
  readonly house: AdminHouse;
  readonly settings: SettingsDirectory;
  add(n: number, changes?: Partial<Verdict>): Promise<Verdict>;
  ask(method: string, resource: string, body?: object, who?: 'all' | 'garden'): Promise<Reply>;
}

async function openStage(): Promise<Stage> {
  const { settings } = await openTestSettings();
  const document = { name: 'Garden', rooms: [GARDEN], rules: { quiet: QUIET } };
  await settings.create('garden', document, { author: 'test', note: '' });
  const moderation = memoryModeration(settings, [GARDEN, ELSEWHERE]);
  const house = await openAdminHouse({ settings, ...emptyLists(settings), ...moderation.deps });
  const [all, garden] = await Promise.all(
    [undefined, 'garden'].map(async (community) => {
      return (await house.tokens.create({ name: 'x', community, by: 'test', expiresAt: undefined })).text;
    }),
  );
  return {
    ...moderation,
    house,
    settings,
    add: (n, changes = {}) => moderation.storage.verdicts.add(sampleVerdict(n, { roomId: GARDEN, ...changes })),
    ask: async (method, resource, body, who = 'all') => {
      const token = (who === 'all' ? all : garden) ?? '';
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const { status, text } = await house.ask(method, `${ADMIN}/${resource}`, { token, ...sent });
      return { status, body: JSON.parse(text) as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

describe('verdicts over the admin API', () => {
  it('have the rule as it was, and what became of it', async () => {
    await using stage = await openStage();
    const { settings } = stage;
    const { fingerprint } = settings.policyOf(GARDEN).policy;
    await settings.settled();
    await stage.add(3, { decidedBy: 'quiet', configuration: fingerprint, tookMs: 7 });
    const rule = async (): Promise<Record<string, unknown>> => {
      const { body } = await stage.ask('GET', `verdicts/${encodeURIComponent(sampleEventId(3))}`);
      const [verdict] = body['verdicts'] as [{ took_ms: number; rule: Record<string, unknown> }];
      assert.equal(verdict.took_ms, 7);
      assert.deepEqual(verdict.rule['when'], QUIET.when);
      return verdict.rule;
    };
    const first = await rule();
    assert.deepEqual([first['now'], first['origin'], first['message']], ['same', 'community/garden', QUIET.message]);
    const change = async (rules: object): Promise<void> => {
      const document = { name: 'Garden', rooms: [GARDEN], rules };
      const saved = await settings.save({ kind: 'community', id: 'garden' }, document, { author: 'test', note: '' });
      assert.ok(saved.ok);
    };
    await change({ quiet: { ...QUIET, when: { words: { words: ['louder'] } } } });
    assert.deepEqual([(await rule())['now'], (await rule())['origin']], ['changed', null]);
    await change({});
    assert.equal((await rule())['now'], 'gone');
  });

  it('are found page by page, within the rooms that one may see', async () => {
    await using stage = await openStage();
    for (let n = 1; n <= 12; n += 1) await stage.add(n, n > 9 ? { roomId: ELSEWHERE } : {});
    const events = async (query: string, who: 'all' | 'garden' = 'all'): Promise<unknown[]> => {
      const { status, body } = await stage.ask('GET', `verdicts?${query}`, undefined, who);
      assert.equal(status, 200);
      const found = (body['verdicts'] as { event_id: string }[]).map(({ event_id: id }) => id);
      return body['next'] === null ? found : [...found, body['next']];
    };
    const ids = (...numbers: number[]): string[] => numbers.map(sampleEventId);
    assert.deepEqual(await events('outcome=refuse&limit=2'), [...ids(12, 9), 9]);
    assert.deepEqual(await events('outcome=refuse&limit=2&before=9'), ids(6, 3));
    assert.deepEqual(await events('outcome=refuse', 'garden'), ids(9, 6, 3));
    assert.deepEqual(await events(`room=${encodeURIComponent(ELSEWHERE)}`), ids(12, 10));
    assert.deepEqual(await events(`room=${encodeURIComponent(ELSEWHERE)}`, 'garden'), []);
    assert.deepEqual(await events('all=true&decided_by=none&limit=3'), [...ids(11, 10, 8), 8]);
    assert.deepEqual(await events(`since=${String(1_790_000_000_009)}`), ids(12, 10, 9));
    for (const query of ['room=x', 'sender=x', 'outcome=x', 'since=x', 'limit=x', 'rooms=x']) {
      assert.equal((await stage.ask('GET', `verdicts?${query}`)).status, 400, query);
    }
  });

  it('cannot be overridden where that makes no sense', async () => {
    await using stage = await openStage();
    await stage.add(3);
    await stage.add(4, { reference: 'AAAA-AAAA-AA' });
    await stage.add(6, { reference: 'AAAA-AAAA-AA' });
    const refused = encodeURIComponent(sampleEventId(3));
    const cases: readonly (readonly [string, object, number])[] = [
      ['AAAA-AAAA-AA', { action: 'allow' }, 409],
      [refused, { action: 'allow' }, 409],
      [refused, { action: 'refuse', covers: 'everyone' }, 409],
      [refused, { action: 'perhaps' }, 400],
      [refused, { action: 'allow', for: '366d' }, 400],
      [refused, { action: 'allow', for: '0s' }, 400],
      ['ZZZZ-ZZZZ-ZZ', { action: 'allow' }, 404],
      ['nonsense', { action: 'allow' }, 404],
    ];
    for (const [ref, body, status] of cases) {
      const reply = await stage.ask('POST', `verdicts/${ref}/override`, body);
      assert.equal(reply.status, status, `${ref} ${JSON.stringify([body, reply.body])}`);
    }
    const unchanged = await stage.ask('POST', `verdicts/${refused}/override`, { action: 'refuse' });
    assert.deepEqual([unchanged.status, unchanged.body['changed']], [200, false]);
  });
});

describe('lockdowns over the admin API', () => {
  it('need an end, and a place that there is', async () => {
    await using stage = await openStage();
    const now = stage.clock.now();
    const room = `room/${GARDEN}`;
    const cases: readonly (readonly [object, number])[] = [
      [{ scope: room }, 400],
      [{ scope: room, for: '1h', until: now + HOUR }, 400],
      [{ scope: room, for: '31d' }, 400],
      [{ scope: room, until: now }, 400],
      [{ scope: room, until: now + 31 * 24 * HOUR }, 400],
      [{ scope: room, for: '1h', interval: '30s' }, 400],
      [{ scope: room, for: '1h', mode: 'slow', interval: '10ms' }, 400],
      [{ scope: 'space/!a:b.test', for: '1h' }, 400],
      [{ scope: 'nowhere', for: '1h' }, 400],
      [{ scope: 'community/none', for: '1h' }, 404],
      [{ scope: 'room/!none:b.test', for: '1h' }, 404],
    ];
    for (const [body, status] of cases) {
      assert.equal((await stage.ask('POST', 'lockdowns', body)).status, status, JSON.stringify(body));
    }
    assert.equal((await stage.ask('POST', 'lockdowns', { scope: room, until: now + HOUR })).status, 201);
    assert.equal((await stage.ask('POST', 'lockdowns', { scope: 'instance', for: '1h' }, 'garden')).status, 403);
    assert.equal((await stage.ask('POST', 'lockdowns/end', {})).status, 400);
    assert.equal((await stage.ask('POST', 'lockdowns/end', { id: 7 })).status, 404);
  });

  it('take the place of one of the same kind, and are ended by scope or by number', async () => {
    await using stage = await openStage();
    const scope = 'community/garden';
    const begin = async (body: object): Promise<void> => {
      assert.equal((await stage.ask('POST', 'lockdowns', { scope, for: '1h', ...body }, 'garden')).status, 201);
    };
    const listed = async (): Promise<unknown[]> => {
      const { body } = await stage.ask('GET', 'lockdowns', undefined, 'garden');
      return (body['lockdowns'] as { id: number; mode: string; interval: string | null }[]).map(
        ({ id, mode, interval }) => [id, mode, interval],
      );
    };
    await begin({});
    await begin({ for: '2h' });
    await begin({ mode: 'slow' });
    await stage.ask('POST', 'lockdowns', { scope: `room/${ELSEWHERE}`, for: '1h' });
    assert.deepEqual(await listed(), [
      [2, 'lockdown', null],
      [3, 'slow', '30s'],
    ]);
    assert.equal((await stage.ask('POST', 'lockdowns/end', { id: 4 }, 'garden')).status, 404);
    assert.equal((await stage.ask('POST', 'lockdowns/end', { id: 3 }, 'garden')).status, 200);
    assert.equal((await stage.ask('POST', 'lockdowns/end', { scope, note: 'over' }, 'garden')).status, 200);
    assert.deepEqual(await listed(), []);
    const { body } = await stage.ask('GET', 'actions?limit=1', undefined, 'garden');
    const [last] = body['actions'] as [Record<string, unknown>];
    assert.deepEqual([last['action'], last['actor'], last['note']], ['lockdown.end', 'token:x', 'over']);
  });
});

describe('the queue over the admin API', () => {
  it('is decided many items at a time, each for itself', async () => {
    await using stage = await openStage();
    for (const n of [3, 6]) await stage.add(n);
    await stage.add(9, { roomId: ELSEWHERE });
    await stage.storage.queue.takeInFlags(0);
    const body = { items: [1, 2, 3, 99], decision: 'none', note: 'seen' };
    const reply = await stage.ask('POST', 'queue/decide', body, 'garden');
    const results = reply.body['results'] as { id: number; error: string | null }[];
    assert.deepEqual(
      results.map(({ id, error }) => [id, error]),
      [
        [1, null],
        [2, null],
        [3, 'There is no such item in the queue.'],
        [99, 'There is no such item in the queue.'],
      ],
    );
    const again = await stage.ask('POST', 'queue/decide', { items: [1], decision: 'none' });
    assert.match(JSON.stringify(again.body), /decided already, by token:x/);
    const open = (await stage.ask('GET', 'queue?status=open')).body['items'] as { id: number }[];
    assert.deepEqual(
      open.map(({ id }) => id),
      [3],
    );
    const [newest] = (await stage.ask('GET', 'queue?limit=1')).body['items'] as [{ id: number; community: unknown }];
    assert.deepEqual([newest.id, newest.community], [3, null]);
    assert.equal((await stage.ask('GET', 'queue?limit=1')).body['next'], 3);
    assert.equal((await stage.ask('GET', 'queue/3', undefined, 'garden')).status, 404);
    assert.equal((await stage.ask('GET', 'queue/3')).status, 200);
    assert.equal((await stage.ask('POST', 'queue/x/claim')).status, 400);
    const failed = await stage.ask('POST', 'queue/decide', { items: [3], decision: 'allow' });
    assert.match(JSON.stringify(failed.body), /kept no more/);
  });
});
