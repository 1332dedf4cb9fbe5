/** What is wrong with settings that people wrote: where, what was expected, and what was probably meant. */
import type { z } from 'zod';

export interface SettingError {
  /** From the document's root, e.g. `rules.no-links.when.all[0].links.domains`. */
  readonly path: string;
  readonly message: string;
}

type Step = string | number;

/** One error for each issue, with the path of the value that the issues are about in front. */
export function errorsOfIssues(
  issues: readonly z.core.$ZodIssue[],
  _value: unknown,
  path: readonly Step[],
): readonly SettingError[] {
  return issues.map((issue) => ({
    path: formatPath([...path, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]),
    message: issue.message,
  }));
}

export function formatPath(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
