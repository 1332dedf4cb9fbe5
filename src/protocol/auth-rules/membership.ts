/** The rule for `m.room.member`: rule 5 of versions 1–5 and 12, rule 4 of versions 6–11. */
import type { Pdu } from '../events.ts';
import { parseUserId, type UserId } from '../ids/user-id.ts';
import { own, ownString } from '../json.ts';
import { membershipOf, outranks, reaches, type AuthScene } from './auth-state.ts';
import { checkThirdPartyInvite } from './third-party-invite.ts';
import { ALLOWED, reject, type AuthVerdict } from './verdict.ts';

/** The whole rule; it allows or rejects every member event. */
export function checkMembership(scene: AuthScene): AuthVerdict {
  const { pdu } = scene;
  const rules = pdu.rules.auth;
  const numbers = scene.numbers.member;
  const membership = own(pdu.content, 'membership');
  // 1. If there is no state_key property, or no membership property in content, reject.
  if (pdu.stateKey === undefined) return reject(numbers.fields, 'a member event has a state_key');
  if (membership === undefined) return reject(numbers.fields, 'content has no membership');
  const target = parseUserId(pdu.stateKey);
  // @NOTE the text does not say it, but every implementation rejects these.
  if (target === undefined) return reject(numbers.fields, 'state_key is no user id');
  // 2. (since v8) If the event is not validly signed by the homeserver of join_authorised_via_users_server, reject.
  // The signature is checked on receipt, with the others; what names no user cannot have signed.
  if (rules.restrictedJoins && !namesAuthoriser(pdu)) {
    return reject(`${numbers.authorisedVia}.1`, 'join_authorised_via_users_server is no user id');
  }
  if (membership === 'join') return checkJoin(scene, target);
  if (membership === 'invite') return checkInvite(scene, target);
  if (membership === 'leave') return checkLeave(scene, target);
  if (membership === 'ban') return checkBan(scene, target);
  // Since v7: knock.
  if (rules.knock && membership === 'knock') return checkKnock(scene, target);
  // Otherwise, the membership is unknown. Reject.
  return reject(numbers.unknown, 'the membership is unknown');
}

/** @NOTE the text asks for the signature whatever the membership is; Synapse, as here, for joins alone. */
function namesAuthoriser(pdu: Pdu): boolean {
  if (own(pdu.content, 'membership') !== 'join') return true;
  if (own(pdu.content, 'join_authorised_via_users_server') === undefined) return true;
  return parseUserId(ownString(pdu.content, 'join_authorised_via_users_server') ?? '') !== undefined;
}

function checkJoin(scene: AuthScene, target: UserId): AuthVerdict {
  const { pdu, create } = scene;
  const rule = scene.numbers.member.join;
  // 1. If the only previous event is an m.room.create and the state_key is the creator, allow.
  const [onlyPrevious] = pdu.prevEvents;
  if (pdu.prevEvents.length === 1 && onlyPrevious === create.eventId && target === founderOf(create)) return ALLOWED;
  // 2. If the sender does not match state_key, reject.
  if (pdu.sender !== target) return reject(`${rule}.2`, 'nobody can join for another user');
  // 3. If the sender is banned, reject.
  const current = membershipOf(scene, target);
  if (current === 'ban') return reject(`${rule}.3`, 'the sender is banned');
  return checkJoinRule(scene, current);
}

/** The creator until v10, the create event's sender since v11; not the additional creators of v12. */
function founderOf(create: Pdu): string | undefined {
  return create.rules.auth.creator === 'content' ? ownString(create.content, 'creator') : create.sender;
}

/** @NOTE a room without join rules, or whose join rules name none, counts as one for the invited, as in Synapse. */
function joinRuleOf(scene: AuthScene): unknown {
  const joinRules = scene.state.get('m.room.join_rules', '');
  return (joinRules === undefined ? undefined : own(joinRules.content, 'join_rule')) ?? 'invite';
}

function checkJoinRule(scene: AuthScene, current: string | undefined): AuthVerdict {
  const numbers = scene.numbers.member;
  const rules = scene.pdu.rules.auth;
  const joinRule = joinRuleOf(scene);
  const isExpected = current === 'invite' || current === 'join';
  // 4. If the join_rule is invite or (since v7) knock then allow if membership state is invite or join.
  if (joinRule === 'invite' || (rules.knock && joinRule === 'knock')) {
    return isExpected ? ALLOWED : reject(`${numbers.join}.4`, 'the room is for those who are invited');
  }
  // 5. (since v8) If the join_rule is restricted or (since v10) knock_restricted: …
  const isRestricted =
    (rules.restrictedJoins && joinRule === 'restricted') || (rules.knockRestricted && joinRule === 'knock_restricted');
  if (isRestricted) {
    // … 5.1 If membership state is join or invite, allow.
    return isExpected ? ALLOWED : checkAuthoriser(scene);
  }
  // 5. (6. since v8) If the join_rule is public, allow.
  if (joinRule === 'public') return ALLOWED;
  // 6. (7. since v8) Otherwise, reject.
  return reject(numbers.joinOtherwise, 'the join rule is not one of this room version');
}

function checkAuthoriser(scene: AuthScene): AuthVerdict {
  const rule = scene.numbers.member.joinRestricted;
  // 5.2 If join_authorised_via_users_server is not a user with sufficient permission to invite other users or is not a
  // joined member of the room, reject.
  const authoriser = parseUserId(ownString(scene.pdu.content, 'join_authorised_via_users_server') ?? '');
  if (authoriser === undefined) return reject(`${rule}.2`, 'the join names no authorising user');
  if (membershipOf(scene, authoriser) !== 'join') return reject(`${rule}.2`, 'the authorising user is not joined');
  if (!reaches(scene, authoriser, 'invite')) return reject(`${rule}.2`, 'the authorising user may not invite');
  // 5.3 Otherwise, allow.
  return ALLOWED;
}

function checkInvite(scene: AuthScene, target: UserId): AuthVerdict {
  const { pdu } = scene;
  const rule = scene.numbers.member.invite;
  // 1. If content has a third_party_invite property: …
  if (own(pdu.content, 'third_party_invite') !== undefined) return checkThirdPartyInvite(scene, `${rule}.1`, target);
  // 2. If the sender's current membership state is not join, reject.
  if (membershipOf(scene, pdu.sender) !== 'join') return reject(`${rule}.2`, 'the sender is not joined');
  // 3. If target user's current membership state is join or ban, reject.
  const current = membershipOf(scene, target);
  if (current === 'join' || current === 'ban') return reject(`${rule}.3`, 'the invited user is joined or banned');
  // 4. If the sender's power level is greater than or equal to the invite level, allow.
  if (reaches(scene, pdu.sender, 'invite')) return ALLOWED;
  // 5. Otherwise, reject.
  return reject(`${rule}.5`, "the sender's level is below the invite level");
}

function checkLeave(scene: AuthScene, target: UserId): AuthVerdict {
  const { pdu } = scene;
  const rule = scene.numbers.member.leave;
  const current = membershipOf(scene, target);
  // 1. If the sender matches state_key, allow if and only if that user's current membership state is invite, join, or
  // (since v7) knock.
  if (pdu.sender === target) {
    const mayLeave = current === 'invite' || current === 'join' || (pdu.rules.auth.knock && current === 'knock');
    return mayLeave ? ALLOWED : reject(`${rule}.1`, 'the sender is neither joined nor invited');
  }
  // 2. If the sender's current membership state is not join, reject.
  if (membershipOf(scene, pdu.sender) !== 'join') return reject(`${rule}.2`, 'the sender is not joined');
  // 3. If the target user's current membership state is ban, and the sender's power level is less than the ban level,
  // reject.
  if (current === 'ban' && !reaches(scene, pdu.sender, 'ban')) {
    return reject(`${rule}.3`, "the sender's level is below the ban level");
  }
  // 4. If the sender's power level is greater than or equal to the kick level, and the target user's power level is
  // less than the sender's power level, allow.
  if (reaches(scene, pdu.sender, 'kick') && outranks(scene, pdu.sender, target)) return ALLOWED;
  // 5. Otherwise, reject.
  return reject(`${rule}.5`, "the sender's level does not suffice to remove this user");
}

function checkBan(scene: AuthScene, target: UserId): AuthVerdict {
  const { pdu } = scene;
  const rule = scene.numbers.member.ban;
  // 1. If the sender's current membership state is not join, reject.
  if (membershipOf(scene, pdu.sender) !== 'join') return reject(`${rule}.1`, 'the sender is not joined');
  // 2. If the sender's power level is greater than or equal to the ban level, and the target user's power level is less
  // than the sender's power level, allow.
  if (reaches(scene, pdu.sender, 'ban') && outranks(scene, pdu.sender, target)) return ALLOWED;
  // 3. Otherwise, reject.
  return reject(`${rule}.3`, "the sender's level does not suffice to ban this user");
}

function checkKnock(scene: AuthScene, target: UserId): AuthVerdict {
  const { pdu } = scene;
  const rule = scene.numbers.member.knock;
  const joinRule = joinRuleOf(scene);
  // 1. If the join_rule is anything other than knock or (since v10) knock_restricted, reject.
  if (joinRule !== 'knock' && !(pdu.rules.auth.knockRestricted && joinRule === 'knock_restricted')) {
    return reject(`${rule}.1`, 'the room takes no knocks');
  }
  // 2. If sender does not match state_key, reject.
  if (pdu.sender !== target) return reject(`${rule}.2`, 'nobody can knock for another user');
  // 3. If the sender's current membership is not ban, invite, or join, allow.
  const current = membershipOf(scene, target);
  if (current !== 'ban' && current !== 'invite' && current !== 'join') return ALLOWED;
  // 4. Otherwise, reject.
  return reject(`${rule}.4`, 'the sender is banned, invited or joined');
}
