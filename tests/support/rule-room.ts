/** A small room whose state a test sets as it likes, to check single events against it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAuthAgainstState } from '../../src/protocol/auth-rules/check-auth.ts';
import { StateEvents } from '../../src/protocol/auth-rules/state-events.ts';
import type { AuthVerdict } from '../../src/protocol/auth-rules/verdict.ts';
import { parsePdu, type Pdu } from '../../src/protocol/events.ts';
import { parseEventId } from '../../src/protocol/ids/event-id.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { knownRoomVersions, roomVersionRules, type RoomVersionRules } from '../../src/protocol/room-versions.ts';

export const ALICE = '@alice:one.example';
export const MOD = '@mod:one.example';
export const BOB = '@bob:two.example';
export const CAROL = '@carol:two.example';

export interface EventDraft {
  readonly type: string;
  /** Left out for events that are no state. */
  readonly stateKey?: string;
  readonly sender: string;
  readonly content: JsonObject;
  readonly prevEvents?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly roomId?: string;
  readonly eventId?: string;
  readonly redacts?: string;
}

/** Alice made it, and has a level of 100; a moderator of 50 and Bob are in it; it is public. */
export class RuleRoom {
  readonly rules: RoomVersionRules;
  readonly state = new StateEvents();
  readonly create: Pdu;
  #count = 0;

  constructor(version: string, createContent: JsonObject = {}) {
    const rules = roomVersionRules(version);
    if (rules === undefined) throw new Error(`no room version ${version}`);
    this.rules = rules;
    const creator = rules.auth.creator === 'content' ? { creator: ALICE } : {};
    this.create = this.set('m.room.create', '', ALICE, { ...creator, ...createContent });
    for (const user of [ALICE, MOD, BOB]) this.member(user, 'join');
    this.levels({});
    this.joinRule('public');
  }

  event(draft: EventDraft): Pdu {
    const { rules } = this;
    this.#count += 1;
    const eventId = parseEventId(draft.eventId ?? `$${this.#count}:one.example`);
    const reference = (id: string) => (rules.eventReferences === 'pairs' ? [id, { sha256: 'AA' }] : id);
    const isHashRoom = rules.auth.roomIdIsCreateHash;
    const roomId = isHashRoom ? (draft.type === 'm.room.create' ? undefined : this.create.roomId) : '!room:one.example';
    const named = draft.roomId ?? roomId;
    const raw: JsonObject = {
      type: draft.type,
      sender: draft.sender,
      content: draft.content,
      depth: this.#count,
      origin_server_ts: this.#count,
      prev_events: (draft.prevEvents ?? ['$before:one.example']).map(reference),
      auth_events: (draft.authEvents ?? []).map(reference),
      hashes: {},
      signatures: {},
      ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
      ...(named === undefined ? {} : { room_id: named }),
      ...(draft.redacts === undefined ? {} : { redacts: draft.redacts }),
      ...(rules.eventIdFormat === 'opaque' ? { event_id: String(eventId) } : {}),
    };
    const parsed = parsePdu(raw, rules, eventId);
    if (!parsed.ok) throw new Error(parsed.reason.detail);
    return parsed.pdu;
  }

  set(type: string, stateKey: string, sender: string, content: JsonObject): Pdu {
    const prevEvents = type === 'm.room.create' ? { prevEvents: [] } : {};
    const pdu = this.event({ type, stateKey, sender, content, ...prevEvents });
    this.state.set(pdu);
    return pdu;
  }

  member(user: string, membership: string): Pdu {
    return this.set('m.room.member', user, user, { membership });
  }

  joinRule(join_rule: string): Pdu {
    return this.set('m.room.join_rules', '', ALICE, { join_rule });
  }

  /** Alice's level is that of a creator where she must not be given one. */
  levels(content: JsonObject, users: JsonObject = {}): Pdu {
    return this.set('m.room.power_levels', '', ALICE, {
      users: { ...this.ownLevel(), [MOD]: 50, ...users },
      ...content,
    });
  }

  ownLevel(): JsonObject {
    return this.rules.auth.privilegedCreators ? {} : { [ALICE]: 100 };
  }
}

/** Draws up an event in a room, or gives the verdict on it. */
type RuleCase = (room: RuleRoom) => EventDraft | AuthVerdict;

/** The rule that rejects, or `allowed`, by range of versions such as `1-5`; versions in no range are not checked. */
type Expected = Readonly<Record<string, string>>;

/** Runs a case in every room version that something is expected of. */
export function ruleCase(name: string, expected: Expected, run: RuleCase, createContent?: JsonObject): void {
  test(name, () => {
    for (const version of knownRoomVersions()) {
      const rule = expectedFor(Number(version), expected);
      if (rule === undefined) continue;
      const room = new RuleRoom(version, createContent);
      const result = run(room);
      const verdict = 'allowed' in result ? result : checkAuthAgainstState(room.event(result), room.state);
      assert.equal(verdict.allowed ? 'allowed' : verdict.rule, rule, `version ${version}: ${JSON.stringify(verdict)}`);
    }
  });
}

function expectedFor(version: number, expected: Expected): string | undefined {
  for (const [range, rule] of Object.entries(expected)) {
    const [from = 0, to = from] = range.split('-').map(Number);
    if (version >= from && version <= to) return rule;
  }
  return undefined;
}
