/** Keyword templates of policyserv as rules: one for each place of a template that prints harms. Pure. */
import type { RuleInput } from '../../rules/rule-document.ts';
import { MESSAGE } from '../policyserv-mapper.ts';
import { any, isLiteral, reasonsIn, surely, type Formula, type Literal } from './formula.ts';
import { readTemplate, type Printed } from './template-reading.ts';
import { TemplateError } from './template-tokens.ts';
import { parseTemplate } from './template-tree.ts';

export interface TemplateRules {
  readonly rules: Readonly<Record<string, RuleInput>>;
  /** What is not carried over, or less than there. */
  readonly notes: readonly string[];
}

const LARGEST = 200_000;
const MOST_HARMS = 10;
const MOST_RULES = 500;

/** No rule refuses what the template lets pass: what cannot be said in rules is left out, and told of. */
export function templateRules(name: string, source: string, options: { wholeEvent: boolean }): TemplateRules {
  const where = (line: number): string => `Template ${name}, line ${String(line)}`;
  if (source.length > LARGEST) return { rules: {}, notes: [`Template ${name} is too long to be read.`] };
  const rules: Record<string, RuleInput> = {};
  const notes: string[] = [];
  try {
    for (const { line, words, when } of placesOf(readTemplate(parseTemplate(source)).printed)) {
      const reasons = [...new Set(reasonsIn(when).map((reason) => `${where(reason.line)}: ${reason.text}.`))];
      const made = words === undefined ? 'not printable' : conditionOf(surely(when), options);
      if (typeof made !== 'object') {
        const why = reasons.length > 0 ? reasons : [`${where(line)}: ${WHY_NOT[made]}.`];
        notes.push(`${where(line)}: not carried over${words === undefined ? '' : ` (${words.join(' ')})`}.`, ...why);
        continue;
      }
      if (Object.keys(rules).length >= MOST_RULES) {
        notes.push(`${where(line)}: not carried over, as there are more than ${String(MOST_RULES)} rules of it.`);
        break;
      }
      const harms = (words ?? []).filter((word) => word.length <= 255).slice(0, MOST_HARMS);
      if (harms.length < (words ?? []).length) notes.push(`${where(line)}: not all of its words are sent as harms.`);
      if (reasons.length > 0) notes.push(`${where(line)}: refuses less than there (${harms.join(' ')}).`, ...reasons);
      const description = `Of template ${name} of policyserv, line ${String(line)}.`.slice(0, 1000);
      rules[`${slugOf(name)}-${String(Object.keys(rules).length + 1)}`] = {
        ...{ description, when: { all: [MESSAGE, made] }, harms, order: 100 },
      };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { rules: {}, notes: [`${where(error.line)}: ${error.message}. Nothing of it is carried over.`] };
  }
  return { rules, notes };
}

/** Loops come to the same place again and again. */
function placesOf(printed: readonly Printed[]): readonly Printed[] {
  const places = new Map<string, Printed>();
  for (const one of printed) {
    const before = places.get(one.key);
    places.set(one.key, before === undefined ? one : { ...one, when: any(before.when, one.when) });
  }
  return [...places.values()];
}

const WHY_NOT = {
  'not printable': 'what is printed is not known before there is a message',
  always: 'it would refuse every message',
  never: 'no message makes it print that',
  'too large': 'it has too many cases, or strings that are too long, for one rule',
} as const;

const LONGEST = 500;
const MOST_STRINGS = 10_000;
const MOST_CHECKS = 400;
const DEEPEST = 13;

function conditionOf(formula: Formula, options: { wholeEvent: boolean }): object | 'always' | 'never' | 'too large' {
  if (formula.type === 'true') return 'always';
  if (formula.type === 'false') return 'never';
  if (depthOf(formula) > DEEPEST || literalsIn(formula).length > MOST_CHECKS) return 'too large';
  const fits = literalsIn(formula).every(
    ({ texts, steps }) =>
      texts.length <= MOST_STRINGS && steps.length <= 10 && texts.every((one) => one.length <= LONGEST),
  );
  return fits ? written(formula, options) : 'too large';
}

function written(formula: Formula, options: { wholeEvent: boolean }): object {
  switch (formula.type) {
    case 'not':
      return { not: written(formula.of, options) };
    case 'all':
    case 'any':
      return { [formula.type]: formula.of.map((one) => written(one, options)) };
    case 'contains':
    case 'hasWord': {
      const { steps, texts } = formula;
      const how = { ...(steps.length === 0 ? {} : { steps }), ...(options.wholeEvent ? { whole_event: true } : {}) };
      return { raw_text: { [formula.type === 'contains' ? 'contains' : 'words']: texts, ...how } };
    }
    default:
      throw new TypeError(`${formula.type} is no condition`);
  }
}

function depthOf(formula: Formula): number {
  if (formula.type === 'not') return 1 + depthOf(formula.of);
  if (formula.type !== 'all' && formula.type !== 'any') return 0;
  return 1 + formula.of.reduce((deepest, one) => Math.max(deepest, depthOf(one)), 0);
}

function literalsIn(formula: Formula): readonly Literal[] {
  if (isLiteral(formula)) return [formula];
  if (formula.type === 'not') return literalsIn(formula.of);
  return formula.type === 'all' || formula.type === 'any' ? formula.of.flatMap(literalsIn) : [];
}

/** As part of a rule's name. */
function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 30);
  return `template-${slug === '' ? 'x' : slug}`;
}
