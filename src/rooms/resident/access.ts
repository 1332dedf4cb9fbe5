/** Who may ask about a room: servers that its ACL allows, and for most questions only those in it. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { DirectoryStore, GraphStore } from '../graph/ports.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import type { Identity } from '../identity.ts';
import type { EventVerifier } from '../ports.ts';
import type { RoomRegistry } from '../room-registry.ts';
import { granted, refused, type Outcome } from './outcome.ts';

export interface ResidentDeps {
  readonly identity: Identity;
  readonly registry: Pick<RoomRegistry, 'graphOf'>;
  readonly graph: Pick<GraphStore, 'roomsOf' | 'eventNear'>;
  readonly directory: DirectoryStore;
  readonly verifier: EventVerifier;
  readonly clock: Pick<Clock, 'now'>;
}

export interface RoomQuestion {
  /** The server that asks. */
  readonly origin: ServerName;
  readonly roomId: RoomId;
}

/** A room that we are in, for a server that its ACL allows (server-server API, "Server Access Control Lists"). */
export async function openedTo(deps: Pick<ResidentDeps, 'registry'>, ask: RoomQuestion): Promise<Outcome<RoomGraph>> {
  const graph = await residentIn(deps, ask.roomId);
  if (graph === undefined) return refused({ type: 'unknownRoom' });
  return graph.room.view().acl(ask.origin) ? granted(graph) : refused({ type: 'deniedByAcl' });
}

/** The same, for a server that is in the room. */
export async function sharedWith(deps: Pick<ResidentDeps, 'registry'>, ask: RoomQuestion): Promise<Outcome<RoomGraph>> {
  const opened = await openedTo(deps, ask);
  if (!opened.ok || isIn(opened.value, ask.origin)) return opened;
  return refused({ type: 'hostNotInRoom' });
}

export async function residentIn(
  { registry }: Pick<ResidentDeps, 'registry'>,
  roomId: RoomId,
): Promise<RoomGraph | undefined> {
  const graph = await registry.graphOf(roomId);
  return graph?.room.record.membership === 'joined' ? graph : undefined;
}

export function isIn(graph: RoomGraph, server: ServerName): boolean {
  return graph.room.joinedServers().has(server);
}
