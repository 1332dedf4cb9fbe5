/** A verdict: what was decided about one event, for ever, and everything needed to explain it. */
import type { AnswerRecord } from './answers.ts';
import type { Measure } from './memory/measured.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { UserId } from '../protocol/ids/user-id.ts';

/** What a check saw: a span of one text of the event, or a count. */
export interface Evidence {
  /** Where in the event, as dot-separated property path, e.g. `content.body`. */
  readonly path: string;
  /** The matched span in UTF-16 units of the text at `path`, where there is one. */
  readonly span?: { readonly start: number; readonly end: number };
  /** The matched text, at most 200 characters. */
  readonly matched?: string;
  /** What the check makes of it, e.g. `word "spam"`. */
  readonly note: string;
  /** Which check of the rule it was. */
  readonly check?: string;
}

/** A rule that matched without deciding. */
export interface RuleMatch {
  readonly rule: string;
  readonly evidence: readonly Evidence[];
}

/** What a rule in shadow would have done. */
export interface ShadowMatch extends RuleMatch {
  readonly action: 'refuse' | 'flag' | 'allow';
}

export interface Refusal {
  /** A sentence for the sender, without the reference. */
  readonly message: string;
  /** Ids of the harms taxonomy (MSC4456), e.g. `org.matrix.msc4456.spam`. */
  readonly harms: readonly string[];
}

export type RecordedFacts = Readonly<
  Record<string, string | number | boolean | null | readonly AnswerRecord[] | Measure>
>;

export interface Verdict {
  readonly eventId: EventId;
  /** Unpadded base64 of the reference hash: tells events of room versions 1 and 2 apart that claim the same id. */
  readonly referenceHash: string;
  /** 1 is the first verdict about the event; an override adds the next. */
  readonly revision: number;
  readonly roomId: RoomId;
  readonly roomVersion: string;
  readonly sender: UserId;
  readonly type: string;
  /** Short, unique, to be quoted by people: `XXXX-XXXX-XX` in Crockford's base 32. */
  readonly reference: string;
  /** `sign` carries our signature in unpadded base64, `refuse` what the sender is told. */
  readonly decision:
    | { readonly outcome: 'sign'; readonly signature: string; readonly publicKey: string }
    | ({ readonly outcome: 'refuse' } & Refusal);
  /** The filter or rule that decided, e.g. `words`, `history`, `none`. */
  readonly decidedBy: string;
  readonly evidence: readonly Evidence[];
  /** Rules that want people to look at the event. */
  readonly flags: readonly RuleMatch[];
  readonly shadow: readonly ShadowMatch[];
  /** Facts used, as they were at the time. */
  readonly facts: RecordedFacts;
  /** Fingerprint of the settings in force. */
  readonly configuration: string;
  readonly askedBy: ServerName;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
  /** Milliseconds from the request to the decision; no part of what is decided, and left out where nobody waited. */
  readonly tookMs?: number | undefined;
}
