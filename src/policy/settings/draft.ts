/** What would be in force in rooms if a scope had other settings: for trying them before they are saved. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { compileEffective, fingerprintOf, mergeLayers, type Layer } from './effective-settings.ts';
import { readLayer } from './layer-document.ts';
import type { SpaceDirectory } from './ports.ts';
import { formatScope, type Scope } from './scope.ts';
import { formatPath } from '../../config/mistakes.ts';
import type { SettingError } from './setting-error.ts';
import { checkDocument } from './settings-check.ts';
import type { SettingsSnapshot, Site } from './settings-snapshot.ts';

export interface Draft {
  readonly scope: Scope;
  readonly document: unknown;
  /** `replace`: in the place of the scope's settings; `add`: nearer than these, and farther than what is nearer. */
  readonly how: 'replace' | 'add';
}

/** Effective settings as canonical JSON by fingerprint, and which of them each room would have. */
export interface DraftSettings {
  readonly documents: ReadonlyMap<string, string>;
  readonly ofRooms: ReadonlyMap<RoomId, string>;
}

export type DraftOutcome =
  | { readonly ok: true; readonly settings: DraftSettings }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

type Spaces = Pick<SpaceDirectory, 'hasChild'>;

/** For those of the rooms that are in the scope. */
export function draftSettings(
  snapshot: SettingsSnapshot,
  draft: Draft,
  rooms: readonly RoomId[],
  spaces: Spaces,
): DraftOutcome {
  const layersOf = draft.how === 'replace' ? replacing(snapshot, draft, spaces) : adding(snapshot, draft);
  if (!layersOf.ok) return layersOf;
  const documents = new Map<string, string>();
  const ofRooms = new Map<RoomId, string>();
  for (const roomId of rooms) {
    const site = snapshot.siteOf(roomId, spaces);
    if (!isIn(site, draft.scope)) continue;
    const { document } = mergeLayers(layersOf.layers(site));
    const { fingerprint, text } = fingerprintOf(document);
    ofRooms.set(roomId, fingerprint);
    if (documents.has(fingerprint)) continue;
    const compiled = compileEffective(document, fingerprint, snapshot.remoteChecks);
    if (!compiled.ok && draft.how === 'add') return { ok: false, errors: compiled.errors };
    documents.set(fingerprint, text);
  }
  return { ok: true, settings: { documents, ofRooms } };
}

type Layers =
  | { readonly ok: true; readonly layers: (site: Site) => readonly Layer[] }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

function replacing(snapshot: SettingsSnapshot, { scope, document }: Draft, spaces: Spaces): Layers {
  const checked = checkDocument(snapshot, scope, document, spaces);
  return checked.ok ? { ok: true, layers: (site) => checked.next.layersAt(site) } : checked;
}

function adding(snapshot: SettingsSnapshot, { scope, document }: Draft): Layers {
  const read = readLayer(document);
  if (!read.ok) return read;
  const added: Layer = { origin: 'draft', document: read.document };
  const nearer = nearerKinds(scope);
  const layers = (site: Site): readonly Layer[] => {
    const all = snapshot.layersAt(site);
    const index = all.findIndex(({ origin }) => nearer.some((kind) => origin.startsWith(`${kind}/`)));
    return all.toSpliced(index === -1 ? all.length : index, 0, added);
  };
  const dangling = danglingRules(snapshot, scope, layers);
  return dangling.length > 0 ? { ok: false, errors: dangling } : { ok: true, layers };
}

function nearerKinds({ kind }: Scope): readonly string[] {
  const order = ['instance', 'community', 'space', 'room'];
  return order.slice(order.indexOf(kind) + 1);
}

/** Rules of the draft that change one that is not there would go unnoticed. */
function danglingRules(
  snapshot: SettingsSnapshot,
  scope: Scope,
  layers: (site: Site) => readonly Layer[],
): readonly SettingError[] {
  const site = snapshot.siteOfScope(scope, { hasChild: () => false });
  return mergeLayers(layers(site))
    .withoutEffect.filter(({ origin }) => origin === 'draft')
    .map(({ rule }) => ({
      path: formatPath(['rules', rule]),
      message: `has no "when", and ${formatScope(scope)} has no rule of that name to change`,
    }));
}

/** Whether settings of the scope count there. */
export function isIn({ community, space, room }: Site, scope: Scope): boolean {
  switch (scope.kind) {
    case 'instance':
      return true;
    case 'community':
      return community === scope.id;
    case 'space':
      return space === scope.roomId;
    case 'room':
      return room === scope.roomId;
  }
}
