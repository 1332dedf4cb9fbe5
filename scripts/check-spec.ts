// Holds SPEC.md to its word: every row of its tables (what -> file -> test) names files that exist, the file of an
// endpoint contains its path, and every served route has a row.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { allRoutes } from '../src/http/routes.ts';

interface Row {
  readonly line: number;
  /** `METHOD /path`, or undefined for a row about an MSC or a chapter. */
  readonly endpoint: { readonly method: string; readonly path: string } | undefined;
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

const root = path.resolve(import.meta.dirname, '..');
const rows = readRows(specText());
const problems =
  rows.length === 0 ? ['SPEC.md is missing or has no table'] : [...rows.flatMap(problemsOf), ...unlistedRoutes()];
for (const problem of problems) console.error(problem);
console.log(`${rows.length} rows, ${allRoutes.length} routes, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function specText(): string {
  const file = path.join(root, 'SPEC.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Rows of those tables whose header has a "File" and a "Test" column. */
function readRows(markdown: string): Row[] {
  const found: Row[] = [];
  let columns: { file: number; test: number } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.trimStart().startsWith('|')) {
      columns = undefined;
      continue;
    }
    const cells = line.split(/(?<!\\)\|/u).slice(1, -1);
    if (columns === undefined) {
      columns = { file: columnOf(cells, /\bfiles?\b/iu), test: columnOf(cells, /\btests?\b/iu) };
      continue;
    }
    if (columns.file < 0 || columns.test < 0 || /^[\s|:-]+$/u.test(line)) continue;
    const endpoint = /(GET|PUT|POST|DELETE|HEAD|OPTIONS|PATCH)\s+`?(\/[^\s`|]*)/u.exec(line);
    found.push({
      line: index + 1,
      endpoint: endpoint === null ? undefined : { method: endpoint[1] ?? '', path: endpoint[2] ?? '' },
      files: pathsIn(cells[columns.file]),
      tests: pathsIn(cells[columns.test]),
    });
  }
  return found;
}

function columnOf(cells: readonly string[], heading: RegExp): number {
  return cells.findIndex((cell) => heading.test(cell));
}

/** Paths in backticks or link targets; an anchor behind `#` is for the reader. */
function pathsIn(cell = ''): string[] {
  const links = [...cell.matchAll(/\]\(([^)]+)\)/gu)].map((match) => match[1] ?? '');
  const ticked = [...cell.replaceAll(/\[[^\]]*\]\([^)]*\)/gu, '').matchAll(/`([^`]+)`/gu)].map(
    (match) => match[1] ?? '',
  );
  return [...links, ...ticked].map((name) => name.replace(/#.*$/u, '').replace(/^\.\//u, ''));
}

function problemsOf(row: Row): string[] {
  const where = `SPEC.md:${row.line}`;
  // A row without a file says what Gatehouse does not do.
  if (row.files.length === 0) return row.tests.length === 0 ? [] : [`${where}: a test but no file`];
  const missing = [...row.files, ...row.tests].filter((name) => !existsSync(path.join(root, name)));
  if (missing.length > 0) return missing.map((name) => `${where}: ${name} does not exist`);
  if (row.tests.length === 0) return [`${where}: no test`];
  const { endpoint } = row;
  if (endpoint === undefined) return [];
  const texts = row.files.map((name) => withoutParameterNames(readFileSync(path.join(root, name), 'utf8')));
  const wanted = withoutParameterNames(endpoint.path);
  return texts.some((text) => text.includes(wanted)) ? [] : [`${where}: no file of the row contains ${endpoint.path}`];
}

function unlistedRoutes(): string[] {
  const listed = new Set(
    rows.flatMap(({ endpoint }) =>
      endpoint === undefined ? [] : [`${endpoint.method} ${withoutParameterNames(endpoint.path)}`],
    ),
  );
  return allRoutes
    .filter((route) => !listed.has(`${route.method} ${withoutParameterNames(route.path)}`))
    .map((route) => `SPEC.md: no row for ${route.method} ${route.path}`);
}

/** `{eventId}` in the specification is `:eventId` in the code. */
function withoutParameterNames(text: string): string {
  return text.replaceAll(/\{[A-Za-z]\w*\}|(?<=\/):[A-Za-z]\w*|(?<=\/)\*/gu, '{}');
}
