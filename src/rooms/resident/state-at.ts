/** The state before an event, with everything it rests on: `state`, `state_ids`, `event_auth`. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import { eventIdsOf } from '../../protocol/state-resolution/state-map.ts';
import type { KnownEvent } from '../graph/graph-events.ts';
import { sharedWith, type ResidentDeps, type RoomQuestion } from './access.ts';
import { authChainOf } from './auth-chain.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { servedTexts } from './served-events.ts';

export interface EventQuestion extends RoomQuestion {
  readonly eventId: EventId;
}

type Deps = Pick<ResidentDeps, 'registry'>;

interface StateAndChain {
  readonly state: ReadonlyMap<EventId, KnownEvent>;
  readonly authChain: ReadonlyMap<EventId, KnownEvent>;
}

/** Events as JSON text. */
export async function stateAt(
  deps: Deps,
  ask: EventQuestion,
): Promise<Outcome<{ state: readonly string[]; authChain: readonly string[] }>> {
  const found = await stateBefore(deps, ask);
  if (!found.ok) return found;
  const { state, authChain } = found.value;
  return granted({
    state: await servedTexts(state.values()),
    authChain: await servedTexts(authChain.values()),
  });
}

export async function stateIdsAt(
  deps: Deps,
  ask: EventQuestion,
): Promise<Outcome<{ state: readonly EventId[]; authChain: readonly EventId[] }>> {
  const found = await stateBefore(deps, ask);
  if (!found.ok) return found;
  return granted({ state: [...found.value.state.keys()], authChain: [...found.value.authChain.keys()] });
}

async function stateBefore(deps: Deps, ask: EventQuestion): Promise<Outcome<StateAndChain>> {
  const shared = await sharedWith(deps, ask);
  if (!shared.ok) return shared;
  const { events, states } = shared.value;
  const known = await events.get(ask.eventId);
  // Of events from before our time, and of those known for the sake of others, no state is known.
  if (known?.record.stateBefore === undefined || known.record.isRejected) return refused({ type: 'unknownEvent' });
  const state = await events.many(eventIdsOf(await states.idsOf(known.record.stateBefore)));
  const authChain = await authChainOf(
    events,
    [...state.values()].map((event) => event.pdu),
  );
  return granted({ state, authChain });
}

/** The event's auth chain as JSON text, without the event. */
export async function eventAuth(deps: Deps, ask: EventQuestion): Promise<Outcome<readonly string[]>> {
  const shared = await sharedWith(deps, ask);
  if (!shared.ok) return shared;
  const { events } = shared.value;
  const known = await events.get(ask.eventId);
  if (known === undefined || known.record.isRejected) return refused({ type: 'unknownEvent' });
  return granted(await servedTexts((await authChainOf(events, [known.pdu])).values()));
}
