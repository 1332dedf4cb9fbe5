/** `send_join`: what a server that joins is given of the room (data/api/server-server/joins-v2.yaml). */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { ownString } from '../../protocol/json.ts';
import type { StateMap as StateIds } from '../../protocol/state-resolution/state-map.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import { openedTo } from './access.ts';
import { authChainOf } from './auth-chain.ts';
import { granted, type Outcome } from './outcome.ts';
import { servedText, servedTexts } from './served-events.ts';
import { takeMembership, type SendDeps, type SendMembershipInput, type TakenMembership } from './take-membership.ts';
import type { InTurn } from './turns.ts';

export interface SendJoinInput extends SendMembershipInput {
  /** The joining server can do without most memberships. */
  readonly omitMembers: boolean;
}

/** Events as JSON text. */
export interface JoinAnswer {
  readonly event: string;
  readonly state: readonly string[];
  readonly authChain: readonly string[];
  readonly membersOmitted: boolean;
  /** Those with joined users before the join. */
  readonly serversInRoom: readonly ServerName[];
}

/** As many as clients show a room without a name by. */
const HEROES = 5;

/** The answer is put together in turn; taking the join in is not, since that may wait for other servers. */
export async function sendJoin(deps: SendDeps, input: SendJoinInput, inTurn: InTurn): Promise<Outcome<JoinAnswer>> {
  const before = await openedTo(deps, input);
  const serversInRoom = before.ok ? [...before.value.room.joinedServers().keys()] : [];
  const taken = await takeMembership(deps, input, 'join');
  if (!taken.ok) return taken;
  return granted(await inTurn(async () => await joinAnswer(input, taken.value, serversInRoom)));
}

async function joinAnswer(
  input: SendJoinInput,
  { graph, known, stateBefore }: TakenMembership,
  serversInRoom: readonly ServerName[],
): Promise<JoinAnswer> {
  const ids = await graph.states.idsOf(stateBefore);
  const wanted = input.omitMembers ? withoutMembers(ids, graph, known.pdu) : allOf(ids);
  const state = await graph.events.many(wanted);
  const chain = await authChainOf(graph.events, [known.pdu, ...[...state.values()].map((event) => event.pdu)]);
  const rest = input.omitMembers ? [...chain].filter(([eventId]) => !state.has(eventId)) : [...chain];
  return {
    event: servedText(known),
    state: await servedTexts(state.values()),
    authChain: await servedTexts(rest.map(([, event]) => event)),
    membersOmitted: input.omitMembers,
    serversInRoom,
  };
}

function allOf(ids: StateIds): EventId[] {
  return [...ids.values()].flatMap((ofType) => [...ofType.values()]);
}

/** Memberships are left out but for those of heroes, where the room has neither name nor alias. */
function withoutMembers(ids: StateIds, graph: RoomGraph, join: Pdu): EventId[] {
  const others = [...ids].flatMap(([type, ofType]) => (type === 'm.room.member' ? [] : [...ofType.values()]));
  const members = ids.get('m.room.member');
  return [...others, ...heroesOf(graph, join).flatMap((userId) => members?.get(userId) ?? [])];
}

function heroesOf({ room }: RoomGraph, join: Pdu): readonly string[] {
  const name = ownString(room.contentOf('m.room.name') ?? {}, 'name');
  const alias = ownString(room.contentOf('m.room.canonical_alias') ?? {}, 'alias');
  if ((name ?? '') !== '' || (alias ?? '') !== '') return [];
  const others = room.membersOf().filter(({ userId }) => userId !== join.stateKey);
  const present = others.filter(({ membership }) => membership === 'join' || membership === 'invite');
  const heroes = present.length > 0 ? present : others;
  return heroes
    .toSorted((a, b) => a.depth - b.depth)
    .slice(0, HEROES)
    .map(({ userId }) => userId);
}
