/** The tree of a Go template. Pure; throws a TemplateError where it is none. */
import { piecesOf, TemplateError, type Piece, type Token } from './template-tokens.ts';

/** A function or a value, with what it is given. */
export interface Call {
  readonly name: string;
  readonly given: readonly Operand[];
}

export type Operand =
  | { readonly type: 'constant'; readonly value: string | number | boolean | null }
  | { readonly type: 'variable'; readonly name: string; readonly fields: readonly string[] }
  /** Fields of the dot; none are the dot itself. */
  | { readonly type: 'dot'; readonly fields: readonly string[] }
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline };

export interface Pipeline {
  readonly variables: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  /** Each is given what the one before it makes. */
  readonly steps: readonly Operand[];
}

interface Placed {
  readonly line: number;
  readonly at: number;
}

export interface Branch extends Placed {
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
}

export type Node = Placed &
  (
    | { readonly type: 'text'; readonly text: string }
    | { readonly type: 'action'; readonly pipeline: Pipeline }
    | { readonly type: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
    | { readonly type: 'range' | 'with'; readonly branch: Branch; readonly otherwise: readonly Node[] }
    | { readonly type: 'break' | 'continue' }
    /** Another template printed: `template`, `block`. */
    | { readonly type: 'other'; readonly name: string }
  );

export function parseTemplate(source: string): readonly Node[] {
  return new Parser(piecesOf(source)).parse();
}

/** How deep branches, or brackets, may stand in each other. */
const DEEPEST = 100;

const TOO_DEEP = 'it is nested too deep';

type Ending = 'end' | 'else';

class Parser {
  readonly #pieces: readonly Piece[];
  #next = 0;
  #loops = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  parse(): readonly Node[] {
    const nodes = this.#list([]);
    const left = this.#pieces[this.#next];
    if (left !== undefined) throw new TemplateError(left.line, 'nothing is open that could end here');
    return nodes;
  }

  /** Up to one of the endings, which is not taken. */
  #list(endings: readonly Ending[]): readonly Node[] {
    const nodes: Node[] = [];
    this.#depth += 1;
    for (;;) {
      const piece = this.#pieces[this.#next];
      if (piece === undefined) {
        if (endings.length === 0) return nodes;
        throw new TemplateError(this.#pieces.at(-1)?.line ?? 1, '`{{end}}` is missing');
      }
      const { text, tokens, line, at } = piece;
      const word = tokens[0]?.type === 'name' ? tokens[0].text : undefined;
      if (word === 'end' || word === 'else') {
        this.#depth -= 1;
        if (endings.includes(word)) return nodes;
        throw new TemplateError(line, `nothing is open for \`{{${word}}}\``);
      }
      if (this.#depth > DEEPEST) throw new TemplateError(line, TOO_DEEP);
      this.#next += 1;
      if (text !== undefined) nodes.push({ type: 'text', text, line, at });
      else nodes.push(...this.#action(word, piece));
    }
  }

  #action(word: string | undefined, { tokens, line, at }: Piece): readonly Node[] {
    const rest = tokens.slice(1);
    switch (word) {
      case 'if':
        return [{ type: 'if', ...this.#if(rest, { line, at }), line, at }];
      case 'range':
      case 'with': {
        if (word === 'range') this.#loops += 1;
        const branch = { pipeline: pipelineOf(rest, line), body: this.#list(['end', 'else']), line, at };
        if (word === 'range') this.#loops -= 1;
        return [{ type: word, branch, otherwise: this.#otherwise(), line, at }];
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw new TemplateError(line, `\`{{${word}}}\` stands outside of \`{{range}}\``);
        return [{ type: word, line, at }];
      case 'define':
        this.#list(['end']);
        this.#next += 1;
        return [];
      case 'block':
        this.#list(['end']);
        this.#next += 1;
        return [{ type: 'other', name: nameIn(rest), line, at }];
      case 'template':
        return [{ type: 'other', name: nameIn(rest), line, at }];
      default:
        return [{ type: 'action', pipeline: pipelineOf(tokens, line), line, at }];
    }
  }

  #if(tokens: readonly Token[], { line, at }: Placed): { branches: readonly Branch[]; otherwise: readonly Node[] } {
    const branches: Branch[] = [{ pipeline: pipelineOf(tokens, line), body: this.#list(['end', 'else']), line, at }];
    for (;;) {
      const piece = this.#pieces[this.#next];
      const [, second] = piece?.tokens ?? [];
      if (piece === undefined || second?.type !== 'name' || second.text !== 'if') break;
      this.#next += 1;
      const pipeline = pipelineOf(piece.tokens.slice(2), piece.line);
      branches.push({ pipeline, body: this.#list(['end', 'else']), line: piece.line, at: piece.at });
    }
    return { branches, otherwise: this.#otherwise() };
  }

  /** Takes `{{else}}`, what follows, and `{{end}}`. */
  #otherwise(): readonly Node[] {
    const piece = this.#pieces[this.#next];
    this.#next += 1;
    const [first, second] = piece?.tokens ?? [];
    if (first?.type !== 'name' || first.text === 'end') return [];
    if (second !== undefined) {
      throw new TemplateError(piece?.line ?? 1, '`{{else}}` is followed by what is not read here');
    }
    const nodes = this.#list(['end']);
    this.#next += 1;
    return nodes;
  }
}

function nameIn([first]: readonly Token[]): string {
  return first?.type === 'string' ? first.text : '';
}

function pipelineOf(tokens: readonly Token[], line: number): Pipeline {
  return new PipelineParser(tokens, line).whole();
}

class PipelineParser {
  readonly #tokens: readonly Token[];
  readonly #line: number;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], line: number) {
    this.#tokens = tokens;
    this.#line = line;
  }

  whole(): Pipeline {
    const pipeline = this.#pipeline();
    if (this.#next < this.#tokens.length) this.#fail();
    return pipeline;
  }

  #pipeline(): Pipeline {
    const { variables, assigns } = this.#declared();
    const steps = [this.#step()];
    while (this.#takes('|')) steps.push(this.#step());
    return { variables, assigns, steps };
  }

  /** `$a :=`, `$a =`, `$a, $b :=`. */
  #declared(): { variables: readonly string[]; assigns: boolean } {
    const start = this.#next;
    const variables: string[] = [];
    do {
      const token = this.#tokens[this.#next];
      if (token?.type !== 'variable') break;
      variables.push(token.text);
      this.#next += 1;
    } while (this.#takes(','));
    if (variables.length > 0 && this.#takes(':=')) return { variables, assigns: false };
    if (variables.length > 0 && this.#takes('=')) return { variables, assigns: true };
    this.#next = start;
    return { variables: [], assigns: false };
  }

  #step(): Operand {
    const first = this.#tokens[this.#next];
    if (first?.type === 'name' && !CONSTANTS.has(first.text)) {
      this.#next += 1;
      return { type: 'call', call: { name: first.text, given: this.#operands() } };
    }
    const [operand, ...others] = this.#operands();
    if (operand === undefined || others.length > 0) return this.#fail();
    return operand;
  }

  #operands(): readonly Operand[] {
    const operands: Operand[] = [];
    for (let one = this.#operand(); one !== undefined; one = this.#operand()) operands.push(one);
    return operands;
  }

  #operand(): Operand | undefined {
    const token = this.#tokens[this.#next];
    if (token === undefined) return undefined;
    this.#next += 1;
    switch (token.type) {
      case 'string':
        return { type: 'constant', value: token.text };
      case 'number':
        return { type: 'constant', value: token.value };
      case 'variable':
        return placeOf(token.text);
      case 'field':
        return { type: 'dot', fields: token.text.slice(1).split('.') };
      case 'name':
        if (CONSTANTS.has(token.text)) return { type: 'constant', value: CONSTANTS.get(token.text) ?? null };
        return { type: 'call', call: { name: token.text, given: [] } };
      case 'sign':
        return this.#sign(token.text);
    }
  }

  #sign(text: string): Operand | undefined {
    if (text === '.') return { type: 'dot', fields: [] };
    if (text !== '(') {
      this.#next -= 1;
      return undefined;
    }
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new TemplateError(this.#line, TOO_DEEP);
    const pipeline = this.#pipeline();
    this.#depth -= 1;
    if (!this.#takes(')')) return this.#fail();
    return { type: 'pipeline', pipeline };
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.type !== 'sign' || token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #fail(): never {
    throw new TemplateError(this.#line, 'an action is not what Go’s templates allow');
  }
}

function placeOf(text: string): Operand {
  const [name = '', ...fields] = text.split('.');
  return { type: 'variable', name, fields };
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);
