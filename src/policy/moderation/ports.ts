/** What moderators' decisions need from storage. */
import type { ActionEntry, ActionFor, NewAction } from '../ports.ts';
import type { Verdict } from '../verdict.ts';
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
  end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean>;
}

/** What a moderator's decision about an event stores; what is left out is not stored. */
export interface NewOverride {
  readonly verdict: Verdict | undefined;
  readonly precedent: Omit<Precedent, 'id'> | undefined;
  readonly actionFor: ActionFor<Precedent | undefined>;
}

/** Verdicts, precedents and the log of actions, written as one. */
export interface OverrideStore {
  /** All of it or nothing, durable once resolved. Not ok where the event has a verdict of that revision already. */
  add(
    override: NewOverride,
  ): Promise<{ readonly ok: true; readonly precedent: Precedent | undefined } | { readonly ok: false }>;
}

/** Append-only. What changes something else enters itself, by the store of that: see `ActionFor`. */
export interface ActionLogStore {
  /** Durable once resolved. */
  add(entry: NewAction): Promise<ActionEntry>;
  /** Newest first, those before an id where one is given. */
  list(options: {
    readonly community: string | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  }): Promise<readonly ActionEntry[]>;
}

/** For a time, everything but what moderators do is refused (`lockdown`), or people must wait between messages (`slow`). */
export interface Lockdown {
  readonly id: number;
  /** `instance`, `community/<id>` or `room/<room id>`. */
  readonly scope: string;
  readonly mode: 'lockdown' | 'slow';
  readonly who: 'newcomers' | 'everyone';
  /** Of slow mode: how long a person waits between two messages; 0 else. */
  readonly intervalMs: number;
  /** What people are told; a sentence of ours where undefined. */
  readonly message: string | undefined;
  readonly by: string;
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  readonly until: number;
}

/** Lockdowns for ever; those that have ended are no longer given. */
export interface LockdownStore {
  /** Those that hold after a time, oldest first. */
  holding(after: number): Promise<readonly Lockdown[]>;
  /** Ends those in the place of which it is when it begins. Durable once resolved, all of it or nothing. */
  add(lockdown: Omit<Lockdown, 'id'>, instead?: readonly number[], actionFor?: ActionFor<Lockdown>): Promise<Lockdown>;
  /** Ends one before its time. Durable once resolved; false where none of that id holds. */
  end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean>;
}

/** Something that people should look at: an event that a rule flagged, or an appeal against a refusal. */
export interface QueueItem {
  readonly id: number;
  readonly kind: 'flag' | 'appeal';
  /** The verdict that it is about, as it was then. */
  readonly verdict: Verdict;
  /** What the one who appeals says; empty for flags. */
  readonly statement: string;
  readonly createdAt: number;
  readonly status: 'open' | 'claimed' | 'decided';
  readonly claimedBy: string | undefined;
  readonly decidedBy: string | undefined;
  readonly decidedAt: number | undefined;
  /** `none`: looked at, and left as it is. */
  readonly decision: 'allow' | 'refuse' | 'none' | undefined;
  readonly note: string;
}

export type QueueChange = Partial<
  Pick<QueueItem, 'status' | 'claimedBy' | 'decidedBy' | 'decidedAt' | 'decision' | 'note'>
>;

/** Everything that was ever in the queue. */
export interface QueueStore {
  /** Puts in what rules have flagged since the last time, each event once. Durable once resolved. */
  takeInFlags(now: number): Promise<number>;
  /** `undefined` where an appeal against the same verdict is waiting already. Durable once resolved. */
  addAppeal(
    verdict: Verdict,
    statement: string,
    now: number,
    actionFor?: ActionFor<QueueItem>,
  ): Promise<QueueItem | undefined>;
  find(id: number): Promise<QueueItem | undefined>;
  /** Newest first. */
  list(options: QueueQuery): Promise<readonly QueueItem[]>;
  /** False, and nothing is changed, where the item is no longer in that status. Durable once resolved. */
  change(id: number, from: QueueItem['status'], change: QueueChange, actionFor?: ActionFor<number>): Promise<boolean>;
  /** How many wait, claimed ones included. */
  waiting(): Promise<number>;
}

export interface QueueQuery {
  /** Those about events of these rooms; all where undefined. */
  readonly rooms: readonly RoomId[] | undefined;
  readonly status: QueueItem['status'] | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}

export interface VerdictQuery {
  readonly rooms: readonly RoomId[] | undefined;
  readonly sender: UserId | undefined;
  /** Rules and other deciders, e.g. `words`, `override`. */
  readonly decidedBy: string | undefined;
  readonly outcome: 'sign' | 'refuse' | undefined;
  /** Only those that a rule refused, flagged or, in shadow, would have: the others are found by event id. */
  readonly noteworthyOnly: boolean;
  /** Positions below this one. */
  readonly before: number | undefined;
  readonly limit: number;
}

export interface FoundVerdicts {
  /** Newest first. */
  readonly verdicts: readonly { readonly position: number; readonly verdict: Verdict }[];
  /** Where to go on; `undefined` at the end. A page may be short, or empty, and yet not the last. */
  readonly next: number | undefined;
}

/** Looks through stored verdicts, a bounded number for each page. */
export interface VerdictSearch {
  search(query: VerdictQuery): Promise<FoundVerdicts>;
}

/** Who may use the admin API over the network. */
export interface AdminToken {
  readonly id: number;
  readonly name: string;
  /** The one community that it is for; `undefined`: the whole instance. */
  readonly community: string | undefined;
  /** SHA-256 in base64. */
  readonly secretHash: string;
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
}

/** Tokens for ever, revoked ones included. */
export interface AdminTokenStore {
  all(): Promise<readonly AdminToken[]>;
  /** Durable once resolved. */
  add(token: Omit<AdminToken, 'id'>, actionFor?: ActionFor<AdminToken>): Promise<AdminToken>;
  /** False where none of that id is unrevoked. Durable once resolved. */
  revoke(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean>;
}
