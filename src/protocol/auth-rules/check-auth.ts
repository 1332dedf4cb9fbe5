/**
 * The authorisation rules of room versions 1–12 (content/rooms/v1.md … v12.md, "Authorisation rules"), with the numbers
 * that they have there. Signatures and hashes are checked elsewhere (`../signing.ts`, `../hashes.ts`).
 */
import { isState, type Pdu } from '../events.ts';
import { parseOpaqueEventId, type EventId } from '../ids/event-id.ts';
import { createEventIdOf } from '../ids/room-id.ts';
import { serverNameOf } from '../ids/user-id.ts';
import { own, ownString } from '../json.ts';
import { levelToSend, userLevel } from '../power-levels.ts';
import { reaches, membershipOf, sceneOf, type AuthScene, type AuthState } from './auth-state.ts';
import { checkCreate } from './create.ts';
import { checkMembership } from './membership.ts';
import { checkPowerLevels } from './power-levels.ts';
import { ruleNumbers } from './rule-numbers.ts';
import { selectAuthEvents } from './select-auth-events.ts';
import { FewStateEvents } from './state-events.ts';
import { ALLOWED, reject, type AuthRejection, type AuthVerdict } from './verdict.ts';

/** What the rules about `auth_events` need to know of them besides their content. */
export interface AuthContext {
  /** Events that were themselves rejected on receipt. None, if left out. */
  readonly isRejected?: (eventId: EventId) => boolean;
}

/**
 * All rules (check 4 on receipt of a PDU). `authEvents` are the events that the PDU cites, all of them; from version 12
 * on, whose events do not cite it, the room's create event besides.
 */
export function checkAuth(pdu: Pdu, authEvents: readonly Pdu[], context: AuthContext = {}): AuthVerdict {
  if (pdu.type === 'm.room.create') return checkCreate(pdu);
  const isRejected = context.isRejected ?? (() => false);
  let given = authEvents;
  if (pdu.rules.auth.roomIdIsCreateHash) {
    // 2. (since v12) If the room_id is not the id of an accepted m.room.create event, with the sigil !, reject.
    const createId = createEventIdOf(pdu.roomId);
    const create = given.find(({ eventId }) => eventId === createId);
    if (create?.type !== 'm.room.create' || isRejected(createId)) {
      return reject(ruleNumbers(pdu.rules.auth).roomId, 'room_id is not that of an accepted create event');
    }
    if (!pdu.authEvents.includes(createId)) given = given.filter(({ eventId }) => eventId !== createId);
  }
  return checkAuthEvents(pdu, given, isRejected) ?? checkAuthAgainstState(pdu, new FewStateEvents(authEvents));
}

/** Rule 2 (3 in version 12): considering the event's `auth_events`. */
function checkAuthEvents(
  pdu: Pdu,
  given: readonly Pdu[],
  isRejected: (eventId: EventId) => boolean,
): AuthRejection | undefined {
  const rule = ruleNumbers(pdu.rules.auth).authEvents;
  const unknown = pdu.authEvents.find((eventId) => !given.some((event) => event.eventId === eventId));
  // The text takes it for granted that all of them are at hand; what is not at hand cannot authorise anything.
  if (unknown !== undefined) return reject(rule, `the auth event ${unknown} is not known`);
  const repeated = new Set(pdu.authEvents).size < pdu.authEvents.length;
  const expected = selectAuthEvents(pdu, pdu.rules);
  for (const [index, event] of given.entries()) {
    // 1. If there are duplicate entries for a given type and state_key pair, reject.
    if (
      repeated ||
      (event.stateKey !== undefined && given.slice(0, index).some((other) => isSameEntry(other, event)))
    ) {
      return reject(`${rule}.1`, 'auth_events holds two events of one type and state_key');
    }
    // 2. If there are entries whose type and state_key don't match those specified by the selection, reject.
    if (!expected.some((key) => key.type === event.type && key.stateKey === event.stateKey)) {
      return reject(`${rule}.2`, `a ${event.type} event does not belong into auth_events`);
    }
    // 3. If there are entries which were themselves rejected, reject.
    if (isRejected(event.eventId)) return reject(`${rule}.3`, `the auth event ${event.eventId} was rejected`);
  }
  // 4. (until v11) If there is no m.room.create event among the entries, reject.
  if (!pdu.rules.auth.roomIdIsCreateHash && !given.some((event) => isState(event, 'm.room.create', ''))) {
    return reject(`${rule}.4`, 'auth_events holds no create event');
  }
  // 5. If any event in auth_events has a room_id which does not match that of the event, reject.
  for (const event of given) {
    if (event.roomId !== pdu.roomId) return reject(`${rule}.5`, `the auth event ${event.eventId} is of another room`);
  }
  return undefined;
}

function isSameEntry(a: Pdu, b: Pdu): boolean {
  return a.stateKey === b.stateKey && a.type === b.type && a.eventId !== b.eventId;
}

/**
 * The rules that depend on the room's state: from the one for `m.federate` on (checks 5 and 6 on receipt of a PDU, and
 * state resolution). The rule for create events depends on none, so that these are allowed here.
 */
export function checkAuthAgainstState(pdu: Pdu, state: AuthState): AuthVerdict {
  if (pdu.type === 'm.room.create') return ALLOWED;
  const create = state.get('m.room.create', '');
  if (create === undefined) return reject(ruleNumbers(pdu.rules.auth).federate, 'the room has no create event');
  const scene = sceneOf(pdu, state, create);
  const { numbers } = scene;
  // If m.federate is false in the create event, and the sender's domain is not that of the create event's sender, reject.
  // @NOTE what is no boolean counts as false, as in Synapse; Synapse also rejects members of other servers whom a local
  // user would invite or ban, where the text looks at the sender alone.
  if (!isFederated(create) && serverNameOf(pdu.sender) !== serverNameOf(create.sender)) {
    return reject(numbers.federate, 'the room is closed to other servers');
  }
  // Until v5: m.room.aliases.
  if (pdu.rules.auth.aliasesRule && pdu.type === 'm.room.aliases') return checkAliases(scene);
  if (pdu.type === 'm.room.member') return checkMembership(scene);
  return checkOtherEvent(scene);
}

function isFederated(create: Pdu): boolean {
  return (own(create.content, 'm.federate') ?? own(create.content, 'm.federate') === undefined) === true;
}

function checkAliases({ pdu, numbers }: AuthScene): AuthVerdict {
  // 1. If event has no state_key, reject.
  if (pdu.stateKey === undefined) return reject(`${numbers.aliases}.1`, 'aliases are state');
  // 2. If sender's domain doesn't match state_key, reject.
  if (serverNameOf(pdu.sender) !== pdu.stateKey) {
    return reject(`${numbers.aliases}.2`, "the aliases are not those of the sender's server");
  }
  // 3. Otherwise, allow.
  return ALLOWED;
}

function checkOtherEvent(scene: AuthScene): AuthVerdict {
  const { pdu, numbers, levels } = scene;
  // If the sender's current membership state is not join, reject.
  if (membershipOf(scene, pdu.sender) !== 'join') return reject(numbers.senderJoined, 'the sender is not joined');
  // If type is m.room.third_party_invite: allow if and only if the sender's level reaches the invite level.
  if (pdu.type === 'm.room.third_party_invite') {
    if (reaches(scene, pdu.sender, 'invite')) return ALLOWED;
    return reject(`${numbers.thirdPartyInvite}.1`, "the sender's level is below the invite level");
  }
  // If the event type's required power level is greater than the sender's power level, reject.
  if (!(levelToSend(levels, pdu.type, pdu.stateKey !== undefined) <= userLevel(levels, pdu.sender))) {
    return reject(numbers.requiredLevel, `the sender's level does not suffice for ${pdu.type}`);
  }
  // If the event has a state_key that starts with an @ and does not match the sender, reject.
  if (pdu.stateKey?.startsWith('@') === true && pdu.stateKey !== pdu.sender) {
    return reject(numbers.ownStateKey, 'the state_key is that of another user');
  }
  if (pdu.type === 'm.room.power_levels') return checkPowerLevels(scene);
  // Until v2: m.room.redaction.
  if (pdu.rules.auth.redactionRule && pdu.type === 'm.room.redaction') return checkRedaction(scene);
  // Otherwise, allow.
  return ALLOWED;
}

function checkRedaction(scene: AuthScene): AuthVerdict {
  const { pdu, numbers } = scene;
  // 1. If the sender's power level is greater than or equal to the redact level, allow.
  if (reaches(scene, pdu.sender, 'redact')) return ALLOWED;
  // 2. If the domain of the event_id of the event being redacted is that of the event_id of the redaction, allow.
  // @NOTE Synapse allows redactions that name no event; they have no such domain.
  const redacted = parseOpaqueEventId(ownString(pdu.raw, 'redacts') ?? '')?.serverName;
  if (redacted !== undefined && redacted === parseOpaqueEventId(pdu.eventId)?.serverName) return ALLOWED;
  // 3. Otherwise, reject.
  return reject(`${numbers.redaction}.3`, "the event to redact is not of the sender's server");
}
