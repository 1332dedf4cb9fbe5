/** Lockdowns as the admin API shows them, and the scopes that they are for. */
import * as z from 'zod';
import { formatDuration } from '../../policy/filters/quantities.ts';
import type { Lockdown } from '../../policy/moderation/ports.ts';
import { parseScope } from '../../policy/settings/scope.ts';
import { matrixError } from '../errors.ts';
import type { LockdownDeps } from './moderation-access.ts';

export const lockdownAnswer = z.object({
  id: z.int(),
  scope: z.string(),
  mode: z.enum(['lockdown', 'slow']),
  who: z.enum(['newcomers', 'everyone']),
  interval: z.string().nullable().describe('Of slow mode: how long a person waits between two messages.'),
  message: z.string().nullable().describe('What people are told; null: a sentence of the server.'),
  by: z.string(),
  note: z.string(),
  begun_at: z.int().describe('Milliseconds since 1970.'),
  until: z.int().describe('Milliseconds since 1970.'),
});

export function lockdownOf(lockdown: Lockdown): z.output<typeof lockdownAnswer> {
  const { id, scope, mode, who, intervalMs, message, by, note, begunAt, until } = lockdown;
  const interval = mode === 'slow' ? formatDuration(intervalMs) : null;
  return { id, scope, mode, who, interval, message: message ?? null, by, note, begun_at: begunAt, until };
}

export const lockdownScope = z
  .string()
  .refine((text) => parseScope(text) !== undefined && !text.startsWith('space/'), {
    error: 'expected "instance", "community/<id>" or "room/<room id>"',
  })
  .describe('`instance`, `community/<id>` or `room/<room id>`.');

/** Throws where there is nothing that could be locked down: a mistyped id must not look like protection. */
export function requirePlace(scope: string, { hasCommunity, isKnownRoom }: LockdownDeps): void {
  const parsed = parseScope(scope);
  if (parsed?.kind === 'community' && !hasCommunity(parsed.id)) {
    throw matrixError('M_NOT_FOUND', 404, 'There is no such community.');
  }
  if (parsed?.kind === 'room' && !isKnownRoom(parsed.roomId)) {
    throw matrixError('M_NOT_FOUND', 404, 'The bot has never been in that room.');
  }
}
