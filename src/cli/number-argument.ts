import { WrongUsage } from './command-io.ts';

/** A number from a list that another command prints. */
export function numberArgument(text: string, what: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new WrongUsage(`"${text}" is no number of ${what}`);
  return Number(text);
}
