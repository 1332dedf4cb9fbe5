/** Texts in the form in which they are compared. */

export function normalisedText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Numbers do not tell names apart: `bot 17` and `bot 4711` are alike. */
export function normalisedName(name: string): string {
  return normalisedText(name).replace(/\d+/g, '0');
}
