/** What guides for people say that a machine can check: commands to type, and samples of settings. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface Guide {
  /** As people know it: `docs/rules.md`. */
  readonly name: string;
  readonly text: string;
}

export interface Sample {
  readonly guide: string;
  readonly line: number;
  /** After the opening fence. */
  readonly language: string;
  readonly text: string;
}

export interface CommandLine {
  /** `docs/rules.md:12` */
  readonly place: string;
  /** What follows `gatehouse`, as a shell splits it. */
  readonly words: readonly string[];
}

/** The README and everything in `docs/`. */
export function guides(): readonly Guide[] {
  return ['README.md', ...globSync('docs/**/*.md', { cwd: root }).toSorted()].map(guideNamed);
}

export function guideNamed(name: string): Guide {
  return { name, text: readFileSync(path.join(root, name), 'utf8') };
}

/** Fenced blocks, those within lists included, without their indentation. */
export function samplesOf({ name, text }: Guide): readonly Sample[] {
  const samples: Sample[] = [];
  let open: { readonly indent: string; readonly language: string; readonly line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', language = ''] = /^( *)```(\w*)$/.exec(line) ?? [];
    const isFence = /^ *```/.test(line);
    if (open === undefined) {
      if (isFence) open = { indent, language, line: index + 1, lines: [] };
      continue;
    }
    if (!isFence) {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      continue;
    }
    const { lines, ...rest } = open;
    samples.push({ guide: name, line: rest.line, language: rest.language, text: `${lines.join('\n')}\n` });
    open = undefined;
  }
  return samples;
}

/** Lines of fenced blocks that call `gatehouse`, with their continuations. */
export function commandLinesOf(guide: Guide): readonly CommandLine[] {
  return samplesOf(guide).flatMap(({ line, language, text }) => {
    if (!['', 'sh', 'bash', 'console'].includes(language)) return [];
    return text.split('\n').flatMap((_, index, lines) => {
      if (lines[index - 1]?.endsWith('\\') === true) return [];
      const calls = commandOf(joined(lines, index));
      return calls === undefined ? [] : [{ place: `${guide.name}:${String(line + 1 + index)}`, words: calls }];
    });
  });
}

/** Commands named in the text itself: without a blank in the place of arguments that do not matter there. */
export function mentionedCommandsOf({ name, text }: Guide): readonly CommandLine[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```$/gm, (block) => block.replaceAll(/[^\n]/g, ''));
  return [...prose.matchAll(/`([^`]+)`/g)].flatMap(({ 1: code = '', index }) => {
    const words = commandOf(code.replaceAll('\n', ' '));
    const line = prose.slice(0, index).split('\n').length;
    return words === undefined ? [] : [{ place: `${name}:${String(line)}`, words }];
  });
}

function joined(lines: readonly string[], from: number): string {
  let text = lines[from] ?? '';
  for (let next = from + 1; text.endsWith('\\') && next < lines.length; next += 1) {
    text = `${text.slice(0, -1)} ${(lines[next] ?? '').trim()}`;
  }
  return text;
}

const CALL = /^\s*(?:\$ )?(?:sudo -u \w+ )?(?:npx )?gatehouse(?: +|$)/;

function commandOf(line: string): readonly string[] | undefined {
  const call = CALL.exec(line);
  if (call === null) return undefined;
  // In a list of commands what they do stands behind them.
  const [command = ''] = line.slice(call[0].length).split(/ {2,}(?!-)/);
  return shellWords(command);
}

const ENDS: ReadonlySet<string> = new Set(['|', '>', '>>', ';', '&&', '&']);

/** Quotes and comments as a shell has them, up to where the command ends; nothing is expanded. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/#.*|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g)) {
    if (word.startsWith('#') || ENDS.has(word)) break;
    words.push(
      word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, single?: string, double?: string, one?: string) => {
        return single ?? double?.replaceAll(/\\(.)/g, '$1') ?? one ?? '';
      }),
    );
  }
  return words;
}
