/** Layers merged into what is in force, with where each value comes from. Pure. */
import { hash } from 'node:crypto';
import { formatPath } from '../../config/mistakes.ts';
import { filterNamed } from '../filters/registry.ts';
import { presetNamed } from '../presets/registry.ts';
import { compilePolicy, type CompileResult, type PolicyDocument } from '../rules/compiled-policy.ts';
import { exemptions } from '../rules/rule-document.ts';
import { canonicalSettings, type LayerDocument } from './layer-document.ts';

export interface Layer {
  /** `built-in`, `configuration`, or the scope that the layer stands in. */
  readonly origin: string;
  readonly document: LayerDocument;
}

/** Plain JSON in the form that people write. */
export interface EffectiveDocument {
  readonly rules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly exempt: NonNullable<LayerDocument['exempt']>;
  readonly word_lists: Readonly<Record<string, readonly string[]>>;
  readonly lists: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface EffectiveSettings {
  readonly document: EffectiveDocument;
  /** Path of each value (`rules.no-links.mode`) to the layer that says so: its origin, or `preset/<name>`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Rules that change one of a farther layer that has none of that name. */
  readonly withoutEffect: readonly { readonly origin: string; readonly rule: string }[];
  /** The preset that counts, and the layer that chose it. */
  readonly preset: { readonly name: string; readonly origin: string } | undefined;
}

interface Sourced {
  readonly value: unknown;
  readonly origin: string;
}

/** By name, then by field. */
type Sections = Map<string, Map<string, Sourced>>;

/** Added where there are subscriptions to policy lists, farthest of all: layers may change them like any rule. */
const LIST_RULES: NonNullable<LayerDocument['rules']> = {
  policy_lists: {
    description: 'People, servers and rooms on the policy lists that are trusted to be enforced.',
    when: { policy_list: { trust: 'enforce' } },
    message: 'Your message was not accepted: a policy list that this community follows names you or your server.',
    order: 10,
  },
  policy_lists_flagged: {
    description: 'People, servers and rooms on the policy lists whose matches people look at.',
    when: { policy_list: { trust: 'flag' } },
    action: 'flag',
    order: 11,
  },
};

/** Rules that there are only where there are subscriptions: layers may always speak of them. */
export const LIST_RULE_NAMES: ReadonlySet<string> = new Set(Object.keys(LIST_RULES));

/** From far to near; a nearer layer's word counts. */
export function mergeLayers(written: readonly Layer[]): EffectiveSettings {
  const { layers, preset } = withPreset(written);
  const lists = mergeSections(layers, (document) => document.lists);
  const isSubscribed = [...lists.values()].some((fields) => fields.get('trust')?.value !== 'off');
  const all = isSubscribed && filterNamed('policy_list') !== undefined ? [LIST_LAYER, ...layers] : layers;
  const rules = mergeSections(all, (document) => document.rules);
  const origins = new Map<string, string>(preset === undefined ? [] : [['preset', preset.origin]]);
  const withoutEffect: { origin: string; rule: string }[] = [];
  for (const [rule, fields] of rules) {
    if (fields.has('when')) continue;
    rules.delete(rule);
    for (const origin of new Set([...fields.values()].map((field) => field.origin))) {
      withoutEffect.push({ origin, rule });
    }
  }
  mergeOverrides(layers, lists, origins);
  const document: EffectiveDocument = {
    rules: plainSections('rules', rules, origins),
    exempt: mergeExemptions(all, origins),
    word_lists: mergeWordLists(all, origins),
    lists: plainSections('lists', lists, origins),
  };
  return { document, origins, withoutEffect, preset };
}

const LIST_LAYER: Layer = { origin: 'built-in', document: { rules: LIST_RULES } };

/** The layer that an effective value comes from; paths may lead deeper than origins do. */
export function originOf({ origins }: EffectiveSettings, path: string): string | undefined {
  for (let prefix = path; prefix !== ''; prefix = prefix.replace(/(?:\.[^.[]*|\[[^[]*)$/u, '')) {
    const origin = origins.get(prefix);
    if (origin !== undefined) return origin;
    if (!/[.[]/.test(prefix)) return undefined;
  }
  return undefined;
}

/** Verdicts made under the same settings carry the same fingerprint. */
export function fingerprintOf(document: EffectiveDocument): { readonly fingerprint: string; readonly text: string } {
  const canonical = canonicalSettings(document);
  if (!canonical.ok) throw new Error(`settings have no canonical form: ${canonical.detail}`);
  return { fingerprint: hash('sha256', canonical.text, 'hex').slice(0, 12), text: canonical.text };
}

/** `remoteChecks` are the endpoints that rules may name; `undefined` where any name will do. */
export function compileEffective(
  document: EffectiveDocument,
  fingerprint: string,
  remoteChecks?: PolicyDocument['remoteChecks'],
): CompileResult {
  const policy = {
    rules: new Map<string, unknown>(Object.entries(document.rules)),
    exempt: exemptions.parse(document.exempt),
    wordLists: new Map(Object.entries(document.word_lists)),
    remoteChecks,
  };
  return compilePolicy(policy, fingerprint);
}

/** The rules of the preset stand just before the layer that chose it. */
function withPreset(layers: readonly Layer[]): Pick<EffectiveSettings, 'preset'> & { layers: readonly Layer[] } {
  const index = layers.findLastIndex((layer) => layer.document.preset !== undefined);
  const origin = layers[index]?.origin;
  const preset = presetNamed(layers[index]?.document.preset ?? '');
  if (preset === undefined || origin === undefined) return { layers, preset: undefined };
  const rules: Layer = { origin: `preset/${preset.name}`, document: { rules: { ...preset.rules } } };
  return { layers: layers.toSpliced(index, 0, rules), preset: { name: preset.name, origin } };
}

function mergeSections(
  layers: readonly Layer[],
  sectionOf: (document: LayerDocument) => Readonly<Record<string, object>> | undefined,
): Sections {
  const merged: Sections = new Map();
  for (const { origin, document } of layers) {
    for (const [name, fields] of Object.entries(sectionOf(document) ?? {})) {
      const known = merged.get(name) ?? new Map<string, Sourced>();
      merged.set(name, known);
      for (const [field, value] of Object.entries(fields)) known.set(field, { value, origin });
    }
  }
  return merged;
}

/** Overrides of single rules of lists add up; of the same rule the nearest counts. */
function mergeOverrides(layers: readonly Layer[], lists: Sections, origins: Map<string, string>): void {
  const merged = new Map<string, Map<string, unknown>>();
  for (const { origin, document } of layers) {
    for (const [list, { overrides = {} }] of Object.entries(document.lists ?? {})) {
      const known = merged.get(list) ?? new Map<string, unknown>();
      merged.set(list, known);
      for (const [rule, override] of Object.entries(overrides)) {
        known.set(rule, override);
        origins.set(formatPath(['lists', list, 'overrides', rule]), origin);
      }
    }
  }
  for (const [list, overrides] of merged) {
    const nearest = lists.get(list)?.get('overrides');
    if (nearest !== undefined) {
      lists.get(list)?.set('overrides', { value: Object.fromEntries(overrides), origin: nearest.origin });
    }
  }
}

function plainSections(
  root: string,
  sections: Sections,
  origins: Map<string, string>,
): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    [...sections].map(([name, fields]) => {
      for (const [field, { origin }] of fields) origins.set(formatPath([root, name, field]), origin);
      return [name, Object.fromEntries([...fields].map(([field, { value }]) => [field, value]))];
    }),
  );
}

function mergeWordLists(layers: readonly Layer[], origins: Map<string, string>): EffectiveDocument['word_lists'] {
  const merged = new Map<string, readonly string[]>();
  for (const { origin, document } of layers) {
    for (const [name, words] of Object.entries(document.word_lists ?? {})) {
      merged.set(name, words);
      origins.set(formatPath(['word_lists', name]), origin);
    }
  }
  return Object.fromEntries(merged);
}

/** Users and servers add up; of what is one value the nearest counts. */
function mergeExemptions(layers: readonly Layer[], origins: Map<string, string>): EffectiveDocument['exempt'] {
  const merged: EffectiveDocument['exempt'] = {};
  for (const { origin, document } of layers) {
    const { users, servers, ...single } = document.exempt ?? {};
    for (const [field, globs] of Object.entries({ users, servers })) {
      const known = field === 'users' ? (merged.users ?? []) : (merged.servers ?? []);
      const more = (globs ?? []).filter((glob) => !known.includes(glob));
      for (const [index] of more.entries()) origins.set(formatPath(['exempt', field, known.length + index]), origin);
      if (more.length > 0) Object.assign(merged, { [field]: [...known, ...more] });
    }
    for (const [field, value] of Object.entries(single)) {
      Object.assign(merged, { [field]: value });
      origins.set(formatPath(['exempt', field]), origin);
    }
  }
  return merged;
}
