import type { ServerName } from '../protocol/ids/server-name.ts';

/** What `/sign` can come to. Only `signed` and `refused` are verdicts; nothing else is stored or counts against anyone. */
export type SignOutcome =
  /** Unpadded base64 of our signature over the event. */
  | { type: 'signed'; signature: string }
  | { type: 'refused'; message: string; harms: readonly string[]; reference: string }
  /** Not an event of its room version (`bad_json`), or one that is too large with our signature. */
  | { type: 'malformed'; detail: string }
  | { type: 'tooLarge'; detail: string }
  /** Content hash or signatures are wrong: a sentence for the asker. */
  | { type: 'untrusted'; detail: string }
  | { type: 'unknownRoom' }
  /** The room's ACL bans the server that asks, or that of the event's sender. */
  | { type: 'deniedByAcl'; serverName: ServerName }
  /** Our own trouble (a key that cannot be fetched, a deadline): the sender may try again in a moment. */
  | { type: 'busy'; detail: string };
