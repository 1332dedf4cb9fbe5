/** Events and facts for tests of the policy alone. */
import type { Facts, PlainFacts } from '../../src/policy/facts.ts';
import type {
  Check,
  CheckResult,
  CompileContext,
  DefinedFilter,
  ExampleEvent,
} from '../../src/policy/filters/filter.ts';
import { EventReading } from '../../src/policy/reading/event-reading.ts';
import type { Answers, QuestionType } from '../../src/policy/answers.ts';
import type { Pdu } from '../../src/protocol/events.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/protocol/json.ts';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import { keyIdOf, serverNamed, testKey } from './federation-fakes.ts';
import { RoomBuilder, userIdOf, type Draft, type Signer } from './room-builder.ts';

export const SIGNER: Signer = { serverName: serverNamed('home.test'), key: testKey() };

const room = new RoomBuilder('11', SIGNER);

/** An event of version 11 in a room of its own. */
export function eventOf(draft: Draft): Pdu {
  return room.parse(room.make(draft));
}

export function messageOf(content: JsonObject): Pdu {
  return eventOf({ type: 'm.room.message', content: { msgtype: 'm.text', ...content } });
}

const NOON = Date.UTC(2026, 0, 1, 12);

/** A joined user without power at noon of the first day of 2026, of whom nothing else is known but these answers. */
export function factsWith(answers: Partial<Answers> = {}, more: Partial<PlainFacts> = {}): Facts {
  const plain: PlainFacts = {
    now: NOON,
    senderPowerLevel: 0,
    senderIsModerator: false,
    senderMembership: 'join',
    senderDisplayName: undefined,
    concernsBot: false,
    precedent: undefined,
    ...more,
  };
  return {
    ...plain,
    ask: <T extends QuestionType>(type: T) => {
      const value: Answers[T] | undefined = answers[type];
      if (value === undefined) return { state: 'failed', detail: `no answer to ${type}` } as const;
      return { state: 'known', value } as const;
    },
  };
}

export const ORDINARY_FACTS: Facts = factsWith();

/** The example of a filter as an event, with what is known when it is judged. */
export function exampleOf(example: ExampleEvent): { event: EventReading; facts: Facts } {
  const { type = 'm.room.message', stateKey, sender = '@alice:home.test', now = NOON, agoMs = 0, seed } = example;
  const { fields = {} } = example;
  const pdu = eventOf({
    type,
    content: jsonOf(example.content),
    sender: userIdOf(sender),
    originServerTs: now - agoMs,
    ...(stateKey === undefined ? {} : { stateKey }),
    ...(seed === undefined ? {} : { signer: signerOf(seed) }),
    change: (event) => ({ ...event, ...jsonOf(fields) }),
  });
  const { membership = 'join', displayName, powerLevel = 0, answers = {} } = example;
  const plain = { now, senderMembership: membership, senderDisplayName: displayName, senderPowerLevel: powerLevel };
  return { event: new EventReading(pdu), facts: factsWith(answers, plain) };
}

function signerOf({ keyId, seed }: NonNullable<ExampleEvent['seed']>): Signer {
  return { serverName: SIGNER.serverName, key: signingKeyFromSeed(keyIdOf(keyId), Buffer.from(seed, 'base64')) };
}

function jsonOf(value: object): JsonObject {
  const parsed = parseJson(JSON.stringify(value));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new TypeError('expected a JSON object');
  return parsed.value;
}

/** The check of a filter with these settings, as people write them; fails where they are wrong. */
export function checkOf(
  filter: DefinedFilter,
  settings: unknown = {},
  context: CompileContext = { wordLists: new Map() },
): Check {
  const prepared = filter.prepare(settings, context);
  if (!prepared.ok) throw new TypeError(JSON.stringify(prepared.issues));
  return prepared.check;
}

/** What a check says about an event. */
export function judge(check: Check, pdu: Pdu, facts: Facts = ORDINARY_FACTS): CheckResult {
  return check(new EventReading(pdu), facts);
}
