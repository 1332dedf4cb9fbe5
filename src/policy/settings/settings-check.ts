/** Whether settings can be in force: everything that they would change is merged and compiled before they are saved. */
import { nearestWord } from '../../config/nearest.ts';
import { formatPath } from '../../config/mistakes.ts';
import { presetNamed } from '../presets/registry.ts';
import {
  compileEffective,
  fingerprintOf,
  LIST_RULE_NAMES,
  mergeLayers,
  originOf,
  type Layer,
} from './effective-settings.ts';
import { readCondition } from '../rules/condition.ts';
import { RULE_NAME } from '../rules/rule-document.ts';
import {
  readCommunity,
  readLayer,
  type CommunityDocument,
  type LayerDocument,
  type ReadDocument,
  type RulePart,
} from './layer-document.ts';
import type { SpaceDirectory } from './ports.ts';
import { formatScope, type Scope } from './scope.ts';
import type { SettingError } from './setting-error.ts';
import type { SettingsSnapshot, Site } from './settings-snapshot.ts';

export type CheckedDocument =
  | { readonly ok: true; readonly document: LayerDocument | CommunityDocument; readonly next: SettingsSnapshot }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

export type CheckedRemoval =
  | { readonly ok: true; readonly next: SettingsSnapshot }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

type Spaces = Pick<SpaceDirectory, 'hasChild'>;

/** All mistakes at once: of the document itself, and of what would come of it. */
export function checkDocument(
  snapshot: SettingsSnapshot,
  scope: Scope,
  value: unknown,
  spaces: Spaces,
): CheckedDocument {
  const read: ReadDocument<LayerDocument | CommunityDocument> =
    scope.kind === 'community' ? readCommunity(value) : readLayer(value);
  if (!read.ok) return { ok: false, errors: [...read.errors, ...otherErrors(snapshot, scope, value, spaces)] };
  const { document } = read;
  const next = snapshot.with(scope, document);
  const errors = [
    ...claimErrors(snapshot, scope, document),
    ...danglingErrors(next.layersAt(next.siteOfScope(scope, spaces)), formatScope(scope)),
    ...compileErrors(next, affectedSites(snapshot, next, scope, spaces), (origin) =>
      origin === formatScope(scope) ? '' : undefined,
    ),
  ];
  return errors.length > 0 ? { ok: false, errors } : { ok: true, document, next };
}

/** What can be said of a document that cannot be read for mistakes of its form. */
function otherErrors(
  snapshot: SettingsSnapshot,
  scope: Scope,
  value: unknown,
  spaces: Spaces,
): readonly SettingError[] {
  return [
    ...claimErrors(snapshot, scope, { rooms: textsIn(value, 'rooms'), spaces: textsIn(value, 'spaces') }),
    ...danglingIn(snapshot, scope, value, spaces),
    ...conditionErrors(snapshot, scope, value, spaces),
  ];
}

/** Of the rules in such a document, those that change one which is not there. */
function danglingIn(snapshot: SettingsSnapshot, scope: Scope, value: unknown, spaces: Spaces): readonly SettingError[] {
  const origin = formatScope(scope);
  const farther = snapshot.layersAt(snapshot.siteOfScope(scope, spaces)).filter((layer) => layer.origin !== origin);
  const rules = Object.entries(fieldsIn(value, 'rules')).flatMap(([name, rule]): [string, RulePart][] =>
    RULE_NAME.test(name) && typeof rule === 'object' && rule !== null
      ? [[name, 'when' in rule ? { when: rule.when } : { mode: 'off' }]]
      : [],
  );
  const read = readLayer({ ...presetIn(value), rules: Object.fromEntries(rules) });
  // Which rules there are to change cannot be said where the preset's name is wrong.
  return read.ok ? danglingErrors([...farther, { origin, document: read.document }], origin) : [];
}

function presetIn(value: unknown): object {
  return typeof value === 'object' && value !== null && 'preset' in value ? { preset: value.preset } : {};
}

/** Mistakes in conditions, of a document that cannot be read for other mistakes. */
function conditionErrors(
  snapshot: SettingsSnapshot,
  scope: Scope,
  value: unknown,
  spaces: Spaces,
): readonly SettingError[] {
  const farther = mergeLayers(snapshot.layersAt(snapshot.siteOfScope(scope, spaces))).document.word_lists;
  const lists = { ...farther, ...fieldsIn(value, 'word_lists') };
  const wordLists = new Map(Object.keys(lists).map((name): [string, readonly string[]] => [name, []]));
  const context = { wordLists, remoteChecks: snapshot.remoteChecks };
  return Object.entries(fieldsIn(value, 'rules')).flatMap(([name, rule]) => {
    if (typeof rule !== 'object' || rule === null || !('when' in rule)) return [];
    const condition = readCondition(rule.when, ['rules', name, 'when'], context);
    return condition.ok ? [] : condition.errors;
  });
}

function fieldsIn(value: unknown, key: 'rules' | 'word_lists'): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  const inner: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...inner } : {};
}

function textsIn(value: unknown, key: 'rooms' | 'spaces'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  // What is no text keeps its place.
  return Array.isArray(inner) ? inner.map((item: unknown) => (typeof item === 'string' ? item : '')) : [];
}

/** What could no longer be in force without a community. */
export function checkRemoval(snapshot: SettingsSnapshot, scope: Scope, spaces: Spaces): CheckedRemoval {
  const next = snapshot.with(scope, undefined);
  const errors = compileErrors(next, affectedSites(snapshot, next, scope, spaces), () => undefined);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, next };
}

/** Of all settings together; `placeOf` says where the values of a layer stand. */
export function checkEverything(
  snapshot: SettingsSnapshot,
  spaces: Spaces,
  placeOf: (origin: string) => string | undefined,
): readonly SettingError[] {
  const sites = snapshot.sites(spaces);
  const dangling = sites.flatMap((site) => {
    const layers = snapshot.layersAt(site);
    return danglingErrors(layers, layers.at(-1)?.origin ?? '').map(({ path, message }) => ({
      path: joined(placeOf(layers.at(-1)?.origin ?? '') ?? '', path),
      message,
    }));
  });
  return [...dangling, ...compileErrors(snapshot, sites, placeOf)];
}

/** A room belongs to one community at most, and so does a space. */
function claimErrors(
  snapshot: SettingsSnapshot,
  scope: Scope,
  claimed: LayerDocument | Pick<CommunityDocument, 'rooms' | 'spaces'>,
): readonly SettingError[] {
  if (scope.kind === 'space' && snapshot.communityOf(scope) === undefined) {
    return [{ path: '', message: `no community lists the space ${scope.roomId}: add it to one first` }];
  }
  if (scope.kind !== 'community' || !('rooms' in claimed || 'spaces' in claimed)) return [];
  const errors: SettingError[] = [];
  for (const [id, other] of snapshot.communities) {
    if (id === scope.id) continue;
    for (const field of ['rooms', 'spaces'] as const) {
      const taken = new Set(other[field]);
      for (const [index, roomId] of (claimed[field] ?? []).entries()) {
        if (!taken.has(roomId)) continue;
        const message = `${roomId} belongs to the community "${id}" already: remove it there first`;
        errors.push({ path: formatPath([field, index]), message });
      }
    }
  }
  return errors;
}

/** Rules of a layer that change one which is not there. */
function danglingErrors(layers: readonly Layer[], origin: string): readonly SettingError[] {
  const { withoutEffect, document } = mergeLayers(layers);
  const errors: SettingError[] = [];
  for (const { origin: from, rule } of withoutEffect) {
    if (from !== origin || LIST_RULE_NAMES.has(rule)) continue;
    const near = nearestWord(rule, Object.keys(document.rules));
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    const message = `has no condition (\`when\`), and there is no rule of this name to change${hint}`;
    errors.push({ path: formatPath(['rules', rule]), message });
  }
  return errors;
}

function affectedSites(
  before: SettingsSnapshot,
  after: SettingsSnapshot,
  scope: Scope,
  spaces: Spaces,
): readonly Site[] {
  const own = after.siteOfScope(scope, spaces);
  const others = after.sites(spaces).filter((site) => {
    switch (scope.kind) {
      case 'instance':
        return true;
      case 'community': {
        const was = site.room === undefined ? undefined : before.communityOf({ kind: 'room', roomId: site.room });
        return site.community === scope.id || was === scope.id;
      }
      case 'space':
        return site.space === scope.roomId;
      case 'room':
        return false;
    }
  });
  return [own, ...others];
}

/** Mistakes whose place is known have their path; those of other layers are said in words. */
function compileErrors(
  snapshot: SettingsSnapshot,
  sites: readonly Site[],
  placeOf: (origin: string) => string | undefined,
): readonly SettingError[] {
  const errors = new Map<string, SettingError>();
  const seen = new Set<string>();
  for (const site of sites) {
    const effective = mergeLayers(snapshot.layersAt(site));
    const { fingerprint } = fingerprintOf(effective.document);
    if (seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    const compiled = compileEffective(effective.document, fingerprint, snapshot.remoteChecks);
    for (const { path, message } of compiled.ok ? [] : compiled.errors) {
      const origin = originOf(effective, path) ?? 'built-in';
      const place = placeOf(origin);
      const error =
        place === undefined
          ? { path: '', message: `in ${describeOrigin(origin)}, ${path}: ${message}` }
          : { path: joined(place, path), message };
      errors.set(`${error.path} ${error.message}`, error);
    }
  }
  return [...errors.values()];
}

function joined(place: string, path: string): string {
  return place === '' || path === '' ? `${place}${path}` : `${place}${path.startsWith('[') ? '' : '.'}${path}`;
}

function describeOrigin(origin: string): string {
  const preset = origin.startsWith('preset/') ? presetNamed(origin.slice('preset/'.length)) : undefined;
  return preset === undefined ? origin : `the preset "${preset.name}"`;
}
