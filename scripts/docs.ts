// Writes docs/reference from the code: `node scripts/docs.ts`; with --check it fails where a file is not current.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { configKeys, type ConfigKey } from '../src/config/keys.ts';
import { remoteCheck } from '../src/config/remote-checks.ts';
import { adminRoutes } from '../src/http/routes.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { MATRIX_ERRORS } from '../src/http/errors.ts';
import { CONFIGURED_FILTERS } from '../src/policy/filters/configured.ts';
import { checksPage } from './docs/checks-page.ts';
import { cell, settingsTable } from './docs/schema-table.ts';
import { settingsPage } from './docs/settings-page.ts';

const folder = path.resolve(import.meta.dirname, '../docs/reference');
const NOTICE = '<!-- Written by scripts/docs.ts: change the code that it describes. -->';

const pages: ReadonlyMap<string, string> = new Map([
  ['configuration.md', configurationPage()],
  ['errors.md', errorsPage()],
  ['filters.md', filtersPage()],
  ['checks.md', page('Checks', checksPage())],
  ['settings.md', page('Settings', settingsPage())],
  ['metrics.md', page('Metrics', await metricsPage())],
  ['admin-api.md', page('Admin API', adminApiPage())],
]);

process.exitCode = process.argv.includes('--check') ? check() : write();

function write(): number {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pages) writeFileSync(path.join(folder, name), text);
  return 0;
}

function check(): number {
  const stale = [...pages].filter(([name, text]) => read(name) !== text).map(([name]) => name);
  if (stale.length > 0) console.error(`not current in docs/reference: ${stale.join(', ')}; run node scripts/docs.ts`);
  return stale.length > 0 ? 1 : 0;
}

function read(name: string): string | undefined {
  try {
    return readFileSync(path.join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

async function metricsPage(): Promise<readonly string[]> {
  const metrics = await new Metrics().descriptions();
  return [
    '`GET /metrics` on the admin listener, in the text format of Prometheus. No label names a room, a user or a server.',
    'Metrics of the process and of Node (`process_*`, `nodejs_*`) are there too.',
    '',
    '| metric | type | meaning |',
    '| --- | --- | --- |',
    ...metrics.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${cell(help)} |`),
  ];
}

function adminApiPage(): readonly string[] {
  return [
    'Served on the admin listener (`admin.listen` in the [configuration](configuration.md)) to those with a token, and on',
    'the control socket in the data folder to its owner. `GET /_gatehouse/admin/v1/openapi.json` describes every request',
    'and answer in full (OpenAPI 3.1). A token is made with `gatehouse tokens create`, for the whole instance or for one',
    'community; those of a community may use what says so below, for their own community alone. Who sends a `POST` with an',
    '`Idempotency-Key` of their own may send it again: within a day, and unless the server was restarted, it is done once.',
    '',
    '| request | for | what it does |',
    '| --- | --- | --- |',
    ...adminRoutes.map(({ method, path: template, admin }) => {
      return `| \`${method} ${template}\` | ${admin.access} | ${cell(admin.summary)} |`;
    }),
  ];
}

function configurationPage(): string {
  const keys = configKeys.filter(isDescribedHere);
  return page('Configuration', [
    'One YAML file, named by `--config FILE` or `GATEHOUSE_CONFIG`; relative paths start at its folder. Every key is also',
    'an environment variable, which overrides the file; lists and sections are given as YAML or JSON there. Empty',
    'variables count as unset. Unknown keys and variables stop the start. `gatehouse config check FILE` tells every',
    'mistake at once. Settings of filters are in [filters.md](filters.md), those of `policy` and `communities` in',
    '[settings.md](settings.md).',
    '',
    ...keys.flatMap(describeKey),
    '## `listen[]`',
    '',
    'Each listener has a `host` and a `port` (0 lets the system choose). `tls` is left out behind a proxy; else it is a',
    'section with the PEM files `certificate` and `private_key`, or `"self-signed"`, which keeps a certificate in the data',
    'folder for trying things out: other servers do not accept it unless told to.',
    '',
    '## `remote_checks.<name>`',
    '',
    'Each program that rules may ask, by the name that rules use; what it gets and answers is in',
    '[remote-checks.md](../remote-checks.md).',
    '',
    ...settingsTable(remoteCheck),
  ]);
}

/** Sections whose keys people choose, and the whole of `policy`, have pages of their own. */
function isDescribedHere({ kind, path: [first = '', ...inner] }: ConfigKey): boolean {
  if (first === 'policy' || first === 'communities') return inner.length === 0;
  return kind !== 'section' && first !== 'filters';
}

function describeKey(key: ConfigKey): string[] {
  const facts = [
    `- variable: \`${key.variable}\``,
    `- type: ${key.type}${key.unit === undefined ? '' : ` (${key.unit})`}`,
    ...(key.fallback === undefined ? [] : [`- default: ${asCode(key.fallback)}`]),
  ];
  return [`## \`${key.path.join('.')}\``, '', sentence(key.description), '', ...facts, ''];
}

/** Defaults that are values are code, those in words are not. */
function asCode(fallback: string): string {
  try {
    JSON.parse(fallback);
    return `\`${fallback}\``;
  } catch {
    return fallback;
  }
}

function errorsPage(): string {
  const rows = Object.entries(MATRIX_ERRORS).map(
    ([code, { statuses, meaning }]) => `| \`${code}\` | ${statuses.join(', ')} | ${cell(meaning)} |`,
  );
  return page('Errors', [
    'Every error is JSON with `errcode` and `error`, as in the Matrix specification.',
    '',
    '| errcode | status | meaning |',
    '| --- | --- | --- |',
    ...rows,
  ]);
}

function filtersPage(): string {
  const filters = Object.entries(CONFIGURED_FILTERS).flatMap(([name, filter]) => {
    const settings = configKeys.filter((key) => key.path[0] === 'filters' && key.path[1] === name);
    const moderators = name === 'test_string' ? 'Moderators are judged too.' : 'Moderators are exempt.';
    const rows = settings.filter((key) => key.kind !== 'section').map(settingRow);
    const table = ['', '| setting | type | default | meaning |', '| --- | --- | --- | --- |', ...rows];
    return [`## \`${name}\``, '', `${filter.summary} ${moderators}`, ...(rows.length === 0 ? [] : table), ''];
  });
  return page('Filters', [
    'Filters are asked in this order; the first that has something to say decides. Their settings are keys below',
    '`filters` in the [configuration](configuration.md).',
    '',
    ...filters,
  ]);
}

function settingRow(key: ConfigKey): string {
  const fallback = key.fallback === undefined ? '' : asCode(key.fallback);
  return `| \`${key.path.slice(2).join('.')}\` | ${cell(key.type)} | ${cell(fallback)} | ${cell(key.description)} |`;
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function page(title: string, lines: readonly string[]): string {
  return `${[`# ${title}`, '', NOTICE, '', ...lines].join('\n').trimEnd()}\n`;
}
