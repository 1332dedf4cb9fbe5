/** Takes out of a verdict what it quotes of its event: what decided stays, in which place and by which rule. */
import { isJsonArray, isJsonObject, parseJson, type JsonValue } from '../../protocol/json.ts';
import type { AnswerRecord } from '../answers.ts';
import type { Evidence, RecordedFacts, Verdict } from '../verdict.ts';
import { answersIn } from '../replay/facts-from-record.ts';
import type { ForgottenContent, KeptContent } from './ports.ts';

/** In the place of a note that quotes, and of what people said. */
export const KEPT_NO_MORE = 'kept no more';

const WORD = /[\p{L}\p{N}]{4,}/gu;
const QUOTES = /["“”„«»'`]/u;

/** What quotes a text stands in `matched`, in notes with quotation marks, and in notes that have a word of the event. */
export function stripped({ position, verdict, event }: KeptContent, options: { withNames: boolean }): ForgottenContent {
  const words = wordsOf(event);
  const strip = (evidence: readonly Evidence[]): readonly Evidence[] => evidence.map((one) => withoutText(one, words));
  return {
    position,
    eventId: verdict.eventId,
    evidence: strip(verdict.evidence),
    flags: verdict.flags.map((flag) => ({ ...flag, evidence: strip(flag.evidence) })),
    shadow: verdict.shadow.map((match) => ({ ...match, evidence: strip(match.evidence) })),
    facts: withoutSaid(verdict, options.withNames),
  };
}

/** Whether there is anything in it that `stripped` would take out. */
export function isStripped(content: KeptContent, forgotten: ForgottenContent): boolean {
  const { evidence, flags, shadow, facts } = content.verdict;
  if (content.event !== undefined) return false;
  const { evidence: e, flags: f, shadow: s, facts: g } = forgotten;
  return JSON.stringify([evidence, flags, shadow, facts]) === JSON.stringify([e, f, s, g]);
}

function withoutText({ matched: _matched, ...rest }: Evidence, words: ReadonlySet<string>): Evidence {
  const isQuoting = QUOTES.test(rest.note) || [...rest.note.matchAll(WORD)].some(([word]) => words.has(fold(word)));
  return isQuoting ? { ...rest, note: KEPT_NO_MORE } : rest;
}

function withoutSaid({ facts }: Pick<Verdict, 'facts'>, withNames: boolean): RecordedFacts {
  const { sender_display_name: name, ...rest } = facts;
  const answers = answersIn(facts);
  return {
    ...rest,
    ...(name === undefined || !withNames ? {} : { sender_display_name: name }),
    ...(answers.length === 0 ? {} : { answers: answers.map(withoutNote) }),
  };
}

/** What other programs say of an event may quote it; names that were found stand in it. */
function withoutNote(record: AnswerRecord): AnswerRecord {
  const { answer } = record;
  if (typeof answer === 'object' && answer !== null && 'named' in answer) {
    return { ...record, answer: { named: answer.named.map((group) => ({ ...group, first: [] })) } };
  }
  if (typeof answer !== 'object' || answer === null || !('labels' in answer) || answer.note === null) return record;
  return { ...record, answer: { ...answer, note: KEPT_NO_MORE } };
}

function wordsOf(event: string | undefined): ReadonlySet<string> {
  const words = new Set<string>();
  const json = event === undefined ? undefined : parseJson(event);
  const content = json?.ok === true && isJsonObject(json.value) ? json.value['content'] : undefined;
  const collect = (value: JsonValue | undefined): void => {
    if (typeof value === 'string') for (const [word] of value.matchAll(WORD)) words.add(fold(word));
    else if (isJsonArray(value)) value.forEach(collect);
    else if (isJsonObject(value)) Object.values(value).forEach(collect);
  };
  collect(content);
  return words;
}

function fold(word: string): string {
  return word.normalize('NFKC').toLowerCase();
}
