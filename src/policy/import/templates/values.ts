/** Values in a template, as far as they are known before there is a text, and the functions that make others of them. Pure. */
import { afterSteps, type TextStep } from '../../reading/text-steps.ts';
import { all, any, FALSE, not, TRUE, type Formula, type Reason } from './formula.ts';

type Plain = string | number | boolean | null;

export type Value =
  | { readonly type: 'constant'; readonly value: Plain }
  | { readonly type: 'list'; readonly items: readonly string[] }
  /** What the template is given: `BodyRaw` and `BodyWords` stand in it. */
  | { readonly type: 'input' }
  | { readonly type: 'text'; readonly steps: readonly TextStep[] }
  | { readonly type: 'words' }
  /** The word that a loop is at. */
  | { readonly type: 'word'; readonly loop: number; readonly steps: readonly TextStep[] }
  /** True or false, by what the text holds. */
  | { readonly type: 'truth'; readonly formula: Formula }
  | { readonly type: 'unknown'; readonly reason: Reason };

export function unknownValue(line: number, text: string): Value {
  return { type: 'unknown', reason: { line, text } };
}

export function fieldOf(value: Value, field: string, line: number): Value {
  if (value.type === 'input' && field === 'BodyRaw') return { type: 'text', steps: [] };
  if (value.type === 'input' && field === 'BodyWords') return { type: 'words' };
  return unknownValue(line, `there is no \`.${field}\` here`);
}

/** As `if` sees it. */
export function truthOf(value: Value): Formula {
  switch (value.type) {
    case 'constant':
      return isSet(value.value) ? TRUE : FALSE;
    case 'list':
      return value.items.length > 0 ? TRUE : FALSE;
    case 'truth':
      return value.formula;
    case 'unknown':
      return { type: 'unknown', reason: value.reason };
    case 'word':
      return not({ ...value, type: 'isWord', texts: [''] });
    // A blank stands between body and formatted body, so that neither is ever empty.
    default:
      return TRUE;
  }
}

function isSet(value: Plain): boolean {
  return value !== null && value !== '' && value !== 0 && value !== false;
}

type Function = (given: readonly Value[]) => Value | undefined;

/** A function of a template; those that are not known here make what is unknown. */
export function applied(name: string, given: readonly Value[], line: number): Value {
  const broken = given.find((one) => one.type === 'unknown');
  if (broken !== undefined && !KLEENE.has(name)) return broken;
  const known = FUNCTIONS.get(name);
  if (known === undefined) return unknownValue(line, `the function \`${name}\` has no counterpart`);
  return known(given) ?? unknownValue(line, `\`${name}\` is used in a way that has no counterpart`);
}

/** Of what they are given, not all must be known. */
const KLEENE: ReadonlySet<string> = new Set(['and', 'or', 'not']);

const FUNCTIONS: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['ToLower', stepped('lower_case')],
  ['ToUpper', stepped('upper_case')],
  ['RemovePunctuation', stepped('remove_punctuation')],
  ['StringContains', ofTwo(contains)],
  ['StrSliceContains', ofTwo(listContains)],
  ['StrSlice', listOf],
  ['eq', equalsAny],
  ['ne', (given) => (given.length === 2 ? negated(equalsAny(given)) : undefined)],
  ['not', ([only, ...others]) => (only === undefined || others.length > 0 ? undefined : negated(only))],
  ['and', (given) => oneOf(given, false)],
  ['or', (given) => oneOf(given, true)],
  ['print', printed],
]);

function ofTwo(make: (first: Value, second: Value) => Value | undefined): Function {
  return ([first, second, ...others]) =>
    first === undefined || second === undefined || others.length > 0 ? undefined : make(first, second);
}

function stepped(step: TextStep): Function {
  return ([only, ...others]) => {
    if (only === undefined || others.length > 0) return undefined;
    if (only.type === 'constant' && typeof only.value === 'string') return constant(afterSteps(only.value, [step]));
    if (only.type === 'text' || only.type === 'word') return { ...only, steps: [...only.steps, step] };
    return undefined;
  };
}

function constant(value: Plain): Value {
  return { type: 'constant', value };
}

function truth(formula: Formula): Value {
  if (formula.type === 'true' || formula.type === 'false') return constant(formula.type === 'true');
  return { type: 'truth', formula };
}

function negated(value: Value | undefined): Value | undefined {
  return value && truth(not(truthOf(value)));
}

function stringIn(value: Value): string | undefined {
  return value.type === 'constant' && typeof value.value === 'string' ? value.value : undefined;
}

function contains(text: Value, part: Value): Value | undefined {
  const wanted = stringIn(part);
  if (wanted === undefined) return undefined;
  const known = stringIn(text);
  if (known !== undefined) return constant(known.includes(wanted));
  if (wanted === '') return constant(true);
  if (text.type === 'text') return truth({ type: 'contains', steps: text.steps, texts: [wanted] });
  if (text.type === 'word') return truth({ ...text, type: 'wordContains', texts: [wanted] });
  return undefined;
}

function listContains(list: Value, item: Value): Value | undefined {
  const wanted = stringIn(item);
  if (list.type === 'words' && wanted !== undefined && wanted !== '') {
    return truth(/[\t\n\f\r ]/.test(wanted) ? FALSE : { type: 'hasWord', steps: [], texts: [wanted] });
  }
  if (list.type !== 'list') return undefined;
  if (wanted !== undefined) return constant(list.items.includes(wanted));
  return isOneOf(item, list.items);
}

function isOneOf(value: Value, texts: readonly string[]): Value | undefined {
  if (value.type !== 'word') return undefined;
  return truth(texts.length === 0 ? FALSE : { ...value, type: 'isWord', texts });
}

function listOf(given: readonly Value[]): Value | undefined {
  const items = given.flatMap((one) => stringIn(one) ?? []);
  return items.length === given.length ? { type: 'list', items } : undefined;
}

/** `eq a b c` is true where a is b, or a is c. */
function equalsAny([first, ...others]: readonly Value[]): Value | undefined {
  if (first === undefined || others.length === 0) return undefined;
  const results = others.map((other) => equals(first, other));
  const known = results.filter((result) => result !== undefined);
  return known.length < results.length ? undefined : truth(any(...known.map(truthOf)));
}

function equals(one: Value, other: Value): Value | undefined {
  if (one.type === 'constant' && other.type === 'constant') {
    return typeof one.value === typeof other.value ? constant(one.value === other.value) : undefined;
  }
  if (one.type === 'constant') return other.type === 'constant' ? undefined : equals(other, one);
  if (other.type !== 'constant') return undefined;
  if (typeof other.value === 'string') return isOneOf(one, [other.value]);
  if (one.type !== 'truth' || typeof other.value !== 'boolean') return undefined;
  return other.value ? one : negated(one);
}

/** `and` and `or` give one of what they are given; of others than constants only its truth is known. */
function oneOf(given: readonly Value[], stopsAt: boolean): Value | undefined {
  const last = given.at(-1);
  if (last === undefined) return undefined;
  if (given.every(({ type }) => type === 'constant' || type === 'list')) {
    return given.find((one) => (truthOf(one).type === 'true') === stopsAt) ?? last;
  }
  const formulas = given.map(truthOf);
  return truth(stopsAt ? any(...formulas) : all(...formulas));
}

/** Go puts blanks between what is no string. */
function printed(given: readonly Value[]): Value | undefined {
  const texts = given.flatMap((one) => stringIn(one) ?? []);
  return texts.length === given.length ? constant(texts.join('')) : undefined;
}
