/** What the endpoints about the past are given: replays, counts of shadow, erasure and export. */
import type { ErasingDeps } from './http/admin/erase-person.ts';
import type { ExportingDeps } from './http/admin/export-community.ts';
import type { ReplayDeps, ShadowDeps } from './http/admin/replay-answers.ts';
import type { ReplayJobs } from './policy/replay/replay-jobs.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import type { RoomRegistry } from './rooms/room-registry.ts';
import { shadowCounts } from './policy/replay/shadow-counts.ts';
import { exportPage, wasEverKept } from './policy/retention/community-export.ts';
import { erasePerson, type ErasureDeps } from './policy/retention/erasure.ts';
import { parseRoomId, type RoomId } from './protocol/ids/room-id.ts';
import { eraseEventsOf } from './rooms/erasure.ts';
import type { Parts } from './server-parts.ts';
import { tellOfUnlogged, type Operator } from './unlogged-actions.ts';

export interface ArchiveParts extends Pick<Parts, 'clock' | 'storage'>, Operator {
  readonly settings: SettingsDirectory;
  readonly replays: ReplayJobs;
  readonly registry: Pick<RoomRegistry, 'all' | 'get' | 'graphOf'>;
}

type ArchiveDeps = Omit<ReplayDeps & ShadowDeps, 'settings' | 'now'> & ErasingDeps & ExportingDeps;

export function archiveDeps(parts: ArchiveParts): ArchiveDeps {
  const { clock, storage, settings, replays, registry } = parts;
  const { content, erasableEvents, actions, search, queue, ruleDecisions } = storage;
  const knownRooms = (): readonly RoomId[] => registry.all().map(({ roomId }) => roomId);
  const exporting = {
    ...{ search, queue, actions, ruleDecisions, settings: storage.settings },
    roomsOfCommunity: (community: string) =>
      knownRooms().filter((roomId) => settings.communityOf({ kind: 'room', roomId }) === community),
    spacesOfCommunity: (community: string) =>
      (settings.communities().get(community)?.spaces ?? []).flatMap((text) => parseRoomId(text) ?? []),
  };
  return {
    ...{ replays, knownRooms },
    shadowCounts: (span) => shadowCounts(storage.replayLog, span),
    erasePerson: async (erasure) => {
      const eraseEvents: ErasureDeps['eraseEvents'] = (userId, dryRun) =>
        eraseEventsOf({ events: erasableEvents, registry }, userId, { dryRun });
      return await erasePerson({ content, actions, clock, eraseEvents, onUnlogged: tellOfUnlogged(parts) }, erasure);
    },
    exportPage: (community, cursor) => exportPage(exporting, community, cursor),
    knownCommunities: () => [...settings.communities().keys()],
    wasEverKept: (community) => wasEverKept(exporting, community),
  };
}
