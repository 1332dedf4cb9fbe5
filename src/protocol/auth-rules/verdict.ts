/** What the authorisation rules say about an event. */

/** Allowed, or rejected by a certain rule. */
export type AuthVerdict = { allowed: true } | AuthRejection;

/** `rule` is the number that the deciding rule has in the text of the event's room version, such as `4.3.5.2`. */
export interface AuthRejection {
  readonly allowed: false;
  readonly rule: string;
  readonly reason: string;
}

/** The verdict on every event that the rules allow. */
export const ALLOWED: AuthVerdict = Object.freeze({ allowed: true });

/** A rejection under the numbered rule. */
export function reject(rule: string, reason: string): AuthRejection {
  return { allowed: false, rule, reason };
}
