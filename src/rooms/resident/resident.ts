/** What other servers may ask of the rooms that we are in: one function for each endpoint, with what it needs bound to it. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { ResidentDeps, RoomQuestion } from './access.ts';
import {
  backfill,
  eventById,
  eventNear,
  missingEvents,
  type BackfillInput,
  type MissingEventsInput,
} from './history.ts';
import { makeJoin, makeKnock, makeLeave, type EventTemplate, type MakeMembershipInput } from './make-membership.ts';
import type { Outcome } from './outcome.ts';
import { publicRooms, resolveAlias, type PublicRoomsInput, type PublicRoomsPage } from './public-rooms.ts';
import { sendJoin, type JoinAnswer, type SendJoinInput } from './send-join.ts';
import { sendKnock, sendLeave } from './send-leave-and-knock.ts';
import { spaceHierarchy, type SpaceHierarchy } from './space-hierarchy.ts';
import { eventAuth, stateAt, stateIdsAt, type EventQuestion } from './state-at.ts';
import type { SendMembershipInput } from './take-membership.ts';
import { takeTurns } from './turns.ts';

/** Events are JSON text. */
export interface Resident {
  readonly makeJoin: (input: MakeMembershipInput) => Promise<Outcome<EventTemplate>>;
  readonly makeLeave: (input: MakeMembershipInput) => Promise<Outcome<EventTemplate>>;
  readonly makeKnock: (input: MakeMembershipInput) => Promise<Outcome<EventTemplate>>;
  readonly sendJoin: (input: SendJoinInput) => Promise<Outcome<JoinAnswer>>;
  readonly sendLeave: (input: SendMembershipInput) => Promise<Outcome<undefined>>;
  readonly sendKnock: (input: SendMembershipInput) => Promise<Outcome<readonly string[]>>;
  readonly stateAt: (ask: EventQuestion) => Promise<Outcome<StateAnswer<string>>>;
  readonly stateIdsAt: (ask: EventQuestion) => Promise<Outcome<StateAnswer<EventId>>>;
  readonly eventAuth: (ask: EventQuestion) => Promise<Outcome<readonly string[]>>;
  readonly eventById: (ask: { origin: ServerName; eventId: EventId }) => Promise<Outcome<string>>;
  readonly backfill: (ask: BackfillInput) => Promise<Outcome<readonly string[]>>;
  readonly missingEvents: (ask: MissingEventsInput) => Promise<Outcome<readonly string[]>>;
  readonly eventNear: (
    ask: RoomQuestion & { timestamp: number; direction: 'f' | 'b' },
  ) => Promise<Outcome<{ eventId: EventId; originServerTs: number }>>;
  readonly resolveAlias: (alias: string) => Promise<Outcome<{ roomId: RoomId; servers: readonly ServerName[] }>>;
  readonly publicRooms: (input: PublicRoomsInput) => Promise<Outcome<PublicRoomsPage>>;
  readonly spaceHierarchy: (ask: RoomQuestion & { suggestedOnly: boolean }) => Promise<Outcome<SpaceHierarchy>>;
}

export interface StateAnswer<T> {
  readonly state: readonly T[];
  readonly authChain: readonly T[];
}

/** Whole states that are in memory at once: that of a large room is tens of megabytes. */
const WHOLE_STATES = 4;

export function createResident(deps: ResidentDeps): Resident {
  const inTurn = takeTurns(WHOLE_STATES);
  return {
    makeJoin: (input) => makeJoin(deps, input),
    makeLeave: (input) => makeLeave(deps, input),
    makeKnock: (input) => makeKnock(deps, input),
    sendJoin: (input) => sendJoin(deps, input, inTurn),
    sendLeave: (input) => sendLeave(deps, input),
    sendKnock: (input) => sendKnock(deps, input),
    stateAt: (ask) => inTurn(() => stateAt(deps, ask)),
    stateIdsAt: (ask) => inTurn(() => stateIdsAt(deps, ask)),
    eventAuth: (ask) => inTurn(() => eventAuth(deps, ask)),
    eventById: (ask) => eventById(deps, ask),
    backfill: (ask) => backfill(deps, ask),
    missingEvents: (ask) => missingEvents(deps, ask),
    eventNear: (ask) => eventNear(deps, ask),
    resolveAlias: (alias) => resolveAlias(deps, alias),
    publicRooms: (input) => publicRooms(deps, input),
    spaceHierarchy: (ask) => spaceHierarchy(deps, ask),
  };
}
