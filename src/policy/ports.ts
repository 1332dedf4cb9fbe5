/** What `policy/` needs from outside: storage of verdicts, the truth about rooms, and checked signatures. */
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { PowerLevels } from '../protocol/power-levels.ts';
import type { ServerAcl } from '../protocol/server-acl.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import type { Verdict } from './verdict.ts';

/** What is answered to whoever asks again. */
export type LatestDecision = Pick<
  Verdict,
  'revision' | 'referenceHash' | 'roomId' | 'sender' | 'reference' | 'decision'
>;

/** Verdicts, append-only. */
export interface VerdictStore {
  /** What the latest verdict about an event comes to: kept at hand, as many servers ask about one event within seconds. */
  latest(eventId: EventId): Promise<LatestDecision | undefined>;
  /** The latest verdict about an event, with everything that it rests on. */
  find(eventId: EventId): Promise<Verdict | undefined>;
  /** All revisions of the verdict with this reference, oldest first; empty where there is none. */
  findByReference(reference: string): Promise<readonly Verdict[]>;
  /** All revisions about an event, oldest first. */
  history(eventId: EventId): Promise<readonly Verdict[]>;
  /**
   * Stores a verdict and resolves with it once it is durable. Where the event has one of that revision already, nothing
   * is stored and that one is given: the first wins. The event itself, as canonical JSON with all its signatures, is kept
   * beside its first verdict for as long as `JudgedEvents` keeps such.
   */
  add(verdict: Verdict, event?: string): Promise<Verdict>;
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

export type NewAction = Omit<ActionEntry, 'id'>;

/**
 * The entry in the log of actions that stores put down together with what they store, both or neither; where nothing is
 * stored nothing is entered. May be called more than once; where it throws nothing is stored.
 */
export type ActionFor<Stored> = (stored: Stored) => NewAction;

/** The events that were judged, for explaining, judging again and replaying; kept for a while only. */
export interface JudgedEvents {
  /** Canonical JSON as it was judged; `undefined` where it is kept no more. */
  find(eventId: EventId): Promise<string | undefined>;
}

/** A room as the policy sees it now. Cheap to get, consistent in itself, never changed afterwards. */
export interface RoomFacts {
  readonly roomId: RoomId;
  readonly rules: RoomVersionRules;
  /** `left`: only membership events about the bot itself are still signed. */
  readonly membership: 'joining' | 'joined' | 'left';
  /** Whether the room's state names this server as its policy server. */
  readonly namesUs: boolean;
  readonly acl: ServerAcl;
  readonly powerLevels: PowerLevels;
  /** The membership of a user: `leave` where none is known. */
  membershipOf(userId: UserId): string;
  /** Display name of a joined user, where one is set. */
  displayNameOf(userId: UserId): string | undefined;
  /** Who may kick, ban and redact by a level of their own, joined or not. Worked out when it is first asked for. */
  moderators(): readonly Moderator[];
  /** Who is joined, as it is at each moment: the same object for as long as the room is in memory. */
  readonly members: RoomMembers;
}

/** Display names of joined members who have set one. */
export interface RoomMembers {
  joinedNames(): readonly string[];
  joinedName(userId: string): string | undefined;
  /**
   * Tells of each member whose event changes the name that they had as a joined member and the one that they have now, until
   * the function is called that is returned. Must not throw.
   */
  watchNames(onChange: (before: string | undefined, after: string | undefined) => void): () => void;
}

export interface Moderator {
  readonly userId: UserId;
  readonly displayName: string | undefined;
}

/** Who sent what. */
export interface EventSenders {
  /** `undefined` where the event is not known here, in any status. */
  senderOf(roomId: RoomId, eventId: EventId): Promise<UserId | undefined>;
}

/** Rooms by id, and what the policy may ask about their past. None of it throws because of another server. */
export interface RoomDirectory {
  /** `undefined` for rooms that the bot has nothing to do with. */
  factsOf(roomId: RoomId): Promise<RoomFacts | undefined>;
  /** Waits for a join that is on its way, so long at the most; others may ask as soon as our join is visible. */
  whenJoined(roomId: RoomId, timeoutMs: number): Promise<RoomFacts | undefined>;
  /**
   * Whether an event is known to be from before protection began: part of the state or history that the room had, or
   * received while the room named no policy server. May ask other servers, within the time given.
   */
  isHistory(pdu: Pdu, askedBy: ServerName, timeoutMs: number): Promise<boolean>;
  /**
   * Fetches what the event's `prev_events` say that we have missed, so that a refusal does not rest on stale facts.
   * Returns false where nothing was missing.
   */
  catchUp(pdu: Pdu, askedBy: ServerName, timeoutMs: number): Promise<boolean>;
}

export type SignatureVerdict =
  | { ok: true }
  | { ok: false; reason: { type: 'signature'; detail: string } }
  | { ok: false; reason: { type: 'keysUnavailable'; detail: string } };

/** Signatures of the servers that must have signed an event. */
export interface SenderVerifier {
  /** Checks the signatures that the event must have; fetches keys within the time given. */
  verify(pdu: Pdu, options: { timeoutMs: number }): Promise<SignatureVerdict>;
}
