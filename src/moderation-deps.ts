/** What the endpoints for moderators are given of the parts. */
import type { ModerationDeps } from './http/admin/moderation-access.ts';
import type { Moderation } from './moderation-parts.ts';
import { endPrecedent } from './policy/moderation/end-precedent.ts';
import { explain, findVerdicts } from './policy/moderation/explanation.ts';
import { LockdownDesk } from './policy/moderation/lockdown-desk.ts';
import { overrideVerdict, type Override, type OverrideOutcome } from './policy/moderation/override-verdict.ts';
import { QueueDesk } from './policy/moderation/queue-desk.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import type { RoomId } from './protocol/ids/room-id.ts';
import type { Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';
import { tellOfUnlogged, type Operator } from './unlogged-actions.ts';

export interface ModeratedParts extends Operator {
  readonly clock: Clock;
  readonly storage: Pick<Storage, 'actions' | 'queue' | 'verdicts' | 'judgedEvents' | 'search'>;
  readonly settings: SettingsDirectory;
  readonly moderation: Pick<Moderation, 'lockdowns' | 'precedents' | 'overriding'>;
  /** Rooms that the bot is or was in. */
  readonly roomIds: () => readonly RoomId[];
  readonly showEvent: ModerationDeps['showEvent'];
}

export function moderationDeps(parts: ModeratedParts): ModerationDeps {
  const { clock, storage, settings, moderation, roomIds, showEvent } = parts;
  const { precedents, lockdowns } = moderation;
  const { actions, queue, verdicts, judgedEvents } = storage;
  const overriding = moderation.overriding(settings);
  const explaining = { verdicts, judgedEvents, settings, precedents, clock };
  const override = (wanted: Override): Promise<OverrideOutcome> => overrideVerdict(overriding, wanted);
  const { communityOf } = overriding;
  return {
    communityOfRoom: communityOf,
    roomsOfCommunity: (community) => roomIds().filter((roomId) => communityOf(roomId) === community),
    isKnownRoom: (roomId) => roomIds().includes(roomId),
    hasCommunity: (id) => settings.communities().has(id),
    now: () => clock.now(),
    findVerdicts: (text) => findVerdicts({ verdicts }, text),
    searchVerdicts: (query) => storage.search.search(query),
    explain: (found) => explain(explaining, found),
    showEvent,
    override,
    endPrecedent: (precedent, who) => endPrecedent({ precedents, clock }, precedent, who),
    lockdownDesk: new LockdownDesk({ lockdowns, settings, clock }),
    queueDesk: new QueueDesk({ queue, override, communityOf, clock, onUnlogged: tellOfUnlogged(parts) }),
    ...{ precedents, queue, actions },
  };
}
