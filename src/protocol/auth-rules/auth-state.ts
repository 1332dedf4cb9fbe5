/** The part of a room's state that the authorisation rules look at. */
import type { Pdu } from '../events.ts';
import type { UserId } from '../ids/user-id.ts';
import { ownString } from '../json.ts';
import { namedLevel, roomCreators, userLevel, type NamedLevel, type PowerLevels } from '../power-levels.ts';
import { ruleNumbers, type RuleNumbers } from './rule-numbers.ts';

/** A room state to check against; `undefined` where the room has no such state event. */
export interface AuthState {
  get(type: string, stateKey: string): Pdu | undefined;
}

/** An event beside the state that it is checked against. */
export interface AuthScene {
  readonly pdu: Pdu;
  readonly state: AuthState;
  readonly create: Pdu;
  readonly levels: PowerLevels;
  readonly numbers: RuleNumbers;
}

const creatorsOf = new WeakMap<Pdu, ReadonlySet<string>>();

/** Gathers what most rules need; the room must have a create event. */
export function sceneOf(pdu: Pdu, state: AuthState, create: Pdu): AuthScene {
  const rules = pdu.rules.auth;
  let creators = creatorsOf.get(create);
  if (creators === undefined) {
    creators = roomCreators(create, rules);
    creatorsOf.set(create, creators);
  }
  const content = state.get('m.room.power_levels', '')?.content;
  return { pdu, state, create, levels: { content, creators, rules }, numbers: ruleNumbers(rules) };
}

/** The `membership` of a user's member event as it is written; `undefined` where there is none. */
export function membershipOf(scene: AuthScene, userId: string): string | undefined {
  const member = scene.state.get('m.room.member', userId);
  return member === undefined ? undefined : ownString(member.content, 'membership');
}

/**
 * Whether a user's level reaches a named one. Levels that cannot be read are not a number: no comparison with them is
 * true, so that every rule that asks for a level rejects.
 */
export function reaches(scene: AuthScene, userId: UserId, name: NamedLevel): boolean {
  return userLevel(scene.levels, userId) >= namedLevel(scene.levels, name);
}

/** Whether the first user's level is greater than the second's. */
export function outranks(scene: AuthScene, userId: UserId, otherId: UserId): boolean {
  return userLevel(scene.levels, userId) > userLevel(scene.levels, otherId);
}
