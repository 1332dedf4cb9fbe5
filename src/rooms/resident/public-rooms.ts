/** Our aliases and our public directory (data/api/server-server/query.yaml, public_rooms.yaml). */
import { parseRoomAlias, serverNameOfAlias } from '../../protocol/ids/room-alias.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { residentIn, type ResidentDeps } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { publicSummary, type PublicSummary } from './public-summary.ts';

export interface PublicRoomsInput {
  /** At most so many; 100 where it is left out. */
  readonly limit: number | undefined;
  /** A token from an earlier answer. */
  readonly since: string | undefined;
  /** Looked for in name, topic and alias. */
  readonly searchTerm: string | undefined;
  /** `null` stands for rooms without a type. */
  readonly roomTypes: readonly (string | null)[] | undefined;
}

export interface PublicRoomsPage {
  readonly chunk: readonly PublicSummary[];
  readonly nextBatch: string | undefined;
  /** Rooms that match, on all pages. */
  readonly total: number;
}

const MAX_SERVERS = 200;
const MAX_PAGE = 100;
const TOKEN = /^after-(\d{1,15})-(.+)$/s;

/** The alias of a room and through which servers it can be joined. */
export async function resolveAlias(
  deps: Pick<ResidentDeps, 'directory' | 'registry' | 'identity'>,
  text: string,
): Promise<Outcome<{ roomId: RoomId; servers: readonly ServerName[] }>> {
  const alias = parseRoomAlias(text);
  if (alias === undefined) return refused({ type: 'invalid', detail: 'room_alias is no room alias.' });
  const { serverName } = deps.identity;
  const roomId = serverNameOfAlias(alias) === serverName ? await deps.directory.roomOfAlias(alias) : undefined;
  const graph = roomId === undefined ? undefined : await residentIn(deps, roomId);
  if (roomId === undefined || graph === undefined) return refused({ type: 'unknownAlias' });
  const bySize = [...graph.room.joinedServers()].sort((a, b) => b[1] - a[1]).map(([server]) => server);
  return granted({ roomId, servers: [...new Set([serverName, ...bySize])].slice(0, MAX_SERVERS) });
}

/** Largest rooms first. A page goes on after a room rather than at a number, since rooms come and go between pages. */
export async function publicRooms(
  deps: Pick<ResidentDeps, 'directory' | 'registry'>,
  input: PublicRoomsInput,
): Promise<Outcome<PublicRoomsPage>> {
  const after = input.since === undefined ? undefined : readToken(input.since);
  if (input.since !== undefined && after === undefined) {
    return refused({ type: 'invalid', detail: 'since is no token.' });
  }
  const listed: PublicSummary[] = [];
  for (const roomId of await deps.directory.publicRooms()) {
    const graph = await residentIn(deps, roomId);
    if (graph !== undefined) listed.push(publicSummary(graph.room));
  }
  const matching = listed.filter((summary) => matches(summary, input)).sort(compare);
  const rest = after === undefined ? matching : matching.filter((summary) => compare(after, summary) < 0);
  const chunk = rest.slice(0, Math.min(input.limit ?? MAX_PAGE, MAX_PAGE));
  const last = chunk.length < rest.length ? chunk.at(-1) : undefined;
  const nextBatch = last === undefined ? undefined : `after-${String(last.num_joined_members)}-${last.room_id}`;
  return granted({ chunk, nextBatch, total: matching.length });
}

type Place = Readonly<{ num_joined_members: number; room_id: string }>;

function compare(a: Place, b: Place): number {
  if (a.num_joined_members !== b.num_joined_members) return b.num_joined_members - a.num_joined_members;
  if (a.room_id === b.room_id) return 0;
  return a.room_id < b.room_id ? -1 : 1;
}

function readToken(text: string): Place | undefined {
  const [, members, roomId] = TOKEN.exec(text) ?? [];
  return roomId === undefined ? undefined : { num_joined_members: Number(members), room_id: roomId };
}

function matches(summary: PublicSummary, { searchTerm, roomTypes }: PublicRoomsInput): boolean {
  if (roomTypes?.includes(summary.room_type ?? null) === false) return false;
  if (searchTerm === undefined || searchTerm === '') return true;
  const wanted = searchTerm.toLowerCase();
  const texts = [summary.name, summary.topic, summary.canonical_alias];
  return texts.some((text) => text?.toLowerCase().includes(wanted));
}
