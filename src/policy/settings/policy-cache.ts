/** The rules in force in each room, worked out when a room is first asked about and after each change. */
import { LRUCache } from 'lru-cache';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { PolicyInForce } from '../judge-event.ts';
import type { CompiledPolicy } from '../rules/compiled-policy.ts';
import {
  fingerprintOf,
  mergeLayers,
  type EffectiveDocument,
  type EffectiveSettings,
  type Layer,
} from './effective-settings.ts';
import type { SpaceDirectory } from './ports.ts';
import type { SettingError } from './setting-error.ts';
import type { SettingsSnapshot, Site } from './settings-snapshot.ts';
import { compileUsable } from './usable-policy.ts';

export interface SettingsInForce extends PolicyInForce {
  readonly settings: EffectiveSettings;
}

interface Cached {
  readonly inForce: SettingsInForce;
  /** The spaces of the community as they were when their rooms were looked up. */
  readonly spaces: readonly (readonly [RoomId, unknown])[];
  /** When the first of its temporary rules ends. */
  readonly until: number;
}

/** Rules for a time, nearer than all settings. */
export interface TemporaryRules {
  readonly layer: Layer;
  /** Milliseconds since 1970: when the first of them ends. */
  readonly until: number;
}

export interface PolicyCacheDeps {
  readonly spaces: SpaceDirectory;
  /** Those that hold in a room now; `undefined` where there are none, as nearly always. */
  readonly temporaryRules: (roomId: RoomId, community: string | undefined) => TemporaryRules | undefined;
  readonly now: () => number;
  /** Told of settings that come into force, once for each fingerprint that was not in use. */
  readonly onInForce: (fingerprint: string, document: string) => void;
  /** Told of rules that cannot be in force and are left out: those of an older version, for example. */
  readonly onProblem: (errors: readonly SettingError[]) => void;
}

const MAX_COMPILED = 2_000;
const MAX_ROOMS = 20_000;

export class PolicyCache {
  readonly #deps: PolicyCacheDeps;
  #snapshot: SettingsSnapshot;
  #rooms = new LRUCache<RoomId, Cached>({ max: MAX_ROOMS });
  /** By place, for all rooms without settings of their own. */
  #sites = new LRUCache<string, SettingsInForce>({ max: MAX_COMPILED });
  readonly #compiled = new LRUCache<string, CompiledPolicy>({ max: MAX_COMPILED });

  constructor(snapshot: SettingsSnapshot, deps: PolicyCacheDeps) {
    this.#snapshot = snapshot;
    this.#deps = deps;
  }

  /** From now on, with these settings. What has not changed is not compiled again. */
  replace(snapshot: SettingsSnapshot): void {
    this.#snapshot = snapshot;
    this.#rooms.clear();
    this.#sites.clear();
  }

  of(roomId: RoomId): SettingsInForce {
    const known = this.#rooms.get(roomId);
    if (known !== undefined && this.#isCurrent(known)) return known.inForce;
    const site = this.#snapshot.siteOf(roomId, this.#deps.spaces);
    const spaces = this.#snapshot
      .spacesOf(site.community)
      .map((spaceId): [RoomId, unknown] => [spaceId, this.#deps.spaces.versionOf(spaceId)]);
    const temporary = this.#deps.temporaryRules(roomId, site.community);
    const inForce = this.#at(site, temporary);
    this.#rooms.set(roomId, { inForce, spaces, until: temporary?.until ?? Infinity });
    return inForce;
  }

  /** Rooms are looked up anew: temporary rules have begun or ended. */
  forgetRooms(): void {
    this.#rooms.clear();
  }

  #isCurrent({ spaces, until }: Cached): boolean {
    if (until !== Infinity && until <= this.#deps.now()) return false;
    return spaces.every(([spaceId, version]) => this.#deps.spaces.versionOf(spaceId) === version);
  }

  #at(site: Site, temporary: TemporaryRules | undefined): SettingsInForce {
    const isOwn = site.room !== undefined && this.#snapshot.hasOwnSettings(site.room);
    const place = JSON.stringify([site.community, site.space, isOwn ? site.room : null, temporary?.layer ?? null]);
    const known = this.#sites.get(place);
    if (known !== undefined) return known;
    const settings = mergeLayers([
      ...this.#snapshot.layersAt(site),
      ...(temporary === undefined ? [] : [temporary.layer]),
    ]);
    const inForce = { policy: this.#compile(settings.document), community: site.community, settings };
    this.#sites.set(place, inForce);
    return inForce;
  }

  #compile(document: EffectiveDocument): CompiledPolicy {
    const { fingerprint, text } = fingerprintOf(document);
    const known = this.#compiled.get(fingerprint);
    if (known !== undefined) return known;
    const { policy, errors } = compileUsable(document, fingerprint, this.#snapshot.remoteChecks);
    if (errors.length > 0) this.#deps.onProblem(errors);
    this.#compiled.set(fingerprint, policy);
    this.#deps.onInForce(fingerprint, text);
    return policy;
  }
}
