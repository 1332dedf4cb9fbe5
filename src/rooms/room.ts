/** One room in memory: its record, its current state, and what follows from it for the policy. */
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { parseUserId, serverNameOf, type UserId } from '../protocol/ids/user-id.ts';
import { ownString, type JsonObject } from '../protocol/json.ts';
import { moderatorsOf, roomCreators, type PowerLevels } from '../protocol/power-levels.ts';
import {
  POLICY_EVENT_TYPE,
  readRoomPolicy,
  readUnstableRoomPolicy,
  UNSTABLE_POLICY_EVENT_TYPE,
  type RoomPolicy,
} from '../protocol/room-policy.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { compileServerAcl, type ServerAcl } from '../protocol/server-acl.ts';
import type { RoomRecord, RoomStore } from './ports.ts';
import { StateMap } from './state-map.ts';

/** What tells which of two state events is the later one. */
export type CurrentEvent = Pick<Pdu, 'eventId' | 'depth' | 'originServerTs'>;

/** What is kept of a member event in memory; the event itself stays in storage. */
interface Member extends CurrentEvent {
  readonly membership: string;
  readonly displayName: string | undefined;
}

/** What follows from the room's state for judging events; structurally the policy's `RoomFacts`. */
export interface RoomView {
  readonly roomId: RoomId;
  readonly rules: RoomVersionRules;
  readonly membership: RoomRecord['membership'];
  readonly namesUs: boolean;
  readonly acl: ServerAcl;
  readonly powerLevels: PowerLevels;
  membershipOf(userId: UserId): string;
  displayNameOf(userId: UserId): string | undefined;
  moderators(): readonly { readonly userId: UserId; readonly displayName: string | undefined }[];
  readonly members: {
    joinedNames(): readonly string[];
    joinedName(userId: string): string | undefined;
    watchNames(onChange: NameWatcher): () => void;
  };
}

/** Gets the name that somebody had as a joined member, and the one that they have now. */
type NameWatcher = (before: string | undefined, after: string | undefined) => void;

export class Room {
  readonly rules: RoomVersionRules;
  #record: RoomRecord;
  /** Ours. */
  readonly serverName: ServerName;
  readonly #members = new Map<string, Member>();
  /** All state but memberships, by type and state key. */
  readonly #state = new StateMap();
  #joinedServers: ReadonlyMap<ServerName, number> | undefined;
  readonly #stateWatchers: ((type: string, stateKey: string) => void)[] = [];
  readonly #nameWatchers = new Set<NameWatcher>();
  #view: RoomView | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #recording: Promise<unknown> = Promise.resolve();

  constructor(record: RoomRecord, rules: RoomVersionRules, serverName: ServerName) {
    this.#record = record;
    this.rules = rules;
    this.serverName = serverName;
  }

  get record(): RoomRecord {
    return this.#record;
  }

  get roomId(): RoomId {
    return this.#record.roomId;
  }

  setRecord(record: RoomRecord): void {
    this.#record = record;
    this.#view = undefined;
  }

  /** One change of the record after another, each of what the one before has left; seen once it is stored. */
  async changeRecord(change: (record: RoomRecord) => RoomRecord, store: Pick<RoomStore, 'putRoom'>): Promise<void> {
    const changed = this.#recording.then(async () => {
      const record = change(this.#record);
      await store.putRoom(record);
      this.setRecord(record);
    });
    this.#recording = changed.catch(() => undefined);
    await changed;
  }

  /** Runs one change of the room after another; a failed one does not stop those behind it. */
  async exclusive<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(change, change);
    this.#writing = done.catch(() => undefined);
    return await done;
  }

  /** Replaces the whole state, as a join does. */
  setState(state: readonly Pdu[]): void {
    for (const userId of [...this.#members.keys()]) this.#changeMember(userId, undefined);
    this.#state.clear();
    for (const pdu of state) this.putState(pdu);
  }

  /** A `stateKey` that is kept elsewhere too saves the room a copy. */
  putState(pdu: Pdu, stateKey = pdu.stateKey ?? ''): void {
    this.#view = undefined;
    if (pdu.type === 'm.room.member') {
      this.#changeMember(stateKey, {
        eventId: pdu.eventId,
        depth: pdu.depth,
        originServerTs: pdu.originServerTs,
        membership: ownString(pdu.content, 'membership') ?? 'leave',
        displayName: ownString(pdu.content, 'displayname'),
      });
      return;
    }
    this.#state.put(pdu);
    for (const tell of this.#stateWatchers) tell(pdu.type, stateKey);
  }

  removeState(type: string, stateKey: string): void {
    this.#view = undefined;
    if (type === 'm.room.member') {
      this.#changeMember(stateKey, undefined);
    } else {
      this.#state.delete(type, stateKey);
      for (const tell of this.#stateWatchers) tell(type, stateKey);
    }
  }

  #changeMember(userId: string, member: Member | undefined): void {
    this.#joinedServers = undefined;
    const before = this.joinedName(userId);
    if (member === undefined) this.#members.delete(userId);
    else this.#members.set(userId, member);
    if (this.#nameWatchers.size === 0) return;
    const after = this.joinedName(userId);
    for (const tell of this.#nameWatchers) tell(before, after);
  }

  /** Display names of all joined members who have set one. */
  joinedNames(): readonly string[] {
    const names: string[] = [];
    for (const { membership, displayName } of this.#members.values()) {
      if (membership === 'join' && displayName !== undefined) names.push(displayName);
    }
    return names;
  }

  joinedName(userId: string): string | undefined {
    const member = this.#members.get(userId);
    return member?.membership === 'join' ? member.displayName : undefined;
  }

  /** Tells of each change of a member, until the function is called that is returned; must not throw. */
  watchNames(onChange: NameWatcher): () => void {
    // One function may be given twice.
    const watcher: NameWatcher = (before, after) => {
      onChange(before, after);
    };
    this.#nameWatchers.add(watcher);
    return () => void this.#nameWatchers.delete(watcher);
  }

  /** Tells of every change of state but memberships, as long as the room lives; must not throw. */
  watchState(onChange: (type: string, stateKey: string) => void): void {
    this.#stateWatchers.push(onChange);
  }

  /** State but memberships, which are in storage. */
  stateEvent(type: string, stateKey: string): Pdu | undefined {
    return this.#state.get(type, stateKey);
  }

  /** Which event is the current one, memberships included. */
  currentOf(type: string, stateKey: string): CurrentEvent | undefined {
    return type === 'm.room.member' ? this.#members.get(stateKey) : this.stateEvent(type, stateKey);
  }

  /** Ids of all current state events. */
  currentStateIds(): ReadonlySet<EventId> {
    const ids = new Set<EventId>([...this.#state.events()].map((pdu) => pdu.eventId));
    for (const member of this.#members.values()) ids.add(member.eventId);
    return ids;
  }

  /** Current state of a type that is not `m.room.member`. */
  stateOfType(type: string): Iterable<Pdu> {
    return this.#state.ofType(type);
  }

  /** Users of a server, or all, whatever their membership is. */
  membersOf(server?: ServerName): readonly { userId: UserId; membership: string; depth: number }[] {
    const members: { userId: UserId; membership: string; depth: number }[] = [];
    for (const [text, { membership, depth }] of this.#members) {
      const userId = parseUserId(text);
      if (userId === undefined || (server !== undefined && serverNameOf(userId) !== server)) continue;
      members.push({ userId, membership, depth });
    }
    return members;
  }

  /** Everybody who is joined; others may join and leave while this goes on. */
  *joinedUsers(): Generator<UserId> {
    for (const [text, { membership }] of this.#members) {
      const userId = membership === 'join' ? parseUserId(text) : undefined;
      if (userId !== undefined) yield userId;
    }
  }

  get createEvent(): Pdu | undefined {
    return this.stateEvent('m.room.create', '');
  }

  get joinedMembers(): number {
    return [...this.joinedServers().values()].reduce((sum, count) => sum + count, 0);
  }

  /** Servers with joined users, and how many each has. */
  joinedServers(): ReadonlyMap<ServerName, number> {
    if (this.#joinedServers !== undefined) return this.#joinedServers;
    const servers = new Map<ServerName, number>();
    for (const [text, member] of this.#members) {
      const userId = member.membership === 'join' ? parseUserId(text) : undefined;
      if (userId === undefined) continue;
      const server = serverNameOf(userId);
      servers.set(server, (servers.get(server) ?? 0) + 1);
    }
    this.#joinedServers = servers;
    return servers;
  }

  /** The policy server that the room names. The unstable event counts only where there is no stable one, as in Synapse. */
  policy(): RoomPolicy | undefined {
    const stable = this.stateEvent(POLICY_EVENT_TYPE, '');
    if (stable !== undefined) return readRoomPolicy(stable.content);
    const unstable = this.stateEvent(UNSTABLE_POLICY_EVENT_TYPE, '');
    return unstable === undefined ? undefined : readUnstableRoomPolicy(unstable.content);
  }

  contentOf(type: string): JsonObject | undefined {
    return this.stateEvent(type, '')?.content;
  }

  /** The room as it is now; made anew only after a change of state. */
  view(): RoomView {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  #makeView(): RoomView {
    const create = this.createEvent;
    const members = this.#members;
    const powerLevels: PowerLevels = {
      content: this.contentOf('m.room.power_levels'),
      creators: create === undefined ? new Set() : roomCreators(create, this.rules.auth),
      rules: this.rules.auth,
    };
    let moderators: ReturnType<RoomView['moderators']> | undefined;
    return {
      roomId: this.roomId,
      rules: this.rules,
      membership: this.#record.membership,
      namesUs: this.policy()?.via === this.serverName,
      acl: compileServerAcl(this.contentOf('m.room.server_acl')),
      powerLevels,
      membershipOf: (userId) => members.get(userId)?.membership ?? 'leave',
      displayNameOf: (userId) => members.get(userId)?.displayName,
      moderators: () =>
        (moderators ??= moderatorsOf(powerLevels).map((userId) => ({
          userId,
          displayName: members.get(userId)?.displayName,
        }))),
      members: this,
    };
  }
}
