/** YAML as people write it, with every mistake of its syntax at once. */
import { LineCounter, parseDocument, type Document } from 'yaml';

export interface YamlProblem {
  /** From 1; `undefined` where it is the text as a whole. */
  readonly line: number | undefined;
  readonly message: string;
}

export type YamlText =
  | { readonly ok: true; readonly value: unknown; readonly document: Document; readonly lines: LineCounter }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Aliases that unfold to more are made to exhaust memory. */
const MOST_ALIASES = 50;

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, stringKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const told = problems.map(({ linePos, message, code }) => ({
      line: linePos?.[0].line,
      message: sentenceOf(message, code),
    }));
    return { ok: false, problems: distinct(told) };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    // Fails where an alias stands within what it stands for.
    JSON.stringify(value);
    return { ok: true, value, document, lines };
  } catch (error) {
    return { ok: false, problems: [{ line: undefined, message: reasonOf(error) }] };
  }
}

function distinct(problems: readonly YamlProblem[]): readonly YamlProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function sentenceOf(message: string, code: string): string {
  if (code === 'TAB_AS_INDENT') return 'tabs cannot indent YAML: use spaces';
  if (code === 'MULTIPLE_DOCS') return 'expected one document: "---" begins a second one';
  if (/Maximum call stack|Stack overflow/.test(message)) return 'nested too deep';
  const [line = message] = message.split('\n', 1);
  return line.replace(/ ?at line \d+, column \d+:?$/u, '');
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'nested too deep';
  if (error instanceof TypeError) return 'an alias stands within what it stands for';
  return error instanceof Error ? error.message : 'cannot be read as YAML';
}
