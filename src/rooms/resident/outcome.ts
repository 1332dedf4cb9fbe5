/** What asking the resident server comes to: a value, or why not; `http/` gives each refusal its error code. */

export type Refusal =
  /** No such room, or we are not in it. */
  | { type: 'unknownRoom' }
  | { type: 'unknownEvent' }
  | { type: 'unknownAlias' }
  | { type: 'deniedByAcl' }
  /** The asking server has no joined user in the room. */
  | { type: 'hostNotInRoom' }
  | { type: 'forbidden'; detail: string }
  /** Well formed, but not what the endpoint takes. */
  | { type: 'invalid'; detail: string }
  /** No event of the room's version. */
  | { type: 'malformed'; detail: string }
  | { type: 'incompatibleVersion'; roomVersion: string }
  /** A restricted room: we cannot tell whether a condition is met. */
  | { type: 'cannotAuthorise' }
  /** A restricted room: a condition is met, but none of our users may let anybody in. */
  | { type: 'cannotGrant' }
  /** Signatures could not be checked just now. */
  | { type: 'keysUnavailable'; detail: string };

export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export function refused(refusal: Refusal): Refused {
  return { ok: false, refusal };
}

export function granted<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}
