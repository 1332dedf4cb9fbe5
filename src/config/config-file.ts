/** One YAML file, with the lines on which its keys stand. */
import { isCollection, isMap, isScalar, type Document, type LineCounter } from 'yaml';
import type { ConfigError, Locate } from './config-error.ts';
import { readGivenFile, sentenceOf } from './given-file.ts';
import { readYaml } from './yaml-text.ts';

export interface ConfigFile {
  /** Keys and values as written; null prototypes, so that no key has a meaning of its own. */
  readonly content: Record<string, unknown>;
  readonly locate: Locate;
}

export type ConfigFileResult = { ok: true; file: ConfigFile } | { ok: false; errors: ConfigError[] };

const MOST_MIB = 4;

export function readConfigFile(path: string, shownAs: string): ConfigFileResult {
  const read = readGivenFile(path, MOST_MIB);
  return read.ok ? parseConfigText(read.text, shownAs) : failure(shownAs, sentenceOf(read.problem));
}

export function parseConfigText(text: string, shownAs: string): ConfigFileResult {
  const read = readYaml(text);
  if (!read.ok) {
    return {
      ok: false,
      errors: read.problems.map(({ line, message }) => ({
        ...{ path: '', message },
        where: line === undefined ? shownAs : `${shownAs}:${String(line)}`,
      })),
    };
  }
  const { document, lines, value } = read;
  if (document.contents !== null && !isMap(document.contents) && !isEmpty(document.contents)) {
    return failure(`${shownAs}:1`, 'expected keys and values such as "server_name: example.org"');
  }
  return { ok: true, file: { content: plainObject(value), locate: locator(document, lines, shownAs) } };
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

/** Finds the line of a key: of its value where that is an item of a list, of the nearest section where it is absent. */
function locator(document: Document, lines: LineCounter, shownAs: string): Locate {
  return (path) => {
    let node: unknown = document.contents;
    let line = 1;
    for (const step of path) {
      if (!isCollection(node)) break;
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === step) : undefined;
      const value: unknown = node.get(step, true);
      const range = isScalar(pair?.key)
        ? pair.key.range
        : isCollection(value) || isScalar(value)
          ? value.range
          : undefined;
      if (range === undefined || range === null) break;
      line = lines.linePos(range[0]).line;
      node = value;
    }
    return `${shownAs}:${String(line)}`;
  };
}

function plainObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function failure(where: string, message: string): ConfigFileResult {
  return { ok: false, errors: [{ path: '', where, message }] };
}
