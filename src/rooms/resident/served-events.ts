/** Events as other servers get them from us: JSON text, redacted where a redaction applies to them. */
import { setImmediate } from 'node:timers/promises';
import { canonicalText } from '../../protocol/canonical-json.ts';
import { redact } from '../../protocol/redaction.ts';
import type { KnownEvent } from '../graph/graph-events.ts';

/** What nobody has signed is not passed on. */
const NOT_SERVED: ReadonlySet<string> = new Set(['unsigned']);
/** Events between two breaths of the event loop: a few milliseconds. */
const TEXTS_AT_ONCE = 200;

export function servedText(known: KnownEvent): string {
  if (known.record.redactedBy !== undefined) return redactedText(known);
  return canonicalText(known.pdu.raw, NOT_SERVED);
}

/** What is left for those who may not see the event: its place in the graph. */
export function redactedText({ pdu }: KnownEvent): string {
  return canonicalText(redact(pdu.raw, pdu.rules.redaction), NOT_SERVED);
}

/** Of a whole state, without keeping others waiting. */
export async function servedTexts(events: Iterable<KnownEvent>): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const known of events) {
    if (texts.length % TEXTS_AT_ONCE === TEXTS_AT_ONCE - 1) await setImmediate();
    texts.push(servedText(known));
  }
  return texts;
}
