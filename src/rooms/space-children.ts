/** What the spaces that the bot is in say of their rooms (client-server API, "m.space.child"). */
import type { RoomId } from '../protocol/ids/room-id.ts';
import { isJsonArray, own } from '../protocol/json.ts';
import type { RoomRegistry } from './room-registry.ts';

export interface SpaceChildren {
  /** Reads the space, so that the other methods know it. */
  load(spaceId: RoomId): Promise<void>;
  /** Another value after every change of the space's state. */
  versionOf(spaceId: RoomId): unknown;
  hasChild(spaceId: RoomId, roomId: RoomId): boolean;
}

/** A space that the bot has left has no children any more. */
export function spaceChildren(registry: Pick<RoomRegistry, 'get' | 'graphOf'>): SpaceChildren {
  return {
    load: async (spaceId) => {
      await registry.graphOf(spaceId);
    },
    versionOf: (spaceId) => registry.get(spaceId)?.view(),
    hasChild: (spaceId, roomId) => {
      const space = registry.get(spaceId);
      if (space?.record.membership !== 'joined') return false;
      // What names no server that could be joined through is no child.
      const via = own(space.stateEvent('m.space.child', roomId)?.content ?? {}, 'via');
      return isJsonArray(via) && via.length > 0;
    },
  };
}
