/** What settings need from outside: a store of revisions, and what spaces say of their rooms. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ActionFor } from '../ports.ts';

/** One state of the settings of one scope; the next change is the next revision. */
export interface SettingsRevision {
  /** `instance`, `community/<id>`, `space/<room id>` or `room/<room id>`. */
  readonly scope: string;
  /** 1, 2, 3 … without gaps in each scope. */
  readonly revision: number;
  /** JSON; `null` where the scope was deleted. */
  readonly document: string | null;
  readonly author: string;
  /** Why, as the author says; empty where they said nothing. */
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Revisions, append-only, and the effective settings that verdicts name. */
export interface SettingsStore {
  /** The last revision of every scope, deleted ones included, in no particular order. */
  latest(): Promise<readonly SettingsRevision[]>;
  /** The newest revisions of a scope, newest first, so many at the most, all older than `before` where that is given. */
  history(scope: string, limit: number, before?: number): Promise<readonly SettingsRevision[]>;
  revision(scope: string, revision: number): Promise<SettingsRevision | undefined>;
  /** Durable once resolved. False, and nothing is stored, where the scope has a revision of that number already. */
  append(revision: SettingsRevision, actionFor?: ActionFor<SettingsRevision>): Promise<boolean>;
  /** Keeps the effective settings that have a fingerprint, as canonical JSON. Known ones may be given again. */
  putConfiguration(fingerprint: string, document: string): Promise<void>;
  configuration(fingerprint: string): Promise<string | undefined>;
}

/** What the state of spaces says, as far as the bot is in them. */
export interface SpaceDirectory {
  /** Reads the space, so that the other methods know it. Does nothing where the bot is not in it. */
  load(spaceId: RoomId): Promise<void>;
  /** Another value after every change of the space's state. */
  versionOf(spaceId: RoomId): unknown;
  /** Whether the space names the room as its child. */
  hasChild(spaceId: RoomId, roomId: RoomId): boolean;
}
