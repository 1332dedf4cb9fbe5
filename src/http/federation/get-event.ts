/** `GET /_matrix/federation/v1/event/{eventId}` (data/api/server-server/events.yaml). */
import type { Resident } from '../../rooms/resident/resident.ts';
import { textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { eventInPath, grantedValue } from './resident-answer.ts';
import { transactionText, type TransactionOrigin } from './transaction-text.ts';

export type GetEventDeps = TransactionOrigin & Pick<Resident, 'eventById'>;

export const getEvent: SignedEndpoint<GetEventDeps> = {
  method: 'GET',
  path: '/_matrix/federation/v1/event/{eventId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const pdu = grantedValue(await deps.eventById({ origin: request.origin, eventId: eventInPath(request) }));
    return textAnswer(transactionText(deps, [pdu]));
  },
};
