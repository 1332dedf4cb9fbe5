/** Rules to begin with, chosen by name in a layer of settings: `preset: public`. One file for each. */
import type { RuleInput } from '../rules/rule-document.ts';

export interface Preset {
  readonly name: string;
  /** One sentence: for which rooms. */
  readonly summary: string;
  /** By name, each with a description. Nearer layers change single fields: `rules: {media: {mode: off}}`. */
  readonly rules: Readonly<Record<string, RuleInput>>;
}
