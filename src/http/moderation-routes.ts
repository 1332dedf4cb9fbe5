/** What the admin API serves for moderators: verdicts, precedents, lockdowns, the queue and the log of actions. */
import type { AdminEndpoint } from './admin/admin-endpoint.ts';
import { appealVerdict } from './admin/appeal-verdict.ts';
import { beginLockdown } from './admin/begin-lockdown.ts';
import { claimQueueItem } from './admin/claim-queue-item.ts';
import { decideQueueItems } from './admin/decide-queue-items.ts';
import { endLockdowns } from './admin/end-lockdowns.ts';
import { endPrecedent } from './admin/end-precedent.ts';
import { explainVerdict } from './admin/explain-verdict.ts';
import { listActions } from './admin/list-actions.ts';
import { listLockdowns } from './admin/list-lockdowns.ts';
import { listPrecedents } from './admin/list-precedents.ts';
import { listQueue } from './admin/list-queue.ts';
import type { ModerationDeps } from './admin/moderation-access.ts';
import { overrideVerdict } from './admin/override-verdict.ts';
import { releaseQueueItem } from './admin/release-queue-item.ts';
import { searchVerdicts } from './admin/search-verdicts.ts';
import type { SettingsDeps } from './admin/settings-access.ts';
import { showQueueItem } from './admin/show-queue-item.ts';

export const moderationRoutes: readonly AdminEndpoint<ModerationDeps & SettingsDeps>[] = [
  searchVerdicts,
  explainVerdict,
  overrideVerdict,
  listPrecedents,
  endPrecedent,
  listLockdowns,
  beginLockdown,
  endLockdowns,
  listQueue,
  decideQueueItems,
  showQueueItem,
  claimQueueItem,
  releaseQueueItem,
  appealVerdict,
  listActions,
];
