/** Settings as people read them. */
import { stringify } from 'yaml';
import { formatPath } from '../config/mistakes.ts';
import type {
  ChangeAnswer,
  CheckListAnswer,
  CommunityListAnswer,
  EffectiveAnswer,
  HistoryAnswer,
  PresetListAnswer,
  ScopeAnswer,
} from './settings-answers.ts';
import { fields, printable, table } from './table.ts';

export function describeCommunities(communities: CommunityListAnswer): string {
  if (communities.length === 0) return 'There is no community yet: gatehouse community create ID --name NAME';
  return table(
    ['COMMUNITY', 'NAME', 'PRESET', 'ROOMS', 'SPACES', 'RULES', 'REVISION'],
    communities.map(({ id, name, preset, rooms, spaces, rules, revision, read_only: readOnly }) => [
      ...[id, name, preset ?? '-', String(rooms), String(spaces), String(rules)],
      readOnly ? 'configuration file' : String(revision),
    ]),
  );
}

/** A document with its origin in front, as YAML that can be saved again. */
export function describeScope(answer: ScopeAnswer): string {
  return [
    fields([
      ['scope', answer.scope],
      ['community', answer.scope === `community/${answer.community ?? ''}` ? undefined : answer.community],
      ['revision', answer.read_only ? 'declared in the configuration file' : String(answer.revision)],
      ['by', answer.author === undefined ? undefined : `${answer.author}, ${timeOf(answer.at ?? 0)}`],
      ['note', answer.note === '' ? undefined : answer.note],
    ]),
    '',
    yamlOf(answer.settings),
  ].join('\n');
}

/** YAML with nothing in it that could command a terminal. */
export function yamlOf(document: object): string {
  const text = Object.keys(document).length === 0 ? '{}' : stringify(document, { lineWidth: 0 });
  return text.trimEnd().split('\n').map(printable).join('\n');
}

export function describeChange({ scope, revision, dry_run: dryRun, changes }: ChangeAnswer): string {
  if (changes.length === 0) return `${scope}: nothing to change.`;
  const head = dryRun ? `${scope} would change, nothing is saved:` : `${scope} is at revision ${String(revision)} now:`;
  return [head, describeChanges(changes)].join('\n');
}

export function describeChanges(changes: ChangeAnswer['changes']): string {
  if (changes.length === 0) return 'There is no difference.';
  return changes
    .map((change) => `  ${printable(change.path)}: ${valueText(change.old)} → ${valueText(change.new)}`)
    .join('\n');
}

export function describeHistory(revisions: HistoryAnswer): string {
  if (revisions.length === 0) return 'Nothing was ever saved here at run time.';
  return table(
    ['REVISION', 'WHEN', 'BY', 'CHANGED', 'NOTE'],
    revisions.map(({ revision, at, author, deleted, changed, note }) => [
      ...[String(revision), timeOf(at), author, deleted ? 'deleted' : listText(changed), note],
    ]),
  );
}

export function describeRules(answer: EffectiveAnswer): string {
  const rules = Object.entries(answer.settings.rules)
    .map(([name, { order = 500, action = 'refuse', mode = 'on', description = '' }]) => {
      return { name, order, action, mode, description };
    })
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const rows = rules.map(({ name, order, action, mode, description }) => [
    ...[String(order), name, action, mode, originsOf(answer, name).join(', '), description],
  ]);
  const preset = answer.preset === undefined ? 'none' : `${answer.preset.name}, from ${answer.preset.origin}`;
  return [
    fields([
      ['scope', answer.scope],
      ['community', answer.community],
      ['layers', answer.layers.join(' → ')],
      ['preset', preset],
      ['fingerprint', answer.fingerprint],
    ]),
    '',
    rows.length === 0 ? 'No rules.' : table(['ORDER', 'RULE', 'ACTION', 'MODE', 'FROM', 'WHAT FOR'], rows),
    ...listsIn(answer),
    ...answer.without_effect.map(
      ({ origin, rule }) =>
        `${printable(`${rule} of ${origin}`)} has no effect: no farther layer has a rule of that name.`,
    ),
  ].join('\n');
}

/** What is said of policy lists, switched off ones included, and which layer says it. */
function listsIn({ settings, origins }: EffectiveAnswer): readonly string[] {
  const rows = Object.entries(settings.lists).flatMap(([list, subscription]) => {
    const said = Object.entries(subscription).flatMap(([field, value]) =>
      field === 'overrides' ? entriesOf(field, value) : [{ path: [field], value }],
    );
    if (said.length === 0) return [[list, 'trust', 'flag', 'the default']];
    return said.map(({ path, value }) => [
      ...[list, path.join(' '), typeof value === 'string' ? value : valueText(value)],
      origins[formatPath(['lists', list, ...path])] ?? '',
    ]);
  });
  return rows.length === 0 ? [] : ['', table(['POLICY LIST', 'SETTING', 'VALUE', 'FROM'], rows)];
}

function entriesOf(field: string, value: unknown): readonly { readonly path: string[]; readonly value: unknown }[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, inner]): { path: string[]; value: unknown } => ({
        path: [field, name],
        value: inner,
      }))
    : [];
}

/** One rule as YAML, and which layer says what of it. */
export function describeRule(answer: EffectiveAnswer, name: string): string {
  const rule = answer.settings.rules[name] ?? {};
  const origins = Object.keys(rule).map((field): [string, string] => [
    field,
    `from ${answer.origins[`rules.${name}.${field}`] ?? ''}`,
  ]);
  return [yamlOf({ [name]: rule }), '', fields(origins)].join('\n');
}

export function describeChecks(checks: CheckListAnswer): string {
  return table(
    ['CHECK', 'MATCHES'],
    checks.map(({ name, summary }) => [name, summary]),
  );
}

export function describeCheck(check: CheckListAnswer[number]): string {
  const settings = Object.entries(check.settings.properties ?? {}).map(([name, { description = '', ...rest }]) => [
    ...[name, 'default' in rest ? JSON.stringify(rest['default']) : '-', description],
  ]);
  return [
    fields([
      ['check', check.name],
      ['matches', check.summary],
      ['needs', check.needs.length === 0 ? 'the event alone' : check.needs.join(', ')],
      ['encrypted', check.reads_content ? 'cannot be said' : 'judged like any other'],
      ['failure', check.on_failure],
    ]),
    '',
    settings.length === 0 ? 'It has no settings.' : table(['SETTING', 'DEFAULT', 'MEANING'], settings),
    '',
    yamlOf({ when: { [check.name]: check.example.settings } }),
  ].join('\n');
}

export function describePresets(presets: PresetListAnswer): string {
  return presets
    .map(({ name, summary, rules }) => {
      const rows = Object.entries(rules).map(([rule, { description = '' }]) => [`  ${rule}`, description]);
      return [`${name}: ${printable(summary)}`, table(['  RULE', 'WHAT FOR'], rows)].join('\n');
    })
    .join('\n\n');
}

/** From far to near, each once. */
function originsOf(answer: EffectiveAnswer, rule: string): readonly string[] {
  const prefix = `rules.${rule}.`;
  const origins = Object.entries(answer.origins).filter(([path]) => path.startsWith(prefix));
  return [...new Set(origins.map(([, origin]) => origin))];
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

function listText(paths: readonly string[]): string {
  const [first, second, ...rest] = paths;
  const shown = [first, second].filter((path) => path !== undefined).join(', ');
  return rest.length === 0 ? shown : `${shown} and ${String(rest.length)} more`;
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return printable(text.length > 100 ? `${text.slice(0, 99)}…` : text);
}
