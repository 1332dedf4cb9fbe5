/** `GET /_matrix/federation/v1/hierarchy/{roomId}` (data/api/server-server/space_hierarchy.yaml). */
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { Resident } from '../../rooms/resident/resident.ts';
import type { SpaceRoom } from '../../rooms/resident/space-hierarchy.ts';
import { textAnswer, type SignedEndpoint } from '../endpoint.ts';
import { booleanQuery, queryOf } from '../query.ts';
import { arrayText, grantedValue, roomInPath } from './resident-answer.ts';

export const getSpaceHierarchy: SignedEndpoint<Pick<Resident, 'spaceHierarchy'>> = {
  method: 'GET',
  path: '/_matrix/federation/v1/hierarchy/{roomId}',
  auth: 'x-matrix',
  bodyLimit: 0,
  handler: async (request, deps) => {
    const suggestedOnly = booleanQuery(queryOf(request), 'suggested_only');
    const outcome = await deps.spaceHierarchy({ origin: request.origin, roomId: roomInPath(request), suggestedOnly });
    const { room, children, inaccessible } = grantedValue(outcome);
    const inside = `"children":${arrayText(children.map(roomText))},"inaccessible_children":${JSON.stringify(inaccessible)}`;
    return textAnswer(`{"room":${roomText(room)},${inside}}`);
  },
};

/** Contents of old events may hold numbers that only canonical JSON writes as they came. */
function roomText({ summary, children }: SpaceRoom): string {
  const childrenState = children.map((child) => canonicalText({ ...child }));
  return `${JSON.stringify(summary).slice(0, -1)},"children_state":${arrayText(childrenState)}}`;
}
