/** One generated room, asked about here and in Synapse. */
import { checkAuth, checkAuthAgainstState } from '../../../src/protocol/auth-rules/check-auth.ts';
import type { AuthVerdict } from '../../../src/protocol/auth-rules/verdict.ts';
import { StateEvents } from '../../../src/protocol/auth-rules/state-events.ts';
import { canonicalText } from '../../../src/protocol/canonical-json.ts';
import type { Pdu } from '../../../src/protocol/events.ts';
import { resolveState } from '../../../src/protocol/state-resolution/resolve-state.ts';
import { eventIdsOf, type StateMap } from '../../../src/protocol/state-resolution/state-map.ts';
import { GeneratedRoom } from '../../support/generated-room.ts';
import { Dice } from '../support/dice.ts';
import { isObject } from '../support/matrix-client.ts';
import type { PythonScript } from '../support/python.ts';

/** A room, and what to ask about it besides whether each event passes with its auth events. */
export interface Questions {
  readonly room: GeneratedRoom;
  /** Events to check against states that are not those at their place. */
  readonly against: readonly { pdu: Pdu; state: StateMap }[];
  readonly resolutions: readonly (readonly StateMap[])[];
}

export interface Comparison {
  readonly differences: string[];
  readonly verdicts: number;
  /** How often each rule rejected. */
  readonly rejections: ReadonlyMap<string, number>;
  readonly resolutions: number;
}

export function drawQuestions(seed: number, roomVersion: string, size: number): Questions {
  const dice = new Dice(seed);
  const room = new GeneratedRoom(dice, roomVersion, size);
  const against = Array.from({ length: Math.ceil(size / 2) }, () => ({
    pdu: dice.one(room.events),
    state: room.stateAfter(dice.one(room.accepted)),
  }));
  const resolutions = [room.drawStates(), room.drawStates(), room.drawStates(), room.drawWildStates()];
  return { room, against, resolutions };
}

/** What Synapse answers, in the order of the questions. Its verdicts are true, false, or the text of a failure. */
export interface SynapseAnswers {
  readonly auth: readonly unknown[];
  readonly against: readonly unknown[];
  /** `state` as sorted JSON texts of type, state key and event id. */
  readonly resolutions: readonly { state: readonly string[]; seconds: number; failure: string }[];
}

export async function askSynapse(questions: Questions, oracle: PythonScript): Promise<SynapseAnswers> {
  const answer = await oracle.askLine(lineOf(questions));
  const resolutions = list(answer['resolve']).map((item) => {
    const resolution = isObject(item) ? item : {};
    const { state, seconds, failure } = resolution;
    return {
      state: sorted(list(state)),
      seconds: Number(seconds ?? 0),
      failure: typeof failure === 'string' ? failure : '',
    };
  });
  return { auth: list(answer['auth']), against: list(answer['against']), resolutions };
}

/** Asks both, and describes each answer that differs. */
export async function compare(questions: Questions, oracle: PythonScript): Promise<Comparison> {
  const { room, against, resolutions } = questions;
  const theirs = await askSynapse(questions, oracle);
  const differences: string[] = [];
  const rejections = new Map<string, number>();
  const record = (what: string, pdu: Pdu, ours: AuthVerdict, their: unknown) => {
    if (!ours.allowed) rejections.set(ours.rule, (rejections.get(ours.rule) ?? 0) + 1);
    // A failure inside Synapse's function keeps the event out as well.
    if (ours.allowed === (their === true)) return;
    differences.push(`${what} ${JSON.stringify(ours)}, Synapse: ${String(their)}\n${canonicalText(pdu.raw)}`);
  };
  for (const [index, pdu] of room.events.entries()) {
    record(`auth of event ${index}`, pdu, checkAuth(pdu, room.authEventsOf(pdu)), theirs.auth[index]);
  }
  for (const [index, { pdu, state }] of against.entries()) {
    const found = [...eventIdsOf(state)].map(room.lookup).filter((event) => event !== undefined);
    const ours = checkAuthAgainstState(pdu, new StateEvents().setAll(found));
    record('against another state:', pdu, ours, theirs.against[index]);
  }
  for (const [index, states] of resolutions.entries()) {
    const ours = triplesOf(resolveState(room.rules, states, room.lookup));
    const their = theirs.resolutions[index];
    if (ours.join() === their?.state.join()) continue;
    differences.push(
      `resolution ${index}: ${ours.join()}\nSynapse: ${their?.failure ?? ''} ${their?.state.join() ?? ''}`,
    );
  }
  return { differences, verdicts: room.events.length + against.length, rejections, resolutions: resolutions.length };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function triplesOf(state: StateMap): readonly string[] {
  const triples: string[][] = [];
  for (const [type, ofType] of state) for (const [key, eventId] of ofType) triples.push([type, key, eventId]);
  return sorted(triples);
}

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

function lineOf({ room, against, resolutions }: Questions): string {
  const indexes = new Map(room.events.map((pdu, index) => [pdu.eventId, index]));
  const indexesOf = (state: StateMap) => Array.from(eventIdsOf(state), (eventId) => indexes.get(eventId) ?? -1);
  const questions = JSON.stringify({
    room_version: room.rules.version,
    auth: room.events.map((_, index) => index),
    against: against.map(({ pdu, state }) => [indexes.get(pdu.eventId) ?? -1, indexesOf(state)]),
    resolve: resolutions.map((states) => states.map(indexesOf)),
  });
  // Events may hold numbers that JSON.stringify does not know.
  return `{"events":[${room.events.map((pdu) => canonicalText(pdu.raw)).join()}],${questions.slice(1)}`;
}
