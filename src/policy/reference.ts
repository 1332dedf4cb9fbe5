/** References: short names of verdicts that people can read out and copy. */
import { hash } from 'node:crypto';
import type { EventId } from '../protocol/ids/event-id.ts';

/** Crockford's base 32: no I, L, O and U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

/** The reference of an event's verdicts: 50 bits of the id's SHA-256, as `XXXX-XXXX-XX`. */
export function referenceOf(eventId: EventId): string {
  const digest = hash('sha256', `gatehouse verdict ${eventId}`, 'buffer');
  let text = '';
  for (let i = 0; i < LENGTH; i += 1) text += DIGITS[(digest[i] ?? 0) & 31] ?? '';
  return groups(text);
}

/** Reads a reference as people type it: any case, with or without dashes, O for 0, I and L for 1. */
export function parseReference(text: string): string | undefined {
  const digits = text.toUpperCase().replace(/[-\s]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return digits.length === LENGTH && [...digits].every((digit) => DIGITS.includes(digit)) ? groups(digits) : undefined;
}

function groups(digits: string): string {
  return `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}`;
}
