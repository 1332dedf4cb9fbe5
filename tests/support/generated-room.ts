/** Rooms with a forked history, drawn from a seed: some events in them break a rule, and are kept out of the states. */
import { checkAuth, checkAuthAgainstState } from '../../src/protocol/auth-rules/check-auth.ts';
import { selectAuthEvents } from '../../src/protocol/auth-rules/select-auth-events.ts';
import { encodeBase64 } from '../../src/protocol/base64.ts';
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import { contentHash } from '../../src/protocol/hashes.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../../src/protocol/room-versions.ts';
import { AuthChains, authEventIdsOf } from '../../src/protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../../src/protocol/state-resolution/resolve-state.ts';
import { stateEntry, StateMapBuilder, type StateMap } from '../../src/protocol/state-resolution/state-map.ts';
import type { Dice } from '../interop/support/dice.ts';
import { drawAction, type Draft } from './room-actions.ts';

const CREATOR = '@alice:one.example';
const USERS = [
  CREATOR,
  '@bob:one.example',
  '@carol:two.example',
  '@dave:two.example',
  '@erin:three.example',
  '@__proto__:three.example',
];

const NOBODY: JsonObject = {};

export class GeneratedRoom {
  readonly rules: RoomVersionRules;
  readonly users = USERS;
  /** All events, auth events before those that cite them; the create event is the first. */
  readonly events: Pdu[] = [];
  /** Those that every server would take into the room's history. */
  readonly accepted: Pdu[] = [];
  /** The state after each accepted event. */
  readonly statesAfter = new Map<EventId, StateMap>();
  readonly #dice: Dice;
  readonly #byId = new Map<EventId, Pdu>();
  readonly #chains: AuthChains;
  /** The latest event of each branch. */
  readonly #tips: Pdu[];
  readonly #mergeRate: number;

  constructor(dice: Dice, roomVersion: string, size: number) {
    const rules = roomVersionRules(roomVersion);
    if (rules === undefined) throw new Error(`no room version ${roomVersion}`);
    this.rules = rules;
    this.#dice = dice;
    this.#chains = new AuthChains(this.lookup);
    this.#begin();
    this.#mergeRate = dice.one([0, 0.05, 0.3]);
    this.#tips = Array.from({ length: 1 + dice.below(4) }, () => this.accepted.slice(-1)).flat();
    while (this.accepted.length < size && this.events.length < 3 * size) this.#step();
  }

  readonly lookup = (eventId: EventId): Pdu | undefined => this.#byId.get(eventId);

  /** What `checkAuth` is to be given for one of the events. */
  authEventsOf(pdu: Pdu): Pdu[] {
    return authEventIdsOf(pdu)
      .map(this.lookup)
      .filter((event) => event !== undefined);
  }

  /** Between two and four states that the room has had, more or less recent. */
  drawStates(): StateMap[] {
    const dice = this.#dice;
    const recent = this.accepted.slice(-Math.ceil(this.accepted.length / 3));
    const from = dice.one([recent, this.accepted, this.#tips, this.#tips, this.#tips]);
    const count = dice.one([2, 2, 2, 3, 4]);
    return Array.from({ length: count }, () => this.stateAfter(dice.one(from)));
  }

  /** States that no room has had: the create event, and any events for some keys. */
  drawWildStates(): StateMap[] {
    const create = this.accepted[0];
    return this.drawStates().map((base) => {
      const state = new StateMapBuilder().setAll(base);
      for (const pdu of this.accepted) {
        if (pdu.stateKey !== undefined && this.#dice.chance(0.1)) state.set(pdu.type, pdu.stateKey, pdu.eventId);
      }
      if (create !== undefined) state.set(create.type, '', create.eventId);
      return state.map;
    });
  }

  stateAfter(pdu: Pdu): StateMap {
    return this.statesAfter.get(pdu.eventId) ?? new Map();
  }

  #begin(): void {
    const dice = this.#dice;
    const federate = dice.chance(0.1) ? { 'm.federate': dice.one([false, true]) } : {};
    const creator = this.rules.auth.creator === 'content' ? { creator: CREATOR } : {};
    const additional =
      this.rules.auth.privilegedCreators && dice.chance(0.5) ? { additional_creators: [USERS[2] ?? ''] } : NOBODY;
    const first = { room_version: this.rules.version, ...federate, ...creator, ...additional };
    this.#add({ type: 'm.room.create', stateKey: '', sender: CREATOR, content: first });
    this.#add({ type: 'm.room.member', stateKey: CREATOR, sender: CREATOR, content: { membership: 'join' } });
    if (dice.chance(0.9)) {
      const [, bob = '', carol = ''] = USERS;
      const own = this.rules.auth.privilegedCreators ? {} : { [CREATOR]: 100 };
      const others = dice.one([{}, { [bob]: 50 }, additional === NOBODY ? { [bob]: 50, [carol]: 100 } : {}]);
      const content: JsonObject = { users: { ...own, ...others } };
      this.#add({ type: 'm.room.power_levels', stateKey: '', sender: CREATOR, content });
    }
    const joinRule = dice.one(['public', 'public', 'public', 'invite', 'knock', 'restricted', 'knock_restricted']);
    this.#add({ type: 'm.room.join_rules', stateKey: '', sender: CREATOR, content: { join_rule: joinRule } });
  }

  /** Another event on one of the branches, which now and then takes in another one or goes back to an old event. */
  #step(): void {
    const dice = this.#dice;
    const branch = dice.below(this.#tips.length);
    const tip = dice.chance(0.03) ? dice.one(this.accepted) : this.#tips[branch];
    const other = dice.chance(this.#mergeRate) ? dice.one(this.#tips) : undefined;
    const previous = [...new Set([tip, other].filter((pdu) => pdu !== undefined))];
    const added = this.#add(undefined, previous);
    if (added !== undefined) this.#tips[branch] = added;
  }

  /** The event, if it is accepted. */
  #add(given?: Draft, previous: readonly Pdu[] = this.accepted.slice(-1)): Pdu | undefined {
    const before = resolveState(
      this.rules,
      previous.map((pdu) => this.stateAfter(pdu)),
      this.lookup,
      { authChains: this.#chains },
    );
    const get = (type: string, stateKey: string) => {
      const eventId = stateEntry(before, type, stateKey);
      return eventId === undefined ? undefined : this.lookup(eventId);
    };
    const draft = given ?? drawAction(this.#dice, this.rules, this.users, get);
    const cited = selectAuthEvents(draft, this.rules).map((key) => get(key.type, key.stateKey));
    const pdu = this.#build(draft, previous, this.#spoil(cited.filter((event) => event !== undefined)));
    if (pdu === undefined || this.#byId.has(pdu.eventId)) return undefined;
    const allowed = checkAuth(pdu, this.authEventsOf(pdu)).allowed && checkAuthAgainstState(pdu, { get }).allowed;
    if (given === undefined && !allowed && this.#dice.chance(0.6)) return undefined;
    this.events.push(pdu);
    this.#byId.set(pdu.eventId, pdu);
    if (given === undefined && !allowed) return undefined;
    const after = new StateMapBuilder().setAll(before);
    if (pdu.stateKey !== undefined) after.set(pdu.type, pdu.stateKey, pdu.eventId);
    this.statesAfter.set(pdu.eventId, pdu.stateKey === undefined ? before : after.map);
    this.accepted.push(pdu);
    return pdu;
  }

  /** Now and then other auth events than the selection wants. */
  #spoil(cited: readonly Pdu[]): readonly Pdu[] {
    const dice = this.#dice;
    if (this.events.length < 6 || !dice.chance(0.06)) return cited;
    const left = cited.filter(() => dice.chance(0.8));
    return dice.chance(0.5) ? left : [...left, dice.one(this.accepted)];
  }

  #build(draft: Draft, previous: readonly Pdu[], cited: readonly Pdu[]): Pdu | undefined {
    const { rules } = this;
    const number = this.events.length;
    const reference = (pdu: Pdu) => (rules.eventReferences === 'pairs' ? [pdu.eventId, { sha256: 'AA' }] : pdu.eventId);
    const [create] = this.events;
    const raw: Record<string, JsonObject[string]> = {
      type: draft.type,
      sender: draft.sender,
      content: draft.content,
      depth: Math.max(0, ...previous.map((pdu) => pdu.depth)) + 1,
      origin_server_ts: 1_700_000_000_000 + Math.floor(number / 3) + this.#dice.below(4),
      prev_events: previous.map(reference),
      auth_events: cited.map(reference),
      signatures: {},
    };
    if (draft.stateKey !== undefined) raw['state_key'] = draft.stateKey;
    if (draft.redacts !== undefined) raw['redacts'] = draft.redacts;
    if (!rules.auth.roomIdIsCreateHash) raw['room_id'] = '!room:one.example';
    else if (create !== undefined) raw['room_id'] = `!${create.eventId.slice(1)}`;
    if (rules.eventIdFormat === 'opaque') {
      raw['event_id'] = `$${number}:${draft.sender.slice(draft.sender.indexOf(':') + 1)}`;
    }
    const parsed = parsePdu({ ...raw, hashes: { sha256: encodeBase64(contentHash(raw)) } }, rules);
    return parsed.ok ? parsed.pdu : undefined;
  }
}
