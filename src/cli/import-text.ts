/** What came of an import, as people read it. */
import type { ImportedRules, ImportNote } from '../policy/import/imported-rules.ts';
import { yamlOf } from './settings-text.ts';
import { printable } from './table.ts';

const OUTCOMES: Readonly<Record<ImportNote['outcome'], string>> = {
  unknown: 'Not known',
  not_carried_over: 'Not carried over',
  differs: 'Carried over, with differences',
  carried_over: 'Carried over',
  not_needed: 'Nothing to carry over',
};

/** The rules as YAML that `rules apply` takes, every line of the report being a comment of it. */
export function describeImport(
  { rules, report }: ImportedRules,
  change: { readonly scope: string; readonly revision: number } | undefined,
): string {
  const lines = Object.entries(OUTCOMES).flatMap(([outcome, title]) => {
    const notes = report.filter((note) => note.outcome === outcome);
    return notes.length === 0 ? [] : [`${title}:`, ...notes.flatMap(describeNote), ''];
  });
  const state =
    change === undefined
      ? 'Nothing is saved.'
      : `${change.scope} is at revision ${String(change.revision)} now, with ${String(Object.keys(rules).length)} rules from policyserv.`;
  const comments = [...lines, state].map((line) => `# ${printable(line)}`.trimEnd());
  return [...comments, ...(change === undefined ? [yamlOf({ rules })] : [])].join('\n');
}

function describeNote({ what, from, rules, notes }: ImportNote): readonly string[] {
  const made = rules.length === 0 ? '' : ` → ${rules.join(', ')}`;
  const origin = from === 'default' ? ' (policyserv’s default)' : '';
  return [`  ${what}${origin}${made}`, ...notes.map((note) => `    ${note}`)];
}
