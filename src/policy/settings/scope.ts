/** Where settings stand: `instance`, `community/<id>`, `space/<room id>` or `room/<room id>`, from far to near. */
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { RULE_NAME } from '../rules/rule-document.ts';

export type Scope =
  | { readonly kind: 'instance' }
  | { readonly kind: 'community'; readonly id: string }
  | { readonly kind: 'space' | 'room'; readonly roomId: RoomId };

export const INSTANCE: Scope = { kind: 'instance' };

export function parseScope(text: string): Scope | undefined {
  if (text === 'instance') return INSTANCE;
  const slash = text.indexOf('/');
  const [kind, name] = [text.slice(0, slash), text.slice(slash + 1)];
  if (kind === 'community') return RULE_NAME.test(name) ? { kind, id: name } : undefined;
  if (kind !== 'space' && kind !== 'room') return undefined;
  const roomId = parseRoomId(name);
  return roomId === undefined ? undefined : { kind, roomId };
}

export function formatScope(scope: Scope): string {
  switch (scope.kind) {
    case 'instance':
      return 'instance';
    case 'community':
      return `community/${scope.id}`;
    case 'space':
    case 'room':
      return `${scope.kind}/${scope.roomId}`;
  }
}
