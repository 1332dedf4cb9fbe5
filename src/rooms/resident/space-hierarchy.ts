/** A space and its children, as far as the asking server may know of them (data/api/server-server/space_hierarchy.yaml). */
import type { Pdu } from '../../protocol/events.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonArray, own, ownString, type JsonObject } from '../../protocol/json.ts';
import type { Room } from '../room.ts';
import { isIn, residentIn, type ResidentDeps, type RoomQuestion } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { isWorldReadable, joinRuleOf, publicSummary, type PublicSummary } from './public-summary.ts';
import { allowedRooms, isRestricted } from './restricted-join.ts';

/** A stripped state event with its time. */
export interface SpaceChild {
  readonly type: string;
  readonly state_key: string;
  readonly content: JsonObject;
  readonly sender: string;
  readonly origin_server_ts: number;
}

export interface SpaceRoom {
  readonly summary: PublicSummary;
  readonly children: readonly SpaceChild[];
}

export interface SpaceHierarchy {
  readonly room: SpaceRoom;
  readonly children: readonly SpaceRoom[];
  /** Known to us, and closed to the asking server. */
  readonly inaccessible: readonly RoomId[];
}

const MAX_CHILDREN = 50;
/** Longer ones, and ones with other characters, order nothing (client-server API, "Ordering of children within a space"). */
const ORDER = /^[\x20-\x7e]{1,50}$/;
/** Past every order that is one. */
const UNORDERED = '\x7f';

export async function spaceHierarchy(
  deps: Pick<ResidentDeps, 'registry'>,
  ask: RoomQuestion & { readonly suggestedOnly: boolean },
): Promise<Outcome<SpaceHierarchy>> {
  const graph = await residentIn(deps, ask.roomId);
  if (graph === undefined || !(await isOpenTo(deps, graph.room, ask.origin))) return refused({ type: 'unknownRoom' });
  const room = spaceRoom(graph.room, ask.suggestedOnly);
  const children: SpaceRoom[] = [];
  const inaccessible: RoomId[] = [];
  for (const { state_key: text } of room.children) {
    const roomId = parseRoomId(text);
    const child = roomId === undefined ? undefined : (await residentIn(deps, roomId))?.room;
    if (child === undefined) continue;
    if (await isOpenTo(deps, child, ask.origin)) children.push(spaceRoom(child, ask.suggestedOnly));
    else inaccessible.push(child.roomId);
  }
  return granted({ room, children, inaccessible });
}

/** Whether some user of the server could join the room or look into it. */
async function isOpenTo(deps: Pick<ResidentDeps, 'registry'>, room: Room, server: ServerName): Promise<boolean> {
  if (!room.view().acl(server)) return false;
  const rule = joinRuleOf(room);
  if (['public', 'knock', 'knock_restricted'].includes(rule) || isWorldReadable(room)) return true;
  const expected = room.membersOf(server).some(({ membership }) => membership === 'join' || membership === 'invite');
  const joinRules = room.contentOf('m.room.join_rules') ?? {};
  if (expected || !isRestricted(joinRules, room.rules)) return expected;
  for (const roomId of allowedRooms(joinRules)) {
    const graph = await residentIn(deps, roomId);
    if (graph !== undefined && isIn(graph, server)) return true;
  }
  return false;
}

function spaceRoom(room: Room, suggestedOnly: boolean): SpaceRoom {
  const isSpace = ownString(room.contentOf('m.room.create') ?? {}, 'type') === 'm.space';
  const pdus = isSpace ? [...room.stateOfType('m.space.child')] : [];
  const valid = pdus.filter((pdu) => isChild(pdu) && (!suggestedOnly || own(pdu.content, 'suggested') === true));
  const children = valid.sort(compareChildren).slice(0, MAX_CHILDREN);
  return { summary: publicSummary(room), children: children.map(stripped) };
}

/** What names no server that could be joined through is no child. */
function isChild({ content }: Pdu): boolean {
  const via = own(content, 'via');
  return isJsonArray(via) && via.length > 0;
}

function compareChildren(a: Pdu, b: Pdu): number {
  const [orderOfA, orderOfB] = [orderOf(a), orderOf(b)];
  if (orderOfA !== orderOfB) return orderOfA < orderOfB ? -1 : 1;
  if (a.originServerTs !== b.originServerTs) return a.originServerTs - b.originServerTs;
  return (a.stateKey ?? '') < (b.stateKey ?? '') ? -1 : 1;
}

function orderOf({ content }: Pdu): string {
  const order = ownString(content, 'order') ?? '';
  return ORDER.test(order) ? order : UNORDERED;
}

function stripped({ type, stateKey = '', content, sender, originServerTs }: Pdu): SpaceChild {
  return { type, state_key: stateKey, content, sender, origin_server_ts: originServerTs };
}
