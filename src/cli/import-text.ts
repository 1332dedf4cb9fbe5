/** What came of an import, as people read it. */
import type { ImportedRules, ImportNote } from '../policy/import/imported-rules.ts';
import type { ChangeAnswer } from './settings-answers.ts';
import { yamlOf } from './settings-text.ts';
import { printable } from './table.ts';

const OUTCOMES: Readonly<Record<ImportNote['outcome'], string>> = {
  unknown: 'Not known',
  not_carried_over: 'Not carried over',
  differs: 'Carried over, with differences',
  carried_over: 'Carried over',
  not_needed: 'Nothing to carry over',
};

export type ImportChange = Pick<ChangeAnswer, 'scope' | 'revision' | 'dry_run' | 'changes'>;

/** The rules as YAML that `rules apply` takes, every line of the report being a comment of it. */
export function describeImport({ rules, report }: ImportedRules, change: ImportChange | undefined): string {
  const lines = Object.entries(OUTCOMES).flatMap(([outcome, title]) => {
    const notes = report.filter((note) => note.outcome === outcome);
    return notes.length === 0 ? [] : [`${title}:`, ...notes.flatMap(describeNote), ''];
  });
  const comments = [...lines, stateOf(rules, change)].map((line) => `# ${printable(line)}`.trimEnd());
  const isSaved = change?.dry_run === false;
  return [...comments, ...(isSaved ? [] : [yamlOf({ rules })])].join('\n');
}

function stateOf(rules: ImportedRules['rules'], change: ImportChange | undefined): string {
  if (change === undefined) return 'Nothing is saved.';
  const { scope, revision, dry_run: isDryRun, changes } = change;
  if (isDryRun) {
    return `Nothing is saved: ${scope} would take it, with ${String(changes.length)} ${changes.length === 1 ? 'value' : 'values'} changed.`;
  }
  return `${scope} is at revision ${String(revision)} now, with ${String(Object.keys(rules).length)} rules from policyserv.`;
}

function describeNote({ what, from, rules, notes }: ImportNote): readonly string[] {
  const made = rules.length === 0 ? '' : ` → ${rules.join(', ')}`;
  const origin = from === 'default' ? ' (policyserv’s default)' : '';
  return [`  ${what}${origin}${made}`, ...notes.map((note) => `    ${note}`)];
}
