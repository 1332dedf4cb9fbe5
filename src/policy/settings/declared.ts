/** What the configuration file says of rules: the farthest layers, and communities that are read-only at run time. */
import { formatPath } from '../../config/mistakes.ts';
import { remoteKinds, type RemoteCheckConfig } from '../../config/remote-checks.ts';
import { rulesOfFilters, type FilterSettings } from '../filters/configured.ts';
import type { Layer } from './effective-settings.ts';
import type { DeclaredCommunity, LayerDocument } from './layer-document.ts';
import { parseScope } from './scope.ts';
import type { SettingError } from './setting-error.ts';
import { checkEverything } from './settings-check.ts';
import { SettingsSnapshot, type FixedSettings } from './settings-snapshot.ts';

/** The keys of the configuration that are about rules. */
export interface DeclaredSettings {
  readonly filters: FilterSettings;
  readonly policy: LayerDocument;
  readonly communities: Readonly<Record<string, DeclaredCommunity>>;
  /** Left out: rules may name any. */
  readonly remote_checks?: Readonly<Record<string, RemoteCheckConfig>>;
}

export function fixedSettings(declared: DeclaredSettings): FixedSettings {
  const { filters, policy, communities } = declared;
  const builtIn: Layer = { origin: 'built-in', document: { rules: Object.fromEntries(rulesOfFilters(filters)) } };
  return {
    layers: [builtIn, { origin: 'configuration', document: policy }],
    communities: new Map(Object.entries(communities)),
    remoteChecks: declared.remote_checks && remoteKinds(declared.remote_checks),
  };
}

/** What no single key can know: rooms in two communities, rules that change none, conditions that cannot be read. */
export function declaredErrors(declared: DeclaredSettings): readonly SettingError[] {
  const snapshot = new SettingsSnapshot(fixedSettings(declared), new Map());
  const placeOf = (origin: string): string | undefined => {
    const scope = parseScope(origin);
    if (scope === undefined) return origin === 'configuration' ? 'policy' : undefined;
    const community = snapshot.communityOf(scope);
    if (scope.kind === 'instance' || community === undefined) return undefined;
    if (scope.kind === 'community') return formatPath(['communities', community]);
    return formatPath(['communities', community, `${scope.kind}_settings`, scope.roomId]);
  };
  return [...claimErrors(declared), ...checkEverything(snapshot, { hasChild: () => false }, placeOf)];
}

function claimErrors({ communities }: DeclaredSettings): readonly SettingError[] {
  const errors: SettingError[] = [];
  for (const [field, settings] of [
    ['rooms', 'room_settings'],
    ['spaces', 'space_settings'],
  ] as const) {
    const owners = new Map<string, string>();
    for (const [id, community] of Object.entries(communities)) {
      for (const [index, roomId] of (community[field] ?? []).entries()) {
        const owner = owners.get(roomId);
        owners.set(roomId, owner ?? id);
        if (owner === undefined || owner === id) continue;
        const message = `${roomId} belongs to the community "${owner}" already`;
        errors.push({ path: formatPath(['communities', id, field, index]), message });
      }
      for (const roomId of Object.keys(community[settings] ?? {})) {
        if (community[field]?.includes(roomId) === true) continue;
        const message = `is not among the ${field} of this community`;
        errors.push({ path: formatPath(['communities', id, settings, roomId]), message });
      }
    }
  }
  return errors;
}
