/** Reads what counts about an event from its verdict. */
import type { Verdict } from '../verdict.ts';
import type { Measure } from './measured.ts';

const TYPES: ReadonlyMap<string, Measure> = new Map([
  ['m.room.message', { kind: 'message' }],
  ['m.room.encrypted', { kind: 'message' }],
  ['m.sticker', { kind: 'media' }],
  ['m.reaction', { kind: 'reaction' }],
]);
const OTHER: Measure = { kind: 'other' };

/** Verdicts from before measures were kept are known by the event's type. */
export function measureIn({ facts, type }: Pick<Verdict, 'facts' | 'type'>): Measure {
  const recorded = facts['measure'];
  if (typeof recorded === 'object' && recorded !== null && 'kind' in recorded) return recorded;
  return TYPES.get(type) ?? OTHER;
}
