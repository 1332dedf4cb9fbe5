/** What is to be replayed: plain data, which goes to another thread. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Regulars } from '../regulars.ts';
import type { PolicyDocument } from '../rules/compiled-policy.ts';

export interface ReplayOrder {
  /** Milliseconds since 1970: events judged at that time or later. */
  readonly since: number;
  /** Events of these rooms; of all where undefined. */
  readonly rooms: ReadonlySet<RoomId> | undefined;
  /** Rules that are not in force; `undefined`: those that were in force when each event was judged. */
  readonly draft: DraftPolicies | undefined;
  /** The community that each room belongs to now. */
  readonly communities: ReadonlyMap<RoomId, string>;
  readonly remoteChecks: PolicyDocument['remoteChecks'];
  readonly regulars: Regulars;
}

/** Effective settings as canonical JSON by fingerprint, and which of them each room would have; others are left alone. */
export interface DraftPolicies {
  readonly documents: ReadonlyMap<string, string>;
  readonly ofRooms: ReadonlyMap<RoomId, string>;
}
