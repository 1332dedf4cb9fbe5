import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ADMIN, openAdminHouse, type AdminHouse } from '../../../tests/support/admin-app.ts';
import { emptyLists } from '../../../tests/support/list-fakes.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { adminRoutes } from '../routes.ts';
import type { AdminDescription } from './admin-endpoint.ts';
import type { describeApi } from './api-description.ts';

const GARDEN = { name: 'Garden', rooms: ['!garden:a.test'] };

async function openHouse(): Promise<AdminHouse & { instance: string; garden: string; other: string }> {
  const { settings } = await openTestSettings();
  for (const id of ['garden', 'other']) {
    const document = id === 'garden' ? GARDEN : { name: 'Other' };
    const created = await settings.create(id, document, { author: 'test', note: '' });
    assert.ok(created.ok);
  }
  const house = await openAdminHouse({ settings, ...emptyLists(settings) });
  const tokenFor = async (community: string | undefined): Promise<string> =>
    (await house.tokens.create({ name: community ?? 'all', community, by: 'test', expiresAt: undefined })).text;
  const [instance, garden, other] = [await tokenFor(undefined), await tokenFor('garden'), await tokenFor('other')];
  return { ...house, instance, garden, other, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

/** With something in the place of every parameter. */
function pathOf(template: string): string {
  const values: Readonly<Record<string, string>> = {
    community: 'garden',
    scope: encodeURIComponent('community/garden'),
    roomId: encodeURIComponent('!garden:a.test'),
    list: encodeURIComponent('!list:a.test'),
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x');
}

/** Endpoints that take none answer 413 to one. */
function bodyFor({ body }: AdminDescription): { body?: string } {
  return body === undefined ? {} : { body: '{}' };
}

describe('the admin API', () => {
  it('answers nobody without a token, or with one that is revoked', async () => {
    await using house = await openHouse();
    for (const { method, path, admin } of adminRoutes) {
      const asked = await house.ask(method, pathOf(path), bodyFor(admin));
      assert.equal(asked.status, 401, `${method} ${path}`);
    }
    assert.equal((await house.ask('GET', `${ADMIN}/tokens`, { token: house.instance })).status, 200);
    await house.tokens.revoke(1);
    assert.equal((await house.ask('GET', `${ADMIN}/tokens`, { token: house.instance })).status, 401);
  });

  it('lets tokens of a community do what is for their community, and nothing else', async () => {
    await using house = await openHouse();
    for (const { method, path, admin } of adminRoutes) {
      const what = `${method} ${path}`;
      const body = bodyFor(admin);
      const own = await house.ask(method, pathOf(path), { token: house.garden, ...body });
      assert.ok(own.status < 500, `${what}: ${own.text}`);
      if (admin.access === 'instance') {
        assert.equal(own.status, 403, what);
        assert.notEqual((await house.ask(method, pathOf(path), { token: house.instance, ...body })).status, 403, what);
      }
      if (path.includes('{community}') || path.includes('{scope}')) {
        const others = await house.ask(method, pathOf(path), { token: house.other, ...body });
        assert.ok(others.status === 403 || others.status === 400, `${what}: ${String(others.status)}`);
      }
    }
  });

  it('makes tokens, tells them once, and revokes them', async () => {
    await using house = await openHouse();
    const body = JSON.stringify({ name: 'console', community: 'garden', for: '90d' });
    const made = await house.ask('POST', `${ADMIN}/tokens`, { token: house.instance, body });
    assert.equal(made.status, 201);
    const { text, token } = JSON.parse(made.text) as { text: string; token: { id: number; scope: string } };
    assert.equal(token.scope, 'community/garden');
    assert.equal((await house.ask('GET', `${ADMIN}/tokens`, { token: text })).status, 403);
    const list = await house.ask('GET', `${ADMIN}/tokens`, { token: house.instance });
    assert.ok(!list.text.includes(text.slice(-43)));
    const path = `${ADMIN}/tokens/${String(token.id)}`;
    assert.equal((await house.ask('DELETE', path, { token: house.instance })).status, 200);
    assert.equal((await house.ask('DELETE', path, { token: house.instance })).status, 404);
    assert.equal((await house.ask('GET', `${ADMIN}/communities/garden`, { token: text })).status, 401);
  });

  it('says what is wrong with a request, all of it', async () => {
    await using house = await openHouse();
    const wrong = JSON.stringify({ name: 'a b', comunity: 'x', for: 5 });
    const answer = await house.ask('POST', `${ADMIN}/tokens`, { token: house.instance, body: wrong });
    assert.equal(answer.status, 400);
    const { errcode, errors } = JSON.parse(answer.text) as { errcode: string; errors: { path: string }[] };
    assert.equal(errcode, 'M_INVALID_PARAM');
    assert.deepEqual(errors.map(({ path }) => path).sort(), ['comunity', 'for', 'name']);
  });

  it('describes every route, and serves the description and metrics to anybody who reaches it', async () => {
    await using house = await openHouse();
    const described = JSON.parse((await house.ask('GET', `${ADMIN}/openapi.json`)).text) as ReturnType<
      typeof describeApi
    >;
    assert.equal(described['openapi'], '3.1.0');
    const paths = described['paths'] as Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>;
    const operations = adminRoutes.map(({ method, path }) => paths[path]?.[method.toLowerCase()]?.operationId ?? '');
    assert.ok(operations.every((id) => id !== ''));
    assert.equal(new Set(operations).size, operations.length);
    const metrics = await house.ask('GET', '/metrics');
    assert.match(metrics.headers['content-type'] ?? '', /^text\/plain/);
    assert.match(metrics.text, /^gatehouse_rooms\{membership="joined"\} 1$/m);
  });

  it('answers ten thousand malformed requests without trouble of its own', async () => {
    await using house = await openHouse();
    const junk = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json({ maxDepth: 4 }),
      fc.constantFrom(
        '{"__proto__":{"x":1}}',
        '[',
        '{"rules":{"a":{"when":{"all":[{}]}}}}',
        '\u0000',
        '{"limit":1e999}',
      ),
    );
    const request = fc.record({
      route: fc.constantFrom(...adminRoutes),
      param: fc.webPath().map((path) => encodeURIComponent(path.slice(1, 60)) || 'x'),
      query: fc.webQueryParameters({ size: 'small' }),
      body: junk,
    });
    const requests = fc.sample(request, { numRuns: 10_000, seed: 42 });
    for (let at = 0; at < requests.length; at += 50) {
      const statuses = await Promise.all(
        requests.slice(at, at + 50).map(async ({ route, param, query, body }) => {
          const path = `${route.path.replace(/\{\w+\}/g, param)}?${query}`;
          const options = route.admin.body === undefined ? {} : { body };
          return (await house.ask(route.method, path, { token: house.instance, ...options })).status;
        }),
      );
      assert.ok(statuses.every((status) => status < 500));
    }
    assert.deepEqual(house.failures, []);
  });
});
