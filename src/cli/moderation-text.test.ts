import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeActions } from './moderation-text.ts';

const ACTION = { id: 1, at: 0, actor: 'maria', community: 'games', action: 'x', target: 'y', note: '', details: {} };

function detailsOf(details: Readonly<Record<string, string | number | boolean | null>>): string {
  const line = describeActions({ actions: [{ ...ACTION, details }], next: null }).split('\n')[1] ?? '';
  return line.split(/ y +/u)[1] ?? '';
}

it('what moderators did is shown with times that people can read', () => {
  const until = Date.UTC(2026, 10, 21, 20, 30);
  assert.equal(
    detailsOf({ id: 3, mode: 'slow', until, interval_ms: 30_000 }),
    'id: 3, mode: slow, until: 2026-11-21T20:30:00Z, interval: 30s',
  );
  assert.equal(detailsOf({ mode: 'lockdown', until, interval_ms: 0 }), 'mode: lockdown, until: 2026-11-21T20:30:00Z');
  assert.equal(detailsOf({ name: 'bot', expires_at: until }), 'name: bot, expires_at: 2026-11-21T20:30:00Z');
  assert.equal(
    detailsOf({ name: 'bot', expires_at: null, revision: 12, format: 7 }),
    'name: bot, revision: 12, format: 7',
  );
});
