/** The rooms and spaces of a community, one at a time. */
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import type { CommunityDocument, LayerDocument } from '../../policy/settings/layer-document.ts';
import { formatScope } from '../../policy/settings/scope.ts';
import { matrixError } from '../errors.ts';
import type { AdminAnswer, AdminRequest } from './admin-endpoint.ts';
import { answerOf, changeOf, communityParam, type ChangeAnswer, type SettingsDeps } from './settings-access.ts';

type Field = 'rooms' | 'spaces';
type Request = AdminRequest<{ note?: string | undefined; dry_run?: 'true' | 'false' | undefined }>;

export async function editList(
  request: Request,
  { settings }: SettingsDeps,
  field: Field,
  how: 'add' | 'remove',
): Promise<AdminAnswer<ChangeAnswer>> {
  const scope = communityParam(request);
  const roomId = parseRoomId(request.params['roomId'] ?? '');
  if (roomId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'That is no room id.');
  const change = changeOf(request, request.query);
  const outcome = await settings.edit(
    scope,
    (document) => {
      const others = listOf(document, field).filter((one) => one !== roomId);
      if (how === 'add' && listOf(document, field).includes(roomId)) return document;
      return { ...document, [field]: how === 'add' ? [...others, roomId] : others };
    },
    change,
  );
  return answerOf(outcome, formatScope(scope), change.dryRun);
}

function listOf(document: LayerDocument | CommunityDocument, field: Field): readonly string[] {
  return ('name' in document ? document[field] : undefined) ?? [];
}
