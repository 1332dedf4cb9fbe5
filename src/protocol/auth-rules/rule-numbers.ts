/**
 * The numbers that the rules have in each room version's text (content/rooms, "Authorisation rules"). Versions insert
 * and drop rules, so a rule's number follows from which ones its version has.
 */
import type { AuthRules } from '../room-versions.ts';

/** Full numbers, such as `5.3`; the steps below these are the same in all versions. */
export interface RuleNumbers {
  readonly create: string;
  /** 12+: the room id names the create event. */
  readonly roomId: string;
  readonly authEvents: string;
  readonly federate: string;
  readonly aliases: string;
  readonly member: MemberRuleNumbers;
  readonly senderJoined: string;
  readonly thirdPartyInvite: string;
  readonly requiredLevel: string;
  readonly ownStateKey: string;
  readonly powerLevels: PowerLevelRuleNumbers;
  readonly redaction: string;
}

/** The steps of the rule for `m.room.member`. */
export interface MemberRuleNumbers {
  readonly fields: string;
  readonly authorisedVia: string;
  readonly join: string;
  /** Steps of `join` after the one for `invite`: `restricted` stands before `public` since v8. */
  readonly joinRestricted: string;
  readonly joinPublic: string;
  readonly joinOtherwise: string;
  readonly invite: string;
  readonly leave: string;
  readonly ban: string;
  readonly knock: string;
  readonly unknown: string;
}

/** The steps of the rule for `m.room.power_levels`. */
export interface PowerLevelRuleNumbers {
  readonly named: string;
  readonly entries: string;
  readonly users: string;
  readonly creators: string;
  readonly first: string;
  readonly namedChanges: string;
  readonly entriesRemoved: string;
  readonly entriesAdded: string;
  readonly usersRemoved: string;
  readonly usersAdded: string;
}

const known = new WeakMap<AuthRules, RuleNumbers>();

/** The numbers of a room version. */
export function ruleNumbers(rules: AuthRules): RuleNumbers {
  let numbers = known.get(rules);
  if (numbers === undefined) {
    numbers = numberRules(rules);
    known.set(rules, numbers);
  }
  return numbers;
}

/** Hands out the next number; rules that a version does not have take none, and are never asked for theirs. */
function counter(prefix = ''): (present?: boolean) => string {
  let last = 0;
  return (present = true) => {
    if (!present) return '';
    last += 1;
    return `${prefix}${String(last)}`;
  };
}

function numberRules(rules: AuthRules): RuleNumbers {
  const next = counter();
  const create = next();
  const roomId = next(rules.roomIdIsCreateHash);
  const authEvents = next();
  const federate = next();
  const aliases = next(rules.aliasesRule);
  const member = numberMemberRules(next(), rules);
  const senderJoined = next();
  const thirdPartyInvite = next();
  const requiredLevel = next();
  const ownStateKey = next();
  const powerLevels = numberPowerLevelRules(next(), rules);
  const redaction = next(rules.redactionRule);
  return {
    create,
    roomId,
    authEvents,
    federate,
    aliases,
    member,
    senderJoined,
    thirdPartyInvite,
    requiredLevel,
    ownStateKey,
    powerLevels,
    redaction,
  };
}

function numberMemberRules(rule: string, rules: AuthRules): MemberRuleNumbers {
  const next = counter(`${rule}.`);
  const fields = next();
  const authorisedVia = next(rules.restrictedJoins);
  const join = next();
  const nextOfJoin = counter(`${join}.`);
  for (let shared = 1; shared <= 4; shared += 1) nextOfJoin();
  return {
    fields,
    authorisedVia,
    join,
    joinRestricted: nextOfJoin(rules.restrictedJoins),
    joinPublic: nextOfJoin(),
    joinOtherwise: nextOfJoin(),
    invite: next(),
    leave: next(),
    ban: next(),
    knock: next(rules.knock),
    unknown: next(),
  };
}

function numberPowerLevelRules(rule: string, rules: AuthRules): PowerLevelRuleNumbers {
  const next = counter(`${rule}.`);
  return {
    named: next(rules.integerPowerLevels),
    entries: next(rules.integerPowerLevels),
    users: next(),
    creators: next(rules.privilegedCreators),
    first: next(),
    namedChanges: next(),
    entriesRemoved: next(),
    entriesAdded: next(),
    usersRemoved: next(),
    usersAdded: next(),
  };
}
