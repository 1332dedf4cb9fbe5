/** Policy lists, connected to the rooms of the bot and to the settings. */
import type { Config } from './config/schema.ts';
import type { Memory } from './memory-parts.ts';
import { MissingListRooms } from './missing-list-rooms.ts';
import { ListRoomLimit } from './policy/lists/list-room-limit.ts';
import { ListOverrides } from './policy/lists/list-overrides.ts';
import { PolicyLists } from './policy/lists/policy-lists.ts';
import type { ListRooms } from './policy/lists/ports.ts';
import { settingsOfLists } from './policy/lists/settings-of-lists.ts';
import { ListSubscribing } from './policy/lists/subscribing.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import type { RoomId } from './protocol/ids/room-id.ts';
import type { ServerName } from './protocol/ids/server-name.ts';
import type { RoomAlias } from './protocol/ids/room-alias.ts';
import type { JoinOutcome } from './rooms/outcomes.ts';
import type { Parts, Rooms } from './server-parts.ts';
import type { Logger } from './telemetry/logger.ts';

export interface Lists {
  readonly policyLists: PolicyLists;
  readonly listSubscribing: ListSubscribing;
  readonly listOverrides: ListOverrides;
  /** Joins the rooms of lists that settings name and the bot has never been in, and follows all lists. */
  readonly start: () => void;
  readonly settled: () => Promise<void>;
}

type ListParts = Pick<Parts, 'clock' | 'log' | 'storage'> & {
  readonly rooms: Rooms;
  readonly settings: SettingsDirectory;
  readonly memory: Memory;
};

export async function openLists(
  { policy_lists: { max_rooms: maxRooms } }: Pick<Config, 'policy_lists'>,
  { clock, log, storage, rooms, settings, memory }: ListParts,
): Promise<Lists> {
  const { registry, membership, identity } = rooms;
  const policyLists = new PolicyLists({
    rooms: listRooms(registry),
    settings: settingsOfLists(settings),
    decisions: storage.ruleDecisions,
    botUserId: identity.botUserId,
    now: () => clock.now(),
    ...reports(log),
  });
  await policyLists.load();
  const join = (target: RoomId | RoomAlias, via: readonly ServerName[]): Promise<JoinOutcome> =>
    membership.join(target, via);
  const limit = limitOf(maxRooms, policyLists, settings, (roomId) => membership.leave(roomId));
  const listSubscribing = new ListSubscribing({
    ...{ settings, lists: policyLists, join, limit, now: () => clock.now() },
    about: (userId, roomId) => memory.policyMemory.people.about(userId, roomId),
  });
  const missing = new MissingListRooms(policyLists, limit, join, log);
  settings.onChange(() => {
    missing.join();
    policyLists.refresh();
  });
  const settled = async (): Promise<void> => {
    await missing.settled();
    await policyLists.settled();
  };
  const start = (): void => {
    missing.join();
    policyLists.start();
  };
  const listOverrides = new ListOverrides({ settings, lists: policyLists });
  return { policyLists, listSubscribing, listOverrides, start, settled };
}

/** What the owner subscribes to counts for no community. */
function limitOf(
  max: number,
  lists: PolicyLists,
  settings: SettingsDirectory,
  leave: (roomId: RoomId) => Promise<unknown>,
): ListRoomLimit {
  const listsOf = (community: string): ReadonlySet<RoomId> => {
    const owners = settings.effectiveAt({ kind: 'instance' }).settings.document.lists;
    return new Set([...lists.listsOf(community)].filter((list) => !Object.hasOwn(owners, list)));
  };
  return new ListRoomLimit({ max, listsOf, isInUse: (list) => lists.scopesOf(list).length > 0, leave });
}

function listRooms(registry: Rooms['registry']): ListRooms {
  return {
    get: (roomId) => registry.get(roomId),
    load: async (roomId) => (await registry.graphOf(roomId))?.room,
    joined: () =>
      registry
        .all()
        .filter((room) => room.record.membership === 'joined')
        .map((room) => room.roomId),
  };
}

/** Rules that come to wait at once and are named in the log. */
const MAX_LOGGED = 20;
/** Matches that are reported already are kept in mind up to so many. */
const MAX_REPORTED = 10_000;

function reports(
  log: Logger,
): Pick<ConstructorParameters<typeof PolicyLists>[0], 'onWaiting' | 'onNotify' | 'onFailure'> {
  const reported = new Set<string>();
  return {
    onWaiting: (decisions) => {
      for (const { scope, list, rule, people, moderators } of decisions.slice(0, MAX_LOGGED)) {
        log.warn({ scope, list, rule, people, moderators }, 'a rule of a policy list waits for a human');
      }
      const [one, rules] = [decisions[0], decisions.length - MAX_LOGGED];
      if (one === undefined || rules <= 0) return;
      log.warn({ scope: one.scope, list: one.list, rules }, 'more rules of a policy list wait for a human');
    },
    onNotify: ({ list, ruleEventId, about, entity, reason }, { room }) => {
      const key = `${ruleEventId} ${about}`;
      if (reported.has(key)) return;
      if (reported.size >= MAX_REPORTED) reported.clear();
      reported.add(key);
      log.info({ room_id: room.roomId, list, about, entity, reason }, 'somebody stands on a policy list');
    },
    onFailure: (error) => {
      log.error({ err: error }, 'policy lists could not be looked through');
    },
  };
}
