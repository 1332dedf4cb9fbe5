/** The filters of policyserv that look at texts, mentions and links. */
import { HARMS } from '../harms.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import { MAX_LENGTH as LONGEST_NAME } from '../names/name-index.ts';
import { MESSAGE, OFF, type Mapped, type Mapper, type Surroundings } from './policyserv-mapper.ts';
import type { Reader } from './policyserv-values.ts';
import { templateRules } from './templates/template-rules.ts';

const FLOODING = { harms: [HARMS.flooding], order: 100 };

const NAMES_NOTE =
  'Display names count as whole words, in any case, by letters and digits rather than bytes. Nobody counts twice, and mentions by id of people who are not in the room count too.';

export const TEXT_MAPPERS: readonly Mapper[] = [
  {
    filter: 'Keyword',
    keys: ['keyword_filter_keywords', 'keyword_filter_use_full_event'],
    map: (reader: Reader): Mapped => keywordRule(reader),
  },
  {
    filter: 'KeywordTemplate',
    keys: ['keyword_template_filter_template_names', 'keyword_template_filter_use_full_event'],
    map: (reader: Reader, surroundings: Surroundings): Mapped => keywordTemplates(reader, surroundings),
  },
  {
    filter: 'Mentions',
    keys: ['mention_filter_max_mentions', 'mention_filter_min_plaintext_length'],
    map: (reader: Reader): Mapped => {
      const most = Math.ceil(reader.number('mention_filter_max_mentions'));
      const names = displayNames(reader.number('mention_filter_min_plaintext_length'));
      if (most <= 0 || most > 1001) return outOfRange('mention_filter_max_mentions', most);
      const when = { all: [MESSAGE, { mentions: { more_than: most - 1, ...names } }] };
      return { rules: { mentions: { when, ...FLOODING } }, notes: [NAMES_NOTE] };
    },
  },
  {
    filter: 'MentionsFrequency',
    keys: ['mention_frequency_filter_rate_limit', 'mention_frequency_filter_min_plaintext_length'],
    map: (reader: Reader): Mapped => {
      const perSecond = reader.number('mention_frequency_filter_rate_limit');
      const names = displayNames(reader.number('mention_frequency_filter_min_plaintext_length'));
      if (perSecond <= 0) return OFF;
      const most = Math.min(1_000_000, Math.floor(perSecond * 60));
      const rate = { what: 'mentions', more_than: most, within: '1m', ...names };
      const rule = { when: { all: [MESSAGE, { rate }] }, ...FLOODING };
      return { rules: { 'mention-frequency': rule }, notes: [NAMES_NOTE] };
    },
  },
  {
    filter: 'ManyAts',
    keys: ['many_ats_filter_max_ats'],
    map: (reader: Reader): Mapped => {
      const most = Math.ceil(reader.number('many_ats_filter_max_ats'));
      if (most <= 0) return outOfRange('many_ats_filter_max_ats', most);
      const when = { at_signs: { more_than: Math.min(most - 1, 65_536), counted_in: 'content' } };
      return { rules: { 'many-ats': { when, ...FLOODING } }, notes: [] };
    },
  },
  {
    filter: 'Density',
    keys: ['density_filter_max_density', 'density_filter_min_trigger_length'],
    map: (reader: Reader): Mapped => {
      const share = reader.number('density_filter_max_density');
      const length = Math.max(1, Math.ceil(reader.number('density_filter_min_trigger_length')));
      if (share > 1 || length > 65_536) return OFF;
      const density = { at_least: Math.max(0, share), min_length: length, unit: 'bytes' };
      return { rules: { density: { when: { all: [MESSAGE, { density }] }, ...FLOODING } }, notes: [] };
    },
  },
  {
    filter: 'TrimLength',
    keys: ['trim_length_filter_max_difference'],
    map: (reader: Reader): Mapped => {
      const most = Math.ceil(reader.number('trim_length_filter_max_difference'));
      if (most <= 0 || most > 65_536) return outOfRange('trim_length_filter_max_difference', most);
      const when = { all: [MESSAGE, { padding: { at_least: most, unit: 'bytes' } }] };
      return { rules: { 'trim-length': { when, ...FLOODING } }, notes: ['Invisible characters count as blanks too.'] };
    },
  },
  {
    filter: 'Length',
    keys: ['length_filter_max_length'],
    map: (reader: Reader): Mapped => {
      const most = Math.floor(reader.number('length_filter_max_length'));
      if (most < 0) return outOfRange('length_filter_max_length', most);
      const when = { all: [MESSAGE, { event_size: { more_than: most } }] };
      return { rules: { length: { when, ...FLOODING } }, notes: [] };
    },
  },
  {
    filter: 'Link',
    keys: ['link_filter_allowed_url_globs', 'link_filter_denied_url_globs'],
    map: (reader: Reader): Mapped => {
      const allowed = reader.list('link_filter_allowed_url_globs', { longest: 1_000 });
      const denied = reader.list('link_filter_denied_url_globs', { longest: 1_000 });
      if (allowed.length + denied.length === 0) return OFF;
      const where = { everywhere: true, matrix: true, schemes: ['http', 'https'] };
      const rule = {
        when: { links: { ...where, allowed_urls: [...allowed], denied_urls: [...denied] } },
        order: 100,
      };
      const note =
        'Domains without `https://`, which many apps make links of, are judged too, and allowed addresses must fit the address as browsers read it.';
      return { rules: { links: rule }, notes: [note] };
    },
  },
];

/** Where names must be longer than any that is looked for, none count. */
function displayNames(shortest: number): { display_names?: true; shortest_display_name?: number } {
  if (shortest > LONGEST_NAME) return {};
  return { display_names: true, shortest_display_name: Math.max(1, Math.ceil(shortest)) };
}

const MOST_KEYWORDS = 1_000;
const LONGEST_KEYWORD = 500;

function keywordRule(reader: Reader): Mapped {
  const keywords = reader.list('keyword_filter_keywords', { longest: LONGEST_KEYWORD, most: 20_000 });
  const whole = reader.boolean('keyword_filter_use_full_event');
  if (keywords.length === 0) return OFF;
  const parts = Array.from({ length: Math.ceil(keywords.length / MOST_KEYWORDS) }, (_, index) =>
    keywords.slice(index * MOST_KEYWORDS, (index + 1) * MOST_KEYWORDS),
  );
  const rules = parts.map((contains, index) => {
    const name = index === 0 ? 'keywords' : `keywords-${String(index + 1)}`;
    return [name, { when: { raw_content: { contains, whole_event: whole } }, order: 100 }] as const;
  });
  return { rules: Object.fromEntries(rules), notes: [] };
}

function keywordTemplates(reader: Reader, { templates }: Surroundings): Mapped {
  const names = reader.list('keyword_template_filter_template_names');
  const wholeEvent = reader.boolean('keyword_template_filter_use_full_event');
  if (names.length === 0) return OFF;
  const rules: Record<string, RuleInput> = {};
  const notes: string[] = [];
  for (const name of names) {
    const source = templates.get(name);
    if (source === undefined) {
      notes.push(
        `Template ${name} is not given: save what policyserv answers to GET /api/v1/keyword_templates/${name} as ${name}.json in a folder, or its text alone as ${name}, and import again with --templates FOLDER.`,
      );
      continue;
    }
    const made = templateRules(name, source, { wholeEvent });
    for (const [wanted, rule] of Object.entries(made.rules)) rules[freeName(wanted, rules)] = rule;
    notes.push(...made.notes);
    if (source.trim() === '') notes.push(`Template ${name} is empty, which is how templates are deleted there.`);
  }
  if (Object.keys(rules).length === 0) return { rules, notes, outcome: 'not_carried_over' };
  const always = [
    'Where several branches match, the harms of the first are sent, not those of all.',
    ...(wholeEvent ? ['The JSON of the event is looked at in its canonical form.'] : []),
  ];
  return { rules, notes: [...notes, ...always] };
}

/** Names of templates that are other there may be the same as parts of rules’ names. */
function freeName(wanted: string, taken: object): string {
  let name = wanted;
  for (let number = 2; name in taken; number += 1) name = `${wanted}-${String(number)}`;
  return name;
}

function outOfRange(key: string, value: number): Mapped {
  const notes = [`${key}: ${String(value)} would refuse every event, or none; write a rule where that is wanted.`];
  return { rules: {}, notes, outcome: 'not_carried_over' };
}
