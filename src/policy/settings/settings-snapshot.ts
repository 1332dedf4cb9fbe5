/** All settings at one moment, never changed: which layers are in force where. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { PolicyDocument } from '../rules/compiled-policy.ts';
import type { Layer } from './effective-settings.ts';
import { roomsOf, type CommunityDocument, type DeclaredCommunity, type LayerDocument } from './layer-document.ts';
import type { SpaceDirectory } from './ports.ts';
import { formatScope, INSTANCE, type Scope } from './scope.ts';

/** What stands in the configuration file and cannot be changed at run time. */
export interface FixedSettings {
  /** Farthest first: what is built in, then what the configuration file says for everybody. */
  readonly layers: readonly Layer[];
  readonly communities: ReadonlyMap<string, DeclaredCommunity>;
  /** Endpoints that rules may name; `undefined` where any name will do. */
  readonly remoteChecks?: PolicyDocument['remoteChecks'];
}

/** A place where settings can be in force: the whole instance, a community, a space or a room of one. */
export interface Site {
  readonly community: string | undefined;
  readonly space: RoomId | undefined;
  readonly room: RoomId | undefined;
}

export class SettingsSnapshot {
  readonly #fixed: FixedSettings;
  readonly #stored: ReadonlyMap<string, LayerDocument | CommunityDocument>;
  readonly #declared: ReadonlyMap<string, LayerDocument>;
  readonly communities: ReadonlyMap<string, CommunityDocument>;
  readonly #communityOfRoom = new Map<string, string>();
  readonly #communityOfSpace = new Map<string, string>();

  constructor(fixed: FixedSettings, stored: ReadonlyMap<string, LayerDocument | CommunityDocument>) {
    this.#fixed = fixed;
    this.#stored = stored;
    this.#declared = declaredLayers(fixed.communities);
    this.communities = new Map([...storedCommunities(stored), ...[...fixed.communities].map(withoutInner)]);
    // Those of the configuration file last, so that their claim to a room counts.
    const claims = [...this.communities].sort(
      ([a], [b]) => Number(fixed.communities.has(a)) - Number(fixed.communities.has(b)),
    );
    for (const [id, { rooms, spaces }] of claims) {
      for (const roomId of rooms ?? []) this.#communityOfRoom.set(roomId, id);
      for (const roomId of spaces ?? []) this.#communityOfSpace.set(roomId, id);
    }
  }

  get remoteChecks(): PolicyDocument['remoteChecks'] {
    return this.#fixed.remoteChecks;
  }

  /** As written; `undefined` where nothing was. */
  document(scope: Scope): LayerDocument | CommunityDocument | undefined {
    if (scope.kind === 'community') return this.communities.get(scope.id);
    const name = formatScope(scope);
    return this.isDeclared(scope) ? this.#declared.get(name) : this.#stored.get(name);
  }

  /** With another document in a scope, or none. */
  with(scope: Scope, document: LayerDocument | CommunityDocument | undefined): SettingsSnapshot {
    const stored = new Map(this.#stored);
    if (document === undefined) stored.delete(formatScope(scope));
    else stored.set(formatScope(scope), document);
    return new SettingsSnapshot(this.#fixed, stored);
  }

  /** Whether the scope belongs to a community of the configuration file. */
  isDeclared(scope: Scope): boolean {
    const community = this.communityOf(scope);
    return community !== undefined && this.#fixed.communities.has(community);
  }

  communityOf(scope: Scope): string | undefined {
    switch (scope.kind) {
      case 'instance':
        return undefined;
      case 'community':
        return scope.id;
      case 'space':
        return this.#communityOfSpace.get(scope.roomId);
      case 'room':
        return this.#communityOfRoom.get(scope.roomId);
    }
  }

  /** Where a room stands now; the community's order decides between spaces that both have it. */
  siteOf(roomId: RoomId, spaces: Pick<SpaceDirectory, 'hasChild'>): Site {
    const community = this.communityOf({ kind: 'room', roomId });
    const space = this.spacesOf(community).find((spaceId) => spaces.hasChild(spaceId, roomId));
    return { community, space, room: roomId };
  }

  spacesOf(community: string | undefined): readonly RoomId[] {
    return community === undefined ? [] : roomsOf(this.communities.get(community)?.spaces);
  }

  siteOfScope(scope: Scope, spaces: Pick<SpaceDirectory, 'hasChild'>): Site {
    const community = this.communityOf(scope);
    if (scope.kind === 'room') return this.siteOf(scope.roomId, spaces);
    return { community, space: scope.kind === 'space' ? scope.roomId : undefined, room: undefined };
  }

  /** From far to near. */
  layersAt({ community, space, room }: Site): readonly Layer[] {
    const scopes: Scope[] = [INSTANCE];
    if (community !== undefined) scopes.push({ kind: 'community', id: community });
    if (space !== undefined) scopes.push({ kind: 'space', roomId: space });
    if (room !== undefined) scopes.push({ kind: 'room', roomId: room });
    const layers = scopes.flatMap((scope): Layer[] => {
      const document = this.document(scope);
      return document === undefined ? [] : [{ origin: formatScope(scope), document }];
    });
    return [...this.#fixed.layers, ...layers];
  }

  hasOwnSettings(roomId: RoomId): boolean {
    return this.document({ kind: 'room', roomId }) !== undefined;
  }

  /** Every place whose settings may differ from those of another. */
  sites(spaces: Pick<SpaceDirectory, 'hasChild'>): readonly Site[] {
    const sites: Site[] = [{ community: undefined, space: undefined, room: undefined }];
    for (const community of this.communities.keys()) {
      sites.push({ community, space: undefined, room: undefined });
      for (const space of this.spacesOf(community)) sites.push({ community, space, room: undefined });
    }
    for (const name of [...this.#stored.keys(), ...this.#declared.keys()]) {
      const [roomId] = name.startsWith('room/') ? roomsOf([name.slice('room/'.length)]) : [];
      if (roomId !== undefined) sites.push(this.siteOf(roomId, spaces));
    }
    return sites;
  }
}

function withoutInner([id, declared]: readonly [string, DeclaredCommunity]): [string, CommunityDocument] {
  const document = { ...declared };
  delete document.space_settings;
  delete document.room_settings;
  return [id, document];
}

function declaredLayers(communities: ReadonlyMap<string, DeclaredCommunity>): ReadonlyMap<string, LayerDocument> {
  const layers = new Map<string, LayerDocument>();
  for (const { space_settings: spaces = {}, room_settings: rooms = {} } of communities.values()) {
    for (const [roomId, layer] of Object.entries(spaces)) layers.set(`space/${roomId}`, layer);
    for (const [roomId, layer] of Object.entries(rooms)) layers.set(`room/${roomId}`, layer);
  }
  return layers;
}

function storedCommunities(
  stored: ReadonlyMap<string, LayerDocument | CommunityDocument>,
): readonly [string, CommunityDocument][] {
  return [...stored].flatMap(([name, document]): [string, CommunityDocument][] =>
    name.startsWith('community/') && 'name' in document ? [[name.slice('community/'.length), document]] : [],
  );
}
