/** Texts in the form in which they are compared. */
import { normaliseText } from '../reading/normalised-text.ts';

export function comparableText(text: string): string {
  return withSingleSpaces(normaliseText(text).text);
}

/** Of text that is normalised already. */
export function withSingleSpaces(normalised: string): string {
  return normalised.replace(/\s+/g, ' ').trim();
}

/** Numbers do not tell names apart: `bot 17` and `bot 4711` are alike. */
export function comparableName(name: string): string {
  return comparableText(name).replace(/\d+/g, '0');
}
