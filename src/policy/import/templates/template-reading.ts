/**
 * What a template prints, and of which texts: every branch is gone through with what is known before there is a text.
 * Pure. What a text decides becomes a formula; what cannot be said in rules is unknown, with its line and why.
 */
import { all, any, FALSE, not, sizeOf, someWord, TRUE, unknown, type Formula } from './formula.ts';
import { TemplateError } from './template-tokens.ts';
import type { Branch, Node, Operand, Pipeline } from './template-tree.ts';
import { applied, fieldOf, truthOf, unknownValue, type Value } from './values.ts';

/** Words that a branch prints. */
export interface Printed {
  /** The same for the same place in the template, however often a loop gets there. */
  readonly key: string;
  readonly line: number;
  /** `undefined` where it is not known before there is a text. */
  readonly words: readonly string[] | undefined;
  readonly when: Formula;
}

export interface TemplateReading {
  readonly printed: readonly Printed[];
}

/** Parts of a formula: more are no rule anyway. */
const LARGEST = 2_000;
/** How often branches are gone through in all: loops in loops are no way to hold an import up. */
const MOST_STEPS = 50_000;

export function readTemplate(nodes: readonly Node[]): TemplateReading {
  const reader = new Reader();
  reader.list(nodes, new Scope(undefined, { type: 'input' }), TRUE);
  return { printed: reader.printed };
}

class Scope {
  readonly dot: Value;
  readonly #outer: Scope | undefined;
  readonly #variables = new Map<string, Value>();

  constructor(outer: Scope | undefined, dot: Value) {
    this.#outer = outer;
    this.dot = dot;
    if (outer === undefined) this.#variables.set('$', dot);
  }

  declare(name: string, value: Value): void {
    this.#variables.set(name, value);
  }

  find(name: string): Value | undefined {
    return this.#variables.get(name) ?? this.#outer?.find(name);
  }

  /** Whether it is declared here, or on the way out to this scope. */
  declares(name: string, upTo: Scope | undefined): boolean {
    if (this.#variables.has(name)) return true;
    return this !== upTo && (this.#outer?.declares(name, upTo) ?? false);
  }

  assign(name: string, value: Value): void {
    if (this.#variables.has(name)) this.#variables.set(name, value);
    else this.#outer?.assign(name, value);
  }
}

/** One round of a loop. */
interface Round {
  /** Of which texts the rest of the round, or of the loop, is left out. */
  left: Formula;
  ended: Formula;
  /** Over the words of a text, which are not known. */
  readonly isOpen: boolean;
  /** Why it is not known which words the loop gets to. */
  unknown: Formula | undefined;
  /** Variables from outside that it makes true, and when. */
  readonly made: Map<string, Formula>;
  /** Variables from outside that it gives other values. */
  readonly spoiled: Set<string>;
  scope: Scope | undefined;
}

class Reader {
  printed: Printed[] = [];
  #rounds: Round[] = [];
  #loops = 0;
  #steps = 0;

  list(nodes: readonly Node[], scope: Scope, path: Formula): void {
    const round = this.#rounds.at(-1);
    let text = '';
    let first: Node | undefined;
    const live = (): Formula => (round === undefined ? path : all(path, not(round.left), not(round.ended)));
    const flush = (): void => {
      const words = text.split(/\s+/).filter((word) => word !== '');
      if (first !== undefined && words.length > 0) this.#print(first, words, live());
      [text, first] = ['', undefined];
    };
    for (const node of nodes) {
      this.#steps += 1;
      bounded(path, node.line);
      if (this.#steps > MOST_STEPS) throw new TemplateError(node.line, 'the loops are too long to go through');
      const written = this.#writtenBy(node, scope, live);
      if (written === undefined) {
        flush();
        this.#control(node, scope, live(), nodes);
      } else {
        if (text.trim() === '') first = node;
        text += written;
      }
    }
    flush();
  }

  /** What texts and constants print; `undefined` for all else. */
  #writtenBy(node: Node, scope: Scope, live: () => Formula): string | undefined {
    if (node.type === 'text') return node.text;
    if (node.type !== 'action') return undefined;
    const value = this.#value(node.pipeline, scope, node.line, live());
    if (value === undefined) return '';
    return value.type === 'constant' && typeof value.value === 'string' ? value.value : undefined;
  }

  #print({ line, at }: Node, words: readonly string[] | undefined, when: Formula): void {
    if (when.type === 'false') return;
    this.printed.push({ key: `${String(at)} ${words?.join(' ') ?? ''}`, line, words, when });
  }

  #control(node: Node, scope: Scope, path: Formula, siblings: readonly Node[]): void {
    switch (node.type) {
      case 'if':
        this.#if(node, scope, path);
        return;
      case 'with':
        this.#with(node, scope, path);
        return;
      case 'range':
        this.#range(node, scope, path);
        return;
      case 'break':
      case 'continue':
        this.#leave(node, path, siblings);
        return;
      case 'other':
        this.#print(node, undefined, all(path, unknown(node.line, `the template \`${node.name}\` is printed`)));
        return;
      case 'action':
      case 'text':
        this.#print(node, undefined, all(path, unknown(node.line, 'something is printed that depends on the text')));
    }
  }

  #if({ branches, otherwise }: Extract<Node, { type: 'if' }>, scope: Scope, path: Formula): void {
    const inner = new Scope(scope, scope.dot);
    let rest = path;
    for (const { pipeline, body, line } of branches) {
      const truth = truthOf(this.#value(pipeline, inner, line, rest, true) ?? unknownValue(line, 'it is no condition'));
      this.#branch(body, new Scope(inner, inner.dot), all(rest, truth));
      rest = all(rest, not(truth));
    }
    this.#branch(otherwise, new Scope(inner, inner.dot), rest);
  }

  #branch(nodes: readonly Node[], scope: Scope, path: Formula): void {
    if (path.type !== 'false') this.list(nodes, scope, path);
  }

  #with({ branch, otherwise }: Extract<Node, { type: 'with' | 'range' }>, scope: Scope, path: Formula): void {
    const { pipeline, body, line } = branch;
    const inner = new Scope(scope, scope.dot);
    const value = this.#value(pipeline, inner, line, path, true) ?? unknownValue(line, 'it is no value');
    const truth = truthOf(value);
    this.#branch(body, new Scope(inner, value), all(path, truth));
    this.#branch(otherwise, inner, all(path, not(truth)));
  }

  #range({ branch, otherwise }: Extract<Node, { type: 'with' | 'range' }>, scope: Scope, path: Formula): void {
    const { pipeline, line } = branch;
    const value = this.#valueOf({ ...pipeline, variables: [] }, scope, line);
    if (value.type === 'list') {
      if (value.items.length === 0) this.#branch(otherwise, new Scope(scope, scope.dot), path);
      else this.#overList(branch, value.items, scope, path);
    } else if (value.type === 'words') this.#overWords(branch, scope, path);
    else {
      const why = value.type === 'unknown' ? value.reason.text : 'what is gone through is no list';
      const through = all(path, unknown(line, why));
      const before = this.#forget(branch, scope);
      this.#body(branch, scope, through, [unknownValue(line, why), unknownValue(line, why)], newRound(true));
      for (const name of before.keys()) this.#settle(name, undefined, scope);
    }
  }

  #overList(branch: Branch, items: readonly string[], scope: Scope, path: Formula): void {
    let ended: Formula = FALSE;
    for (const [index, value] of items.entries()) {
      const round = { ...newRound(false), ended };
      const given: readonly [Value, Value] = [
        { type: 'constant', value: index },
        { type: 'constant', value },
      ];
      this.#body(branch, scope, path, given, round);
      ended = round.ended;
    }
  }

  #overWords(branch: Branch, scope: Scope, path: Formula): void {
    this.#loops += 1;
    const loop = this.#loops;
    const { line } = branch;
    const before = this.#forget(branch, scope);
    const earlier = this.printed;
    this.printed = [];
    const round = newRound(true);
    const word: Value = { type: 'word', loop, steps: [] };
    this.#body(branch, scope, path, [unknownValue(line, 'the place of a word among others counts'), word], round);
    const through = round.unknown ?? TRUE;
    const inside = this.printed.map((one) => ({ ...one, when: someWord(all(one.when, through), loop, one.line) }));
    this.printed = [...earlier, ...inside.filter(({ when }) => when.type !== 'false')];
    for (const [name, value] of before) {
      const made = round.made.get(name);
      const isSure = made !== undefined && !round.spoiled.has(name);
      this.#settle(name, isSure ? [truthOf(value), someWord(all(made, through), loop, line)] : undefined, scope);
    }
  }

  /** After a loop: what was true stays true, and what the loop made true is. To a loop round it, that is one more way. */
  #settle(name: string, formulas: readonly [before: Formula, made: Formula] | undefined, scope: Scope): void {
    const round = this.#rounds.findLast(({ isOpen }) => isOpen);
    if (round === undefined || scope.declares(name, round.scope)) {
      if (formulas !== undefined) scope.assign(name, { type: 'truth', formula: any(...formulas) });
    } else if (formulas === undefined) round.spoiled.add(name);
    else round.made.set(name, any(round.made.get(name) ?? FALSE, formulas[1]));
  }

  /** What a loop gives other values counts as unknown in it, and after it where nothing is said of it. */
  #forget({ body, line }: Branch, scope: Scope): ReadonlyMap<string, Value> {
    const before = new Map<string, Value>();
    for (const name of assignedIn(body)) {
      const value = scope.find(name);
      if (value === undefined || before.has(name)) continue;
      before.set(name, value);
      scope.assign(name, unknownValue(line, `${name} is changed while words are gone through`));
    }
    return before;
  }

  #body(branch: Branch, scope: Scope, path: Formula, [index, item]: readonly [Value, Value], round: Round): void {
    const inner = new Scope(scope, item);
    const [first, second] = branch.pipeline.variables;
    if (second !== undefined && first !== undefined) inner.declare(first, index);
    const named = second ?? first;
    if (named !== undefined) inner.declare(named, item);
    round.scope = inner;
    this.#rounds.push(round);
    this.list(branch.body, inner, path);
    this.#rounds.pop();
  }

  /** Where the same branch has printed, the event is refused anyway, and which words come after does not count. */
  #leave(node: Node, path: Formula, siblings: readonly Node[]): void {
    const round = this.#rounds.at(-1);
    if (round === undefined) return;
    const hasPrinted = siblings.slice(0, siblings.indexOf(node)).some(isPrinting);
    if (node.type === 'break' && round.isOpen && !hasPrinted) {
      round.unknown = unknown(node.line, '`{{break}}` ends the loop without a word printed before it');
    } else if (node.type === 'break') round.ended = any(round.ended, path);
    else round.left = any(round.left, path);
  }

  /** `undefined` where it prints nothing, as it gives a variable its value. */
  #value(pipeline: Pipeline, scope: Scope, line: number, path: Formula, isGiven = false): Value | undefined {
    const value = this.#valueOf(pipeline, scope, line);
    const [name] = pipeline.variables;
    if (name === undefined) return value;
    if (pipeline.assigns) this.#assign(name, value, scope, line, path);
    else scope.declare(name, value);
    return isGiven || pipeline.variables.length === 0 ? value : undefined;
  }

  #assign(name: string, value: Value, scope: Scope, line: number, path: Formula): void {
    bounded(truthOf(value), line);
    const before = scope.find(name);
    const open = this.#rounds.findLast(({ isOpen }) => isOpen);
    const round = open !== undefined && scope.declares(name, open.scope) ? undefined : open;
    const isTrue = value.type === 'constant' && value.value === true;
    if (round !== undefined) {
      // Only from false to true: then it does not matter which word was first.
      if (isTrue) round.made.set(name, any(round.made.get(name) ?? FALSE, path));
      else round.spoiled.add(name);
    } else if (path.type === 'true') scope.assign(name, value);
    else if (before !== undefined && isBoolean(before) && isBoolean(value)) {
      const formula = any(all(path, truthOf(value)), all(not(path), truthOf(before)));
      scope.assign(name, { type: 'truth', formula: bounded(formula, line) });
    } else scope.assign(name, unknownValue(line, `${name} has a value that depends on the text`));
  }

  #valueOf(pipeline: Pipeline, scope: Scope, line: number): Value {
    let value: Value | undefined;
    for (const step of pipeline.steps) {
      const before: readonly Value[] = value === undefined ? [] : [value];
      if (step.type === 'call') value = this.#called(step.call, scope, line, before);
      else if (before.length > 0) return unknownValue(line, 'something is given to what is no function');
      else value = this.#operand(step, scope, line);
    }
    return value ?? unknownValue(line, 'nothing stands here');
  }

  #called(call: Extract<Operand, { type: 'call' }>['call'], scope: Scope, line: number, last: readonly Value[]): Value {
    const given = call.given.map((one) => this.#operand(one, scope, line));
    return applied(call.name, [...given, ...last], line);
  }

  #operand(operand: Operand, scope: Scope, line: number): Value {
    switch (operand.type) {
      case 'constant':
        return operand;
      case 'dot':
        return operand.fields.reduce<Value>((value, field) => fieldOf(value, field, line), scope.dot);
      case 'variable': {
        const value = scope.find(operand.name);
        if (value === undefined) throw new TemplateError(line, `${operand.name} is not declared`);
        return operand.fields.reduce<Value>((one, field) => fieldOf(one, field, line), value);
      }
      case 'call':
        return this.#called(operand.call, scope, line, []);
      case 'pipeline':
        return this.#valueOf(operand.pipeline, scope, line);
    }
  }
}

function bounded(formula: Formula, line: number): Formula {
  if (sizeOf(formula) > LARGEST) throw new TemplateError(line, 'what it depends on is too much for a rule');
  return formula;
}

function newRound(isOpen: boolean): Round {
  return {
    left: FALSE,
    ended: FALSE,
    isOpen,
    unknown: undefined,
    made: new Map(),
    spoiled: new Set(),
    scope: undefined,
  };
}

function isBoolean(value: Value): boolean {
  return value.type === 'truth' || (value.type === 'constant' && typeof value.value === 'boolean');
}

function isPrinting(node: Node): boolean {
  if (node.type === 'text') return node.text.trim() !== '';
  if (node.type !== 'action' || node.pipeline.variables.length > 0) return false;
  const [only] = node.pipeline.steps;
  return only?.type === 'constant' && typeof only.value === 'string' && only.value.trim() !== '';
}

/** Variables that are given another value somewhere in it. */
function assignedIn(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => {
    switch (node.type) {
      case 'action':
        return assignedBy(node.pipeline);
      case 'if':
        return [...node.branches.flatMap(assignedInBranch), ...assignedIn(node.otherwise)];
      case 'range':
      case 'with':
        return [...assignedInBranch(node.branch), ...assignedIn(node.otherwise)];
      default:
        return [];
    }
  });
}

function assignedInBranch({ pipeline, body }: Branch): readonly string[] {
  return [...assignedBy(pipeline), ...assignedIn(body)];
}

function assignedBy({ assigns, variables }: Pipeline): readonly string[] {
  return assigns ? variables : [];
}
