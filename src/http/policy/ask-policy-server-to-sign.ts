/** `POST /_matrix/policy/v1/sign` (server-server API v1.18, "Policy Servers"; data/api/server-server/room_policy.yaml). */
import { requiredBody, type SignedEndpoint } from '../endpoint.ts';
import { EVENT_BODY_LIMIT, signatureAnswer, signError, type SignDeps } from './sign-answer.ts';

export const askPolicyServerToSign: SignedEndpoint<SignDeps> = {
  method: 'POST',
  path: '/_matrix/policy/v1/sign',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  handler: async (request, deps) => {
    const { origin, content } = request;
    const outcome = await deps.signEvent({ origin, body: requiredBody(request), content });
    if (outcome.type !== 'signed') throw signError(outcome);
    return signatureAnswer(deps.serverName, outcome.signature);
  },
};
