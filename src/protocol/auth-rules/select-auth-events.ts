/** Which state events an event must cite (server-server API, "Auth events selection"). */
import { own, ownObject, ownString, type JsonObject } from '../json.ts';
import type { RoomVersionRules } from '../room-versions.ts';

/** What the selection depends on: of an event that exists, or of one about to be made. */
export interface SelectionDraft {
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly content: JsonObject;
}

/** What a state event is found by in a room state. */
export interface StateEventKey {
  readonly type: string;
  readonly stateKey: string;
}

/** The keys of the state events that go into `auth_events`, as far as the room has them; without repetitions. */
export function selectAuthEvents(draft: SelectionDraft, rules: RoomVersionRules): readonly StateEventKey[] {
  if (draft.type === 'm.room.create') return [];
  const keys: StateEventKey[] = [];
  // Since v12 the room id implies the create event (MSC4291).
  if (!rules.auth.roomIdIsCreateHash) keys.push({ type: 'm.room.create', stateKey: '' });
  keys.push({ type: 'm.room.power_levels', stateKey: '' }, { type: 'm.room.member', stateKey: draft.sender });
  if (draft.type === 'm.room.member') selectForMember(draft, rules, keys);
  return keys;
}

function selectForMember(draft: SelectionDraft, rules: RoomVersionRules, keys: StateEventKey[]): void {
  const membership = ownString(draft.content, 'membership');
  const addMember = (userId: string | undefined) => {
    if (userId === undefined || keys.some((key) => key.type === 'm.room.member' && key.stateKey === userId)) return;
    keys.push({ type: 'm.room.member', stateKey: userId });
  };
  addMember(draft.stateKey);
  if (membership === 'join' || membership === 'invite' || membership === 'knock') {
    keys.push({ type: 'm.room.join_rules', stateKey: '' });
  }
  if (membership === 'invite' && own(draft.content, 'third_party_invite') !== undefined) {
    const token = ownString(ownObject(ownObject(draft.content, 'third_party_invite') ?? {}, 'signed') ?? {}, 'token');
    if (token !== undefined) keys.push({ type: 'm.room.third_party_invite', stateKey: token });
  }
  // Since v8: restricted joins.
  if (membership === 'join' && rules.auth.restrictedJoins) {
    addMember(ownString(draft.content, 'join_authorised_via_users_server'));
  }
}
