/** The settings of this server: what is in force, every change as a revision, and who may not change what. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { PolicyInForce } from '../judge-event.ts';
import type { ActionFor, NewAction } from '../ports.ts';
import { changesBetween, type DocumentChange } from './document-changes.ts';
import { draftSettings, isIn, type Draft, type DraftOutcome } from './draft.ts';
import { mergeLayers, type EffectiveSettings } from './effective-settings.ts';
import type { CommunityDocument, LayerDocument } from './layer-document.ts';
import { PolicyCache, type PolicyCacheDeps, type SettingsInForce } from './policy-cache.ts';
import type { SettingsRevision, SettingsStore, SpaceDirectory } from './ports.ts';
import { formatScope, type Scope } from './scope.ts';
import type { SettingError } from './setting-error.ts';
import { checkDocument, checkRemoval } from './settings-check.ts';
import { SettingsSnapshot, type FixedSettings } from './settings-snapshot.ts';
import { readStored } from './stored-documents.ts';

export interface SettingsDeps {
  readonly store: SettingsStore;
  readonly spaces: SpaceDirectory;
  readonly fixed: FixedSettings;
  readonly clock: Pick<Clock, 'now'>;
  /** Rules for a time that hold in a room now. */
  readonly temporaryRules?: PolicyCacheDeps['temporaryRules'];
  /** What the log of actions says of a change; stored with it. */
  readonly actionFor?: ActionFor<StoredChange>;
  /** Told of settings that cannot be in force and are left out. */
  readonly onProblem: (errors: readonly SettingError[]) => void;
  /** Told that something could not be stored in the background, or that a space could not be read. */
  readonly onFailure: (error: unknown) => void;
}

export interface StoredChange extends Omit<SettingsRevision, 'document'> {
  readonly community: string | undefined;
  /** How many values are others than before. */
  readonly changes: number;
}

/** Who changes something, and why. */
export interface ChangeInput {
  readonly author: string;
  readonly note: string;
  /** The revision that the change was made from; 0 where there was none. Left out: whatever is there. */
  readonly basedOn?: number | undefined;
  /** Only tells what would come of it. */
  readonly dryRun?: boolean | undefined;
  /** False for those who may not say which rooms and spaces are their community's; they may only give some away. */
  readonly mayClaimRooms?: boolean | undefined;
}

export type ChangeOutcome =
  | {
      readonly ok: true;
      /** The new revision; the old one where nothing changed or nothing was stored. */
      readonly revision: number;
      readonly changes: readonly DocumentChange[];
    }
  | { readonly ok: false; readonly reason: ChangeFailure };

export type ChangeFailure =
  | { readonly type: 'invalid'; readonly errors: readonly SettingError[] }
  /** Somebody else was faster: what is there now has this revision. */
  | { readonly type: 'conflict'; readonly revision: number }
  /** The configuration file says so. */
  | { readonly type: 'readOnly'; readonly community: string }
  /** Rooms and spaces that the author may not take into the community. */
  | { readonly type: 'claim'; readonly rooms: readonly string[] }
  | { readonly type: 'exists' }
  | { readonly type: 'unknown' };

export interface ScopeSettings {
  readonly scope: Scope;
  /** As written; empty where nothing was. */
  readonly document: LayerDocument | CommunityDocument;
  /** 0 where there is none, as for what stands in the configuration file. */
  readonly revision: number;
  readonly last: SettingsRevision | undefined;
  readonly isReadOnly: boolean;
}

const EMPTY: LayerDocument = {};

export class SettingsDirectory {
  readonly #deps: SettingsDeps;
  readonly #last: Map<string, SettingsRevision>;
  readonly #cache: PolicyCache;
  #snapshot: SettingsSnapshot;
  #writing: Promise<unknown> = Promise.resolve();
  readonly #background = new Set<Promise<void>>();
  readonly #listeners: (() => void)[] = [];

  private constructor(deps: SettingsDeps, last: Map<string, SettingsRevision>, snapshot: SettingsSnapshot) {
    this.#deps = deps;
    this.#last = last;
    this.#snapshot = snapshot;
    const { spaces, onProblem, clock, temporaryRules = () => undefined } = deps;
    const onInForce = this.#keepConfiguration.bind(this);
    this.#cache = new PolicyCache(snapshot, { spaces, temporaryRules, now: () => clock.now(), onProblem, onInForce });
  }

  static async open(deps: SettingsDeps): Promise<SettingsDirectory> {
    const last = new Map((await deps.store.latest()).map((revision) => [revision.scope, revision]));
    const { documents, errors } = readStored([...last.values()]);
    if (errors.length > 0) deps.onProblem(errors);
    const snapshot = new SettingsSnapshot(deps.fixed, documents);
    const directory = new SettingsDirectory(deps, last, snapshot);
    await directory.#loadSpaces();
    return directory;
  }

  /** The rules in force in a room now. A change counts from the next call on. */
  policyOf(roomId: RoomId): PolicyInForce {
    return this.#cache.of(roomId);
  }

  /** Temporary rules have begun or ended; counts from the next call of `policyOf` on. */
  temporaryRulesChanged(): void {
    this.#cache.forgetRooms();
  }

  /** The same, with what it was made of. */
  settingsOf(roomId: RoomId): SettingsInForce {
    return this.#cache.of(roomId);
  }

  /** What is in force at a scope, for what is nearer to start from. */
  effectiveAt(scope: Scope): { readonly settings: EffectiveSettings; readonly origins: readonly string[] } {
    const layers = this.#snapshot.layersAt(this.#snapshot.siteOfScope(scope, this.#deps.spaces));
    return { settings: mergeLayers(layers), origins: layers.map((layer) => layer.origin) };
  }

  /** Calls back after every change of settings. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  communities(): ReadonlyMap<string, CommunityDocument> {
    return this.#snapshot.communities;
  }

  /** The community that a room, a space or another scope belongs to. */
  communityOf(scope: Scope): string | undefined {
    return this.#snapshot.communityOf(scope);
  }

  /** `undefined` for communities that do not exist. */
  at(scope: Scope): ScopeSettings | undefined {
    const document = this.#snapshot.document(scope);
    if (document === undefined && scope.kind === 'community') return undefined;
    const isReadOnly = this.#snapshot.isDeclared(scope);
    const last = isReadOnly ? undefined : this.#last.get(formatScope(scope));
    return { scope, document: document ?? EMPTY, revision: last?.revision ?? 0, last, isReadOnly };
  }

  /** Every mistake that saving would find; empty where there is none. */
  check(scope: Scope, value: unknown): readonly SettingError[] {
    const whole = this.#completed(scope, value);
    const checked = checkDocument(this.#snapshot, scope, whole, this.#deps.spaces);
    return checked.ok ? [] : checked.errors;
  }

  /** What would be in force in those of the rooms that are in the scope; nothing is changed. */
  draft(draft: Draft, rooms: readonly RoomId[]): DraftOutcome {
    return draftSettings(this.#snapshot, draft, rooms, this.#deps.spaces);
  }

  /** Those of the rooms in which settings of the scope count. */
  roomsIn(scope: Scope, rooms: readonly RoomId[]): readonly RoomId[] {
    return rooms.filter((roomId) => isIn(this.#snapshot.siteOf(roomId, this.#deps.spaces), scope));
  }

  /** As checks are given them: endpoints that rules may name. */
  get remoteChecks(): FixedSettings['remoteChecks'] {
    return this.#snapshot.remoteChecks;
  }

  async create(community: string, value: unknown, change: ChangeInput): Promise<ChangeOutcome> {
    const scope: Scope = { kind: 'community', id: community };
    return await this.#exclusive(async () => {
      if (this.at(scope) !== undefined) return failed({ type: 'exists' });
      return await this.#save(scope, value, change);
    });
  }

  async save(scope: Scope, value: unknown, change: ChangeInput): Promise<ChangeOutcome> {
    return await this.edit(scope, () => value, change);
  }

  /** Makes the new document from the one that is there, with nobody in between. */
  async edit(
    scope: Scope,
    make: (document: LayerDocument | CommunityDocument) => unknown,
    change: ChangeInput,
  ): Promise<ChangeOutcome> {
    return await this.#exclusive(async () => {
      const current = this.at(scope);
      if (current === undefined) return failed({ type: 'unknown' });
      return await this.#save(scope, make(current.document), change);
    });
  }

  /** Deletes a community; its rooms belong to none then. */
  async remove(community: string, change: ChangeInput): Promise<ChangeOutcome> {
    const scope: Scope = { kind: 'community', id: community };
    return await this.#exclusive(async () => {
      const current = this.at(scope);
      if (current === undefined) return failed({ type: 'unknown' });
      const refusal = this.#refusal(scope, change);
      if (refusal !== undefined) return refusal;
      const checked = checkRemoval(this.#snapshot, scope, this.#deps.spaces);
      if (!checked.ok) return failed({ type: 'invalid', errors: checked.errors });
      const changes = changesBetween(current.document, undefined);
      return await this.#store(scope, null, checked.next, changes, change);
    });
  }

  /** Puts a former document back, as a new revision. */
  async rollback(scope: Scope, revision: number, change: ChangeInput): Promise<ChangeOutcome> {
    const refusal = this.#refusal(scope, { ...change, basedOn: undefined });
    if (refusal !== undefined) return refusal;
    const former = await this.#deps.store.revision(formatScope(scope), revision);
    if (former === undefined || former.document === null) return failed({ type: 'unknown' });
    const value: unknown = JSON.parse(former.document);
    const note = change.note === '' ? `back to revision ${String(revision)}` : change.note;
    // A community that was deleted is there again then.
    return await this.#exclusive(() => this.#save(scope, value, { ...change, note }));
  }

  /** Newest first. */
  async history(scope: Scope, limit: number, before?: number): Promise<readonly SettingsRevision[]> {
    return await this.#deps.store.history(formatScope(scope), limit, before);
  }

  /** What changed from one revision to another; revision 0 is empty. `undefined` where there is no such revision. */
  async compare(scope: Scope, from: number, to: number): Promise<readonly DocumentChange[] | undefined> {
    const [old, now] = await Promise.all([this.#documentOf(scope, from), this.#documentOf(scope, to)]);
    return old === undefined || now === undefined ? undefined : changesBetween(old.value, now.value);
  }

  /** The effective settings that a verdict names, as canonical JSON. */
  async configuration(fingerprint: string): Promise<string | undefined> {
    return await this.#deps.store.configuration(fingerprint);
  }

  /** Resolves when nothing is stored in the background any more. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined);
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  async #documentOf(scope: Scope, revision: number): Promise<{ value: unknown } | undefined> {
    if (revision === 0) return { value: {} };
    const found = await this.#deps.store.revision(formatScope(scope), revision);
    return found === undefined ? undefined : { value: JSON.parse(found.document ?? '{}') };
  }

  async #save(scope: Scope, value: unknown, change: ChangeInput): Promise<ChangeOutcome> {
    const refusal = this.#refusal(scope, change);
    if (refusal !== undefined) return refusal;
    const whole = this.#completed(scope, value);
    const checked = checkDocument(this.#snapshot, scope, whole, this.#deps.spaces);
    if (!checked.ok) return failed({ type: 'invalid', errors: checked.errors });
    const before = this.at(scope)?.document ?? EMPTY;
    const claimed = claimedRooms(before, checked.document);
    if (change.mayClaimRooms === false && claimed.length > 0) return failed({ type: 'claim', rooms: claimed });
    const changes = changesBetween(before, checked.document);
    return await this.#store(scope, JSON.stringify(checked.document), checked.next, changes, change);
  }

  /** What a community is called and which rooms are its own stays where a document does not speak of it. */
  #completed(scope: Scope, value: unknown): unknown {
    const current = scope.kind === 'community' ? this.#snapshot.communities.get(scope.id) : undefined;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (current === undefined || !isObject || 'name' in value) return value;
    const { name, description, rooms, spaces } = current;
    return { name, ...(description === undefined ? {} : { description }), rooms, spaces, ...value };
  }

  #refusal(scope: Scope, { basedOn }: ChangeInput): ChangeOutcome | undefined {
    if (this.#snapshot.isDeclared(scope)) {
      return failed({ type: 'readOnly', community: this.#snapshot.communityOf(scope) ?? '' });
    }
    const revision = this.#last.get(formatScope(scope))?.revision ?? 0;
    return basedOn === undefined || basedOn === revision ? undefined : failed({ type: 'conflict', revision });
  }

  async #store(
    scope: Scope,
    document: string | null,
    next: SettingsSnapshot,
    changes: readonly DocumentChange[],
    { author, note, dryRun }: ChangeInput,
  ): Promise<ChangeOutcome> {
    const name = formatScope(scope);
    const before = this.#last.get(name)?.revision ?? 0;
    if (dryRun === true || changes.length === 0) return { ok: true, revision: before, changes };
    const revision = { scope: name, revision: before + 1, document, author, note, at: this.#deps.clock.now() };
    const { actionFor } = this.#deps;
    const stored = { ...revision, community: next.communityOf(scope), changes: changes.length };
    const entryFor = actionFor === undefined ? undefined : (): NewAction => actionFor(stored);
    if (!(await this.#deps.store.append(revision, entryFor))) return failed({ type: 'conflict', revision: before + 1 });
    this.#last.set(name, revision);
    this.#snapshot = next;
    // What is stored is in force, whatever a space that cannot be read says.
    await this.#loadSpaces().catch(this.#deps.onFailure);
    this.#cache.replace(next);
    for (const listener of this.#listeners) listener();
    return { ok: true, revision: revision.revision, changes };
  }

  async #loadSpaces(): Promise<void> {
    for (const community of this.#snapshot.communities.keys()) {
      for (const spaceId of this.#snapshot.spacesOf(community)) await this.#deps.spaces.load(spaceId);
    }
  }

  async #exclusive(work: () => Promise<ChangeOutcome>): Promise<ChangeOutcome> {
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return await done;
  }

  #keepConfiguration(fingerprint: string, document: string): void {
    const stored = this.#deps.store.putConfiguration(fingerprint, document).catch(this.#deps.onFailure);
    this.#background.add(stored);
    void stored.then(() => this.#background.delete(stored));
  }
}

function failed(reason: ChangeFailure): ChangeOutcome {
  return { ok: false, reason };
}

function claimedRooms(before: LayerDocument | CommunityDocument, after: LayerDocument | CommunityDocument): string[] {
  const known = new Set(roomsAndSpaces(before));
  return roomsAndSpaces(after).filter((roomId) => !known.has(roomId));
}

function roomsAndSpaces(document: LayerDocument | CommunityDocument): readonly string[] {
  return 'name' in document ? [...(document.rooms ?? []), ...(document.spaces ?? [])] : [];
}
