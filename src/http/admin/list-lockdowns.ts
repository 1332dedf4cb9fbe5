/** `GET /_gatehouse/admin/v1/lockdowns` */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { lockdownAnswer, lockdownOf } from './lockdown-answers.ts';
import type { LockdownDeps } from './moderation-access.ts';

export const listLockdowns = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/lockdowns',
  summary: 'Lockdowns and slow modes that hold, oldest first.',
  answer: z.object({ lockdowns: z.array(lockdownAnswer) }),
  communityOf: 'own',
  handler: ({ actor }, { lockdownDesk }: LockdownDeps) => ({
    body: { lockdowns: lockdownDesk.list(actor.community).map(lockdownOf) },
  }),
});
