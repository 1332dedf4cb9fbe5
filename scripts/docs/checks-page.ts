/** `docs/reference/checks.md`: every check that conditions are made of. */
import { stringify } from 'yaml';
import type { DefinedFilter, ExampleEvent, FactName, OnFailure } from '../../src/policy/filters/filter.ts';
import { FILTERS } from '../../src/policy/filters/registry.ts';
import { settingsTable } from './schema-table.ts';

const FACTS: Readonly<Record<FactName, string>> = {
  power_level: 'power levels of the room',
  membership: 'memberships of the room',
  history_of_the_sender: 'what is remembered of the sender',
  counters: 'counters of recent events',
  recent_events: 'recent events',
  policy_lists: 'policy lists',
  names_of_moderators: 'names of the moderators',
  names_of_members: 'names of the members',
  remote_services: 'other services, asked over HTTP',
  time: 'the time',
};

const FAILURES: Readonly<Record<OnFailure, string>> = {
  skip: 'the rule does not apply',
  refuse: 'the rule applies',
  busy: 'there is no verdict, and the sender is told to try again',
};

export function checksPage(): readonly string[] {
  return [
    'What rules can look at; [settings.md](settings.md) says how rules are written. `gatehouse rules checks` tells the same.',
    'What a failure means is the default, which `on_failure` of a rule overrides. The examples are run by the tests.',
    '',
    FILTERS.map(({ name }) => `[${name}](#${name})`).join(' · '),
    '',
    ...FILTERS.flatMap(describeFilter),
  ];
}

function describeFilter({ name, summary, needs, readsContent, onFailure, settings, example }: DefinedFilter): string[] {
  const facts = needs.length === 0 ? 'the event alone' : `the event, ${needs.map((fact) => FACTS[fact]).join(', ')}`;
  return [
    ...[`## ${name}`, '', summary, ''],
    `- looks at: ${facts}`,
    `- encrypted events: ${readsContent ? 'nothing can be said about them' : 'judged like others'}`,
    `- where it fails: ${FAILURES[onFailure]}`,
    '',
    ...settingsTable(settings),
    ...['', '```yaml', stringify({ when: { [name]: example.settings } }, { lineWidth: 100 }).trimEnd(), '```', ''],
    `matches ${eventText(example.matches)}, and not ${eventText(example.ignores)}.`,
    '',
  ];
}

/** Type and content as JSON, long texts shortened. */
function eventText({ type = 'm.room.message', content, sender, powerLevel }: ExampleEvent): string {
  const json = JSON.stringify(content);
  const shown = json.length > 160 ? `${json.slice(0, 159)}…` : json;
  const who = [
    ...(sender === undefined ? [] : [`by ${sender}`]),
    ...(powerLevel === undefined ? [] : [`with power level ${String(powerLevel)}`]),
  ];
  return [`${type} \`${shown.replaceAll('`', "'")}\``, ...who].join(' ');
}
