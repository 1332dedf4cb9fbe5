/** Events and facts for tests of the policy alone. */
import type { Facts, PlainFacts } from '../../src/policy/facts.ts';
import type { Check, CheckResult, CompileContext, DefinedFilter } from '../../src/policy/filters/filter.ts';
import { EventReading } from '../../src/policy/reading/event-reading.ts';
import type { Answers, QuestionType } from '../../src/policy/answers.ts';
import type { Pdu } from '../../src/protocol/events.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { serverNamed, testKey } from './federation-fakes.ts';
import { RoomBuilder, type Draft, type Signer } from './room-builder.ts';

export const SIGNER: Signer = { serverName: serverNamed('home.test'), key: testKey() };

const room = new RoomBuilder('11', SIGNER);

/** An event of version 11 in a room of its own. */
export function eventOf(draft: Draft): Pdu {
  return room.parse(room.make(draft));
}

export function messageOf(content: JsonObject): Pdu {
  return eventOf({ type: 'm.room.message', content: { msgtype: 'm.text', ...content } });
}

/** A joined user without power at noon of the first day of 2026, of whom nothing else is known but these answers. */
export function factsWith(answers: Partial<Answers> = {}, more: Partial<PlainFacts> = {}): Facts {
  const plain: PlainFacts = {
    now: Date.UTC(2026, 0, 1, 12),
    senderPowerLevel: 0,
    senderIsModerator: false,
    senderMembership: 'join',
    concernsBot: false,
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
