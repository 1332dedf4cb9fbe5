/** `send_leave` and `send_knock` (data/api/server-server/leaving-v2.yaml, knocks.yaml). */
import { granted, type Outcome } from './outcome.ts';
import { servedTexts } from './served-events.ts';
import { takeMembership, type SendDeps, type SendMembershipInput } from './take-membership.ts';

/** What tells those outside what a room is (client-server API, "Stripped state"). */
const STRIPPED_STATE = [
  'm.room.create',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.encryption',
];

export async function sendLeave(deps: SendDeps, input: SendMembershipInput): Promise<Outcome<undefined>> {
  const taken = await takeMembership(deps, input, 'leave');
  return taken.ok ? granted(undefined) : taken;
}

/** The room's stripped state as full events (since v1.16), in JSON. */
export async function sendKnock(deps: SendDeps, input: SendMembershipInput): Promise<Outcome<readonly string[]>> {
  const taken = await takeMembership(deps, input, 'knock');
  if (!taken.ok) return taken;
  const { graph } = taken.value;
  const ids = STRIPPED_STATE.flatMap((type) => graph.room.stateEvent(type, '')?.eventId ?? []);
  return granted(await servedTexts((await graph.events.many(ids)).values()));
}
