/** What moderators' decisions need from storage. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';

/** A moderator's decision about content, for events that are sent again. */
export interface Precedent {
  readonly id: number;
  /** `contentFingerprint` of the event that was decided on. */
  readonly fingerprint: string;
  readonly action: 'allow' | 'refuse';
  /** Whose events it covers; everybody's where undefined. */
  readonly sender: UserId | undefined;
  /** Where it holds: in all rooms of a community, or in the one room where undefined. */
  readonly community: string | undefined;
  readonly roomId: RoomId;
  readonly reference: string;
  readonly decidedOn: EventId;
  readonly by: string;
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly until: number;
}

/** Precedents for ever; those that have ended are no longer given. */
export interface PrecedentStore {
  /** Those that hold after a time, oldest first. */
  holding(after: number): Promise<readonly Precedent[]>;
  /** Durable once resolved. */
  add(precedent: Omit<Precedent, 'id'>): Promise<Precedent>;
  /** Ends one at a time that lies before its own end. Durable once resolved; false where there is none of that id. */
  end(id: number, at: number): Promise<boolean>;
}

/** Everything that moderators do, for ever; nothing changes or removes an entry. */
export interface ActionEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: string;
  /** `undefined` for what concerns the whole instance. */
  readonly community: string | undefined;
  /** What was done, e.g. `verdict.override`. */
  readonly action: string;
  /** Id of what it was done to. */
  readonly target: string;
  readonly note: string;
  /** Plain JSON. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** Append-only. */
export interface ActionLogStore {
  /** Durable once resolved. */
  add(entry: Omit<ActionEntry, 'id'>): Promise<ActionEntry>;
  /** Newest first, those before an id where one is given. */
  list(options: {
    readonly community: string | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  }): Promise<readonly ActionEntry[]>;
}
