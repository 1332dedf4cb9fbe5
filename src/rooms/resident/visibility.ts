/**
 * History visibility towards other servers (client-server API, "Room History Visibility"): a server sees what any of its
 * users may see.
 * @NOTE the text speaks of users alone; as in Synapse, `shared` shows a server in the room everything.
 */
import type { Pdu } from '../../protocol/events.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { ownString } from '../../protocol/json.ts';
import type { KnownEvent } from '../graph/graph-events.ts';
import type { StateId } from '../graph/ports.ts';
import type { RoomGraph } from '../graph/room-graph.ts';

/** Memberships that one request may cost; what is not found by then is not seen. */
const MAX_LOOKUPS = 5_000;

/** For one server and one request: what was found out about a state counts for all events at that state. */
export class ServerVisibility {
  readonly #graph: RoomGraph;
  readonly #server: ServerName;
  readonly #atStates = new Map<StateId, Promise<boolean>>();
  #users: readonly string[] | undefined;
  #lookups = MAX_LOOKUPS;

  constructor(graph: RoomGraph, server: ServerName) {
    this.#graph = graph;
    this.#server = server;
  }

  async sees({ pdu, record }: KnownEvent): Promise<boolean> {
    // Whoever is in the room gets its current state anyway.
    if (pdu.stateKey !== undefined && this.#isCurrent(pdu)) return true;
    if (record.stateAfter === undefined || record.stateBefore === undefined) {
      return record.status === 'outlier' ? pdu.stateKey !== undefined : await this.#sawBeforeOurTime(pdu);
    }
    if (await this.#seesAt(record.stateAfter)) return true;
    // What changes who sees is seen by those who saw until then.
    const changesSight = pdu.type === 'm.room.history_visibility' || pdu.type === 'm.room.member';
    return changesSight && (await this.#seesAt(record.stateBefore));
  }

  #isCurrent(pdu: Pdu): boolean {
    return this.#graph.room.currentOf(pdu.type, pdu.stateKey ?? '')?.eventId === pdu.eventId;
  }

  async #seesAt(state: StateId): Promise<boolean> {
    const known = this.#atStates.get(state) ?? this.#look(state);
    this.#atStates.set(state, known);
    return await known;
  }

  async #look(state: StateId): Promise<boolean> {
    const { states } = this.#graph;
    const visibility = visibilityOf((await states.event(state, 'm.room.history_visibility', ''))?.pdu);
    if (visibility === 'world_readable' || visibility === 'shared') return true;
    for (const userId of this.#usersOfServer()) {
      if (this.#lookups <= 0) return false;
      this.#lookups -= 1;
      const member = (await states.event(state, 'm.room.member', userId))?.pdu;
      if (suffices(member === undefined ? undefined : ownString(member.content, 'membership'), visibility)) return true;
    }
    return false;
  }

  /**
   * No state is kept of the time before we joined: what of the current state is older than the event stands in for it.
   */
  async #sawBeforeOurTime(pdu: Pdu): Promise<boolean> {
    const { room } = this.#graph;
    const setting = room.stateEvent('m.room.history_visibility', '');
    if (setting !== undefined && setting.depth >= pdu.depth) return false;
    const visibility = visibilityOf(setting);
    if (visibility === 'world_readable' || visibility === 'shared') return true;
    return room.membersOf(this.#server).some(({ membership, depth }) => {
      return depth < pdu.depth && suffices(membership, visibility);
    });
  }

  /** Those who are joined first: they most likely were. */
  #usersOfServer(): readonly string[] {
    this.#users ??= this.#graph.room
      .membersOf(this.#server)
      .toSorted((a, b) => Number(b.membership === 'join') - Number(a.membership === 'join'))
      .map(({ userId }) => userId);
    return this.#users;
  }
}

function suffices(membership: string | undefined, visibility: string): boolean {
  return membership === 'join' || (membership === 'invite' && visibility === 'invited');
}

/** Without a setting, or with one that is not known, a room is `shared`. */
export function visibilityOf(setting: Pdu | undefined): 'world_readable' | 'shared' | 'invited' | 'joined' {
  const value = setting === undefined ? undefined : ownString(setting.content, 'history_visibility');
  return value === 'world_readable' || value === 'invited' || value === 'joined' ? value : 'shared';
}
