/** `docs/reference/settings.md`: layers of settings, communities, rules, presets. */
import { PRESETS } from '../../src/policy/presets/registry.ts';
import { exemptions, ruleDocument, ruleExemptions } from '../../src/policy/rules/rule-document.ts';
import { writtenSubscription } from '../../src/policy/lists/subscription.ts';
import { communityDocument, declaredCommunity, layerDocument } from '../../src/policy/settings/layer-document.ts';
import { cell, settingsTable } from './schema-table.ts';

export function settingsPage(): readonly string[] {
  const community = communityDocument.pick({ name: true, description: true, rooms: true, spaces: true });
  return [
    'What is in force in a room is merged from layers; what a nearer layer says counts:',
    '',
    '1. what is built in, and `filters` and `policy` of the [configuration](configuration.md)',
    '2. `instance`: every room of this server',
    '3. `community/<id>`: the rooms of a community; a room belongs to one community at most',
    '4. `space/<room id>`: rooms of a community that a space of it names as its children',
    '5. `room/<room id>`: one room',
    '',
    'Every change is checked as a whole and counts from the next event on. It is a numbered revision with author, time',
    'and note, which can be compared and rolled back. `gatehouse rules list --room ID` shows what is in force, and from',
    'which layer it comes. The [guide](../rules.md) has examples.',
    '',
    ...section('A layer', layerDocument),
    ...[
      'A nearer layer changes single fields of rules and subscriptions by their name: `rules: {no-links: {mode: off}}`.',
      'A rule without `when` has no effect where no farther layer has one of its name.',
      '',
    ],
    ...section('A community', community),
    'A community is a layer as well, with the keys above.',
    '',
    ...section(
      'Communities of the configuration file',
      declaredCommunity.pick({ space_settings: true, room_settings: true }),
    ),
    'Below `communities` of the configuration, by id, with these keys besides. At run time they are read-only.',
    '',
    ...section('A rule', ruleDocument.omit({ exempt: true })),
    ...section('`exempt` of a rule', ruleExemptions),
    ...section('`exempt` of a layer', exemptions),
    ...conditions(),
    ...section('A subscription to a policy list', writtenSubscription),
    ...presets(),
  ];
}

function section(title: string, schema: Parameters<typeof settingsTable>[0]): string[] {
  return [`## ${title}`, '', ...settingsTable(schema), ''];
}

function conditions(): string[] {
  return [
    '## Conditions',
    '',
    'A condition is one of these, sixteen deep at most:',
    '',
    '| condition | is true where |',
    '| --- | --- |',
    '| `<check>: <settings>` | the [check](checks.md) matches |',
    '| `all: [<condition>, …]` | all are true |',
    '| `any: [<condition>, …]` | at least one is true |',
    '| `not: <condition>` | it is false |',
    '| `score: {threshold: 5, of: [{weight: 3, when: <condition>}, …]}` | the weights of those that are true reach it |',
    '',
    'What cannot be found out is neither true nor false; the `not` of it is not true either.',
    '',
  ];
}

function presets(): string[] {
  return [
    '## Presets',
    '',
    ...PRESETS.flatMap(({ name, summary, rules }) => [
      `### \`${name}\``,
      '',
      summary,
      '',
      '| rule | action | what for |',
      '| --- | --- | --- |',
      ...Object.entries(rules).map(
        ([rule, { action = 'refuse', description = '' }]) => `| \`${rule}\` | ${action} | ${cell(description)} |`,
      ),
      '',
    ]),
  ];
}
