/** What `/sign` answers for each outcome (data/api/server-server/room_policy.yaml). */
import { POLICY_KEY_ID } from '../../protocol/ids/key-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { SignOutcome } from '../../policy/sign-outcome.ts';
import { textAnswer, type Answer } from '../endpoint.ts';
import { matrixError, type MatrixError } from '../errors.ts';

export interface SignDeps {
  readonly serverName: ServerName;
  readonly signEvent: (request: {
    readonly origin: ServerName;
    readonly body: JsonObject;
    /** Canonical JSON of the body, where it is at hand. */
    readonly content?: string | undefined;
  }) => Promise<SignOutcome>;
}

/** An event of 65,536 bytes, and room for a body that is not written in canonical form. */
export const EVENT_BODY_LIMIT = 128 * 1024;

/** Only our own signature is returned; the asker adds it to those that the event has. */
export function signatureAnswer(serverName: ServerName, signature: string): Answer {
  // Neither a server name nor base64 holds anything that JSON escapes.
  return textAnswer(`{"${serverName}":{"${POLICY_KEY_ID}":"${signature}"}}`);
}

/**
 * Homeservers show the text of a 400, 403 or 404 to whoever typed the message, and turn 429 and 5xx into "Internal
 * server error"; so being busy is told as a refusal that says to try again, and is none: nothing is stored.
 */
export function signError(outcome: Exclude<SignOutcome, { type: 'signed' }>): MatrixError {
  switch (outcome.type) {
    case 'refused':
      return matrixError('M_FORBIDDEN', 400, `${outcome.message} Reference: ${outcome.reference}`, {
        'org.matrix.msc4387.harms': outcome.harms,
        'org.gatehouse.reference': outcome.reference,
      });
    case 'malformed':
      return matrixError('M_BAD_JSON', 400, `This is not an event of its room version: ${outcome.detail}`);
    case 'tooLarge':
      // @NOTE the table of the endpoint has no M_TOO_LARGE; an event beyond the size limit is not a valid event.
      return matrixError('M_BAD_JSON', 400, `The event is too large: ${outcome.detail}`);
    case 'untrusted':
      return matrixError('M_FORBIDDEN', 400, outcome.detail);
    case 'unknownRoom':
      return matrixError('M_NOT_FOUND', 404, 'This policy server does not protect the room.');
    case 'deniedByAcl':
      return matrixError('M_FORBIDDEN', 403, `${outcome.serverName} is banned from the room by its server ACL.`);
    case 'busy':
      return matrixError(
        'M_FORBIDDEN',
        400,
        'The message could not be checked just now. Please try again in a moment.',
      );
  }
}
