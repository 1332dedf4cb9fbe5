/**
 * `POST /_matrix/policy/unstable/org.matrix.msc4284/sign` (MSC4284, "Unstable prefix"): as the stable endpoint, but an
 * event that is not signed, for whatever reason, is answered with 200 and an empty object.
 */
import { requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { EVENT_BODY_LIMIT, signatureAnswer, type SignDeps } from './sign-answer.ts';

export const askPolicyServerToSignUnstable: SignedEndpoint<SignDeps> = {
  method: 'POST',
  path: '/_matrix/policy/unstable/org.matrix.msc4284/sign',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  handler: async (request, deps) => {
    const outcome = await deps.signEvent({ origin: request.origin, body: requiredBody(request) });
    return outcome.type === 'signed' ? signatureAnswer(deps.serverName, outcome.signature) : textAnswer('{}');
  },
};
