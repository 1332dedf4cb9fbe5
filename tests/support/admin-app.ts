// The admin listener over a real loopback socket, with memory storage behind it.

import assert from 'node:assert/strict';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { createAdminApp } from '../../src/http/apps.ts';
import type { ListDeps } from '../../src/http/admin/list-answers.ts';
import type { ModerationDeps } from '../../src/http/admin/moderation-access.ts';
import type { SettingsDeps } from '../../src/http/admin/settings-access.ts';
import type { TokenDeps } from '../../src/http/admin/token-answers.ts';
import { openListeners } from '../../src/http/listener.ts';
import { adminRoutes } from '../../src/http/routes.ts';
import { AdminTokens } from '../../src/policy/moderation/admin-tokens.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { MemoryAdminTokenStore } from '../../src/storage/memory/admin-tokens.ts';
import { FakeClock } from './fake-clock.ts';
import { memoryArchive } from './memory-archive.ts';
import { memoryModeration } from './moderation-fakes.ts';

export function noTokens(clock = new FakeClock()): TokenDeps {
  return {
    tokens: new AdminTokens({ store: new MemoryAdminTokenStore(), clock }),
    now: () => clock.now(),
  };
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AdminHouse extends AsyncDisposable {
  readonly tokens: AdminTokens;
  readonly port: number;
  readonly failures: unknown[];
  ask(method: string, path: string, options?: { token?: string; body?: string }): Promise<AdminAnswer>;
}

export const ADMIN = '/_gatehouse/admin/v1';

/** Every answer is what its endpoint says of it. */
function checkAnswer(method: string, path: string, { status, text }: AdminAnswer): void {
  if (status !== 200 && status !== 201) {
    const error = JSON.parse(text) as { errcode?: unknown; error?: unknown };
    assert.deepEqual([typeof error.errcode, typeof error.error], ['string', 'string'], `${method} ${path}: ${text}`);
    return;
  }
  const segments = path.replace(/\?.*$/, '').split('/');
  const route = adminRoutes.find((known) => known.method === method && fits(known.path.split('/'), segments));
  route?.admin.answer.parse(JSON.parse(text));
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  if (template.length !== segments.length) return false;
  return template.every((segment, at) => segment.startsWith('{') || segment === segments[at]);
}

type HouseDeps = SettingsDeps & ListDeps & Partial<ModerationDeps>;

export async function openAdminHouse(deps: HouseDeps): Promise<AdminHouse> {
  const tokenDeps = noTokens();
  const { tokens } = tokenDeps;
  const failures: unknown[] = [];
  const metrics = new Metrics();
  const levels = {
    rooms: { joined: 1 },
    queueWaiting: 0,
    outboxDestinations: 0,
    storage: { commits: 0, writes: 0, failures: 0, waiting: 0 },
  };
  const app = await createAdminApp({
    deps: {
      ...memoryModeration(deps.settings).deps,
      ...memoryArchive(deps.settings),
      ...deps,
      ...tokenDeps,
      metricsText: () => metrics.text(levels),
    },
    version: '0.0.0',
    findToken: (text) => tokens.find(text),
    log: { error: (fields) => failures.push(fields), warn: () => undefined },
  });
  const listeners = await openListeners(app, [{ host: '127.0.0.1', port: 0 }]);
  const port = listeners.addresses[0]?.port ?? 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  return {
    tokens,
    port,
    failures,
    ask: async (method, path, { token, body } = {}) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await new Promise<AdminAnswer>((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, method, path, agent, headers }, (response) => {
          textOf(response).then((text) => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          }, reject);
        });
        asked.on('error', reject).end(body);
      });
      checkAnswer(method, path, answer);
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await listeners.close(0);
    },
  };
}
