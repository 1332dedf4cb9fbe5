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
import { eventDetails } from './rooms/inspection.ts';
import type { RoomRegistry } from './rooms/room-registry.ts';
import type { Storage } from './storage/storage.ts';
import type { Clock } from './telemetry/clock.ts';

export interface ModeratedParts {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly rooms: { readonly registry: RoomRegistry };
  readonly policy: { readonly settings: SettingsDirectory; readonly moderation: Moderation };
}

export function moderationDeps({ clock, storage, rooms, policy }: ModeratedParts): ModerationDeps {
  const { settings, moderation } = policy;
  const { precedents, lockdowns } = moderation;
  const { actions, queue, verdicts, judgedEvents } = storage;
  const overriding = moderation.overriding(settings);
  const explaining = { verdicts, judgedEvents, settings, precedents, clock };
  const override = (wanted: Override): Promise<OverrideOutcome> => overrideVerdict(overriding, wanted);
  const { communityOf } = overriding;
  return {
    communityOfRoom: communityOf,
    roomsOfCommunity: (community) => roomsOf(community, settings, rooms.registry),
    isKnownRoom: (roomId) => rooms.registry.get(roomId) !== undefined,
    hasCommunity: (id) => settings.communities().has(id),
    now: () => clock.now(),
    findVerdicts: (text) => findVerdicts({ verdicts }, text),
    searchVerdicts: (query) => storage.search.search(query),
    explain: (found) => explain(explaining, found),
    showEvent: (eventId) => eventDetails({ registry: rooms.registry, graph: storage.graph }, eventId),
    override,
    endPrecedent: (precedent, who) => endPrecedent({ precedents, actions, clock }, precedent, who),
    lockdownDesk: new LockdownDesk({ lockdowns, settings, actions, clock }),
    queueDesk: new QueueDesk({ queue, override, actions, communityOf, clock }),
    ...{ precedents, queue, actions },
  };
}

/** Of those that the bot is or was in. */
function roomsOf(community: string, settings: SettingsDirectory, registry: RoomRegistry): readonly RoomId[] {
  const known = registry.all().map(({ roomId }) => roomId);
  return known.filter((roomId) => settings.communityOf({ kind: 'room', roomId }) === community);
}
