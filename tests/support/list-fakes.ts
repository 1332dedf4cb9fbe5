/** Policy lists of a server that is in no room. */
import { ListOverrides } from '../../src/policy/lists/list-overrides.ts';
import { ListRoomLimit } from '../../src/policy/lists/list-room-limit.ts';
import { PolicyLists } from '../../src/policy/lists/policy-lists.ts';
import { ListSubscribing } from '../../src/policy/lists/subscribing.ts';
import type { SettingsDirectory } from '../../src/policy/settings/settings-directory.ts';
import type { RoomId } from '../../src/protocol/ids/room-id.ts';
import { MemoryRuleDecisionStore } from '../../src/storage/memory/rule-decisions.ts';
import { userIdOf } from './room-builder.ts';

export function emptyLists(settings: SettingsDirectory): {
  policyLists: PolicyLists;
  listSubscribing: ListSubscribing;
  listOverrides: ListOverrides;
} {
  const policyLists = new PolicyLists({
    rooms: { get: () => undefined, load: () => Promise.resolve(undefined), joined: () => [] },
    settings: { subscriptionsOf: () => [], communityOf: () => undefined },
    decisions: new MemoryRuleDecisionStore(),
    botUserId: userIdOf('@gatehouse:policy.test'),
    now: () => 0,
    onWaiting: () => undefined,
    onNotify: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  const join = () => Promise.resolve({ type: 'failed', attempts: [] } as const);
  const about = () => Promise.reject(new Error('there are no people'));
  const limit = new ListRoomLimit({
    ...{ max: 50, listsOf: () => new Set<RoomId>(), isInUse: () => false, leave: () => Promise.resolve() },
  });
  const deps = { settings, lists: policyLists, join, limit, about, now: () => 0 };
  return { policyLists, listSubscribing: new ListSubscribing(deps), listOverrides: new ListOverrides(deps) };
}
