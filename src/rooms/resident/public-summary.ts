/** What those outside may know of a room: the entry of the public directory and of a space's hierarchy. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { own, ownString } from '../../protocol/json.ts';
import type { Room } from '../room.ts';
import { allowedRooms, isRestricted } from './restricted-join.ts';
import { visibilityOf } from './visibility.ts';

/** In the words of the specification (data/api/client-server/definitions/room_summary.yaml). */
export interface PublicSummary {
  readonly room_id: RoomId;
  readonly name?: string;
  readonly topic?: string;
  readonly canonical_alias?: string;
  readonly avatar_url?: string;
  readonly num_joined_members: number;
  readonly world_readable: boolean;
  readonly guest_can_join: boolean;
  readonly join_rule: string;
  readonly room_type?: string;
  readonly room_version: string;
  readonly encryption?: string;
  readonly allowed_room_ids?: readonly RoomId[];
}

export function publicSummary(room: Room): PublicSummary {
  const text = (type: string, key: string): string | undefined => {
    const value = ownString(room.contentOf(type) ?? {}, key);
    return value === '' ? undefined : value;
  };
  const joinRules = room.contentOf('m.room.join_rules') ?? {};
  return {
    room_id: room.roomId,
    ...present('name', text('m.room.name', 'name')),
    ...present('topic', text('m.room.topic', 'topic')),
    ...present('canonical_alias', text('m.room.canonical_alias', 'alias')),
    ...present('avatar_url', text('m.room.avatar', 'url')),
    num_joined_members: room.joinedMembers,
    world_readable: isWorldReadable(room),
    guest_can_join: own(room.contentOf('m.room.guest_access') ?? {}, 'guest_access') === 'can_join',
    join_rule: joinRuleOf(room),
    ...present('room_type', text('m.room.create', 'type')),
    room_version: room.rules.version,
    ...present('encryption', text('m.room.encryption', 'algorithm')),
    ...(isRestricted(joinRules, room.rules) ? { allowed_room_ids: allowedRooms(joinRules) } : {}),
  };
}

export function isWorldReadable(room: Room): boolean {
  return visibilityOf(room.stateEvent('m.room.history_visibility', '')) === 'world_readable';
}

export function joinRuleOf(room: Room): string {
  return ownString(room.contentOf('m.room.join_rules') ?? {}, 'join_rule') ?? 'invite';
}

function present<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>>;
function present(key: string, value: string | undefined): Partial<Record<string, string>> {
  return value === undefined ? {} : { [key]: value };
}
