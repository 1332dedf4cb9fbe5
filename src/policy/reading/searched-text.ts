/** A text in the form in which many things are looked for in it at once. */
import { foldForLiterals } from './pattern-literal.ts';
import { TextGrams } from './text-grams.ts';

/** Good until the next text is searched. */
export interface SearchedText {
  /** As `foldForLiterals` gives it. */
  readonly folded: string;
  /** Of the folded text. */
  readonly grams: TextGrams;
}

/** The latest texts, in turn: several rules look at the few texts of one event. */
const latest = Array.from({ length: 4 }, () => ({ text: '', folded: '', grams: new TextGrams('') }));
let oldest = 0;

export function searchedText(text: string): SearchedText {
  for (const known of latest) if (known.text === text) return known;
  const searched = latest[oldest];
  oldest = (oldest + 1) % latest.length;
  const folded = foldForLiterals(text);
  if (searched === undefined) return { folded, grams: new TextGrams(folded) };
  searched.grams.set(folded);
  return Object.assign(searched, { text, folded });
}
