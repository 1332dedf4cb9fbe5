/** `PUT /_matrix/federation/v2/send_join/{roomId}/{eventId}` (data/api/server-server/joins-v2.yaml). */
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JoinAnswer } from '../../rooms/resident/send-join.ts';
import type { Resident } from '../../rooms/resident/resident.ts';
import { pathParam, requiredBody, textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { EVENT_BODY_LIMIT } from '../policy/sign-answer.ts';
import { booleanQuery, queryOf } from '../query.ts';
import { arrayText, grantedValue, roomInPath } from './resident-answer.ts';

export interface SendJoinDeps extends Pick<Resident, 'sendJoin'> {
  readonly serverName: ServerName;
}

export const sendJoinV2: SignedEndpoint<SendJoinDeps> = {
  method: 'PUT',
  path: '/_matrix/federation/v2/send_join/{roomId}/{eventId}',
  auth: 'x-matrix',
  bodyLimit: EVENT_BODY_LIMIT,
  handler: async (request, deps) => {
    const outcome = await deps.sendJoin({
      origin: request.origin,
      roomId: roomInPath(request),
      eventId: pathParam(request, 'eventId'),
      event: requiredBody(request),
      omitMembers: booleanQuery(queryOf(request), 'omit_members'),
    });
    return textAnswer(answerText(grantedValue(outcome), deps.serverName));
  },
};

/** Put together from text: the state of a large room is tens of megabytes. */
function answerText(answer: JoinAnswer, serverName: ServerName): string {
  return [
    `{"origin":${JSON.stringify(serverName)}`,
    `"members_omitted":${String(answer.membersOmitted)}`,
    `"servers_in_room":${JSON.stringify(answer.serversInRoom)}`,
    `"event":${answer.event}`,
    `"state":${arrayText(answer.state)}`,
    `"auth_chain":${arrayText(answer.authChain)}}`,
  ].join(',');
}
