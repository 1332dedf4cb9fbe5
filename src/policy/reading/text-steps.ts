/** What may be done to a text before it is looked at: character by character, so that blanks stay where they are. Pure. */

export const TEXT_STEPS = ['lower_case', 'upper_case', 'remove_punctuation'] as const;
export type TextStep = (typeof TEXT_STEPS)[number];

export function afterSteps(text: string, steps: readonly TextStep[]): string {
  return steps.reduce((result, step) => STEPS[step](result), text);
}

const STEPS: Readonly<Record<TextStep, (text: string) => string>> = {
  lower_case: (text) => eachCharacter(text, (one) => one.toLowerCase()),
  upper_case: (text) => eachCharacter(text, (one) => one.toUpperCase()),
  remove_punctuation: (text) => text.replace(/[^0-9A-Za-z_\t\n\f\r ]/gu, ''),
};

const ASCII = /^[\0-\x7f]*$/;

/** What would become several characters stays as it is: `ß` is no `SS`. */
function eachCharacter(text: string, change: (one: string) => string): string {
  if (ASCII.test(text)) return change(text);
  return Array.from(text, (one) => {
    const changed = change(one);
    return changed.length === one.length ? changed : one;
  }).join('');
}

/** Words stand between single blanks, so that two blanks have an empty one between them. */
export function wordsBetweenBlanks(text: string): readonly string[] {
  return text.split(/[\t\n\f\r ]/);
}
