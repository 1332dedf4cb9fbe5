/** A text in the form in which many things are looked for in it at once. */
import { foldForLiterals } from './pattern-literal.ts';
import { TextGrams } from './text-grams.ts';

export interface SearchedText {
  readonly text: string;
  /** As `foldForLiterals` gives it. */
  readonly folded: string;
  /** Of the folded text. */
  readonly grams: TextGrams;
}

/** The latest texts, the newest last: several rules look at the few texts of one event. */
const latest: SearchedText[] = [];
const MOST_KEPT = 4;

export function searchedText(text: string): SearchedText {
  for (const known of latest) if (known.text === text) return known;
  const folded = foldForLiterals(text);
  const searched = { text, folded, grams: new TextGrams(folded) };
  if (latest.push(searched) > MOST_KEPT) latest.shift();
  return searched;
}
