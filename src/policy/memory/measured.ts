/** What counts about one event, in a few bytes: verdicts keep it, so that memories can be built again from them alone. */

/** Kinds of events; each event is of one. `move` is a change of one's own membership that is no join. */
export const KINDS = ['message', 'media', 'reaction', 'join', 'invite', 'move', 'other'] as const;
export type Kind = (typeof KINDS)[number];

/** Plain JSON. */
export interface Measure {
  readonly kind: Kind;
  /** How many people it mentions, the whole room being one; left out where nobody is. */
  readonly mentions?: number;
  /** How many more it calls by their display names, as the rule says that asks for the shortest; left out where none asks. */
  readonly named?: number;
  /** Fuzzy hash of a message's text. */
  readonly text?: string;
  /** Fuzzy hash of the name of somebody who joins. */
  readonly name?: string;
}
