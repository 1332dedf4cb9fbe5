/** Begin and end subscriptions: joins the list's room, and changes the settings of a scope. */
import type { RoomAlias } from '../../protocol/ids/room-alias.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { PersonAnswer } from '../answers.ts';
import { isRegular } from '../regulars.ts';
import type { DocumentChange } from '../settings/document-changes.ts';
import type { Scope } from '../settings/scope.ts';
import type { ChangeFailure, ChangeInput, SettingsDirectory } from '../settings/settings-directory.ts';
import type { ListRoomLimit } from './list-room-limit.ts';
import type { ListPreview, PolicyLists, RulePreview } from './policy-lists.ts';
import { changedSubscription } from './subscription.ts';

/** Structurally what `rooms/` answers. */
export type JoinResult =
  | { readonly type: 'joined' | 'alreadyJoined'; readonly roomId: RoomId }
  | { readonly type: 'failed'; readonly attempts: readonly { readonly server: ServerName; readonly reason: string }[] };

export interface SubscribingDeps {
  readonly settings: Pick<SettingsDirectory, 'edit' | 'communityOf' | 'effectiveAt'>;
  readonly lists: Pick<PolicyLists, 'preview' | 'roomsOf'>;
  readonly join: (target: RoomId | RoomAlias, via: readonly ServerName[]) => Promise<JoinResult>;
  readonly limit: ListRoomLimit;
  /** Who somebody is in a room and its community. */
  readonly about: (userId: UserId, roomId: RoomId) => PersonAnswer | Promise<PersonAnswer>;
  readonly now: () => number;
}

export interface ListTarget {
  readonly target: RoomId | RoomAlias;
  readonly via: readonly ServerName[];
  /** The community that asks; `undefined`: the owner of the server. */
  readonly community?: string | undefined;
}

export interface Preview extends ListPreview {
  readonly list: RoomId;
  /** How many rooms were looked at. */
  readonly rooms: number;
  /** Of so many people as are shown: messages in the community that were signed, and whether they are no newcomers. */
  readonly histories: ReadonlyMap<UserId, PersonHistory>;
}

export interface PersonHistory {
  readonly messages: number;
  readonly isRegular: boolean;
}

export type PreviewOutcome =
  | ({ readonly ok: true } & Preview)
  | { readonly ok: false; readonly reason: Extract<ListFailure, { type: 'notJoined' | 'tooManyLists' }> };

export type ListFailure =
  | { readonly type: 'notJoined'; readonly attempts: Extract<JoinResult, { type: 'failed' }>['attempts'] }
  /** The community has the bot in as many rooms of lists as the owner allows. */
  | { readonly type: 'tooManyLists'; readonly max: number }
  | ChangeFailure;

export type SubscribeOutcome =
  | ({ readonly ok: true; readonly revision: number; readonly changes: readonly DocumentChange[] } & Preview)
  | { readonly ok: false; readonly reason: ListFailure };

export type UnsubscribeOutcome =
  | {
      readonly ok: true;
      readonly revision: number;
      /** Empty where there was no such subscription. */
      readonly changes: readonly DocumentChange[];
    }
  | { readonly ok: false; readonly reason: ChangeFailure };

/** People whose history is looked up. */
const PEOPLE = 1_000;

const EMPTY: ListPreview = { rules: [], matching: 0, waiting: 0, people: 0, moderators: 0, leftOut: 0 };

export class ListSubscribing {
  readonly #deps: SubscribingDeps;

  constructor(deps: SubscribingDeps) {
    this.#deps = deps;
  }

  /** Joins the list's room where the bot is not in it; whether anybody subscribes is another matter. */
  async preview(
    { target, via, community }: ListTarget,
    scope: Scope,
    changes: Readonly<Record<string, unknown>> = {},
  ): Promise<PreviewOutcome> {
    const { limit, join } = this.#deps;
    if (!limit.allows(community, target)) return { ok: false, reason: { type: 'tooManyLists', max: limit.max } };
    const joined = await limit.join(community, () => join(target, via));
    if (joined.type === 'failed') return { ok: false, reason: { type: 'notJoined', attempts: joined.attempts } };
    const roomIds = this.roomsAt(scope);
    const preview = (await this.#deps.lists.preview(joined.roomId, roomIds, changes)) ?? EMPTY;
    const histories = await this.#historiesOf(preview.rules);
    return { ok: true, list: joined.roomId, rooms: roomIds.length, ...preview, histories };
  }

  async #historiesOf(rules: readonly RulePreview[]): Promise<ReadonlyMap<UserId, PersonHistory>> {
    const rooms = new Map(rules.flatMap(({ listed }) => listed.map((one) => [one.userId, one.rooms[0]] as const)));
    const histories = new Map<UserId, PersonHistory>();
    for (const [userId, roomId] of [...rooms].slice(0, PEOPLE)) {
      if (roomId === undefined) continue;
      const person = await this.#deps.about(userId, roomId);
      const { messagesInCommunity: messages } = person;
      histories.set(userId, { messages, isRegular: isRegular(person, this.#deps.now()) });
    }
    return histories;
  }

  /** Of a subscription that is there already what is not given stays. With `dryRun`, too, the bot joins: without the rules nobody can say what would come of it. */
  async subscribe(
    where: ListTarget,
    scope: Scope,
    subscription: Readonly<Record<string, unknown>>,
    change: ChangeInput,
  ): Promise<SubscribeOutcome> {
    // The bot joins no room for a scope that cannot be changed.
    const possible = await this.#deps.settings.edit(scope, (document) => document, { ...change, dryRun: true });
    if (!possible.ok) return possible;
    const preview = await this.preview(where, scope, subscription);
    if (!preview.ok) return preview;
    const saved = await this.#deps.settings.edit(
      scope,
      (document) => {
        const written = document.lists?.[preview.list];
        const inherited = 'exempt' in subscription ? this.#exemptAt(scope, preview.list) : {};
        const changed = changedSubscription({ ...inherited, ...written }, subscription);
        return { ...document, lists: { ...document.lists, [preview.list]: changed } };
      },
      change,
    );
    return saved.ok ? { ...preview, revision: saved.revision, changes: saved.changes } : saved;
  }

  /** The section of a nearer layer stands in the place of that of farther ones: whom these exempt stays exempt. */
  #exemptAt(scope: Scope, list: RoomId): Readonly<Record<string, unknown>> {
    const { lists } = this.#deps.settings.effectiveAt(scope).settings.document;
    const { exempt } = new Map(Object.entries(lists)).get(list) ?? {};
    return exempt === undefined ? {} : { exempt };
  }

  /** The bot stays in the list's room: others may use it. */
  async unsubscribe(list: RoomId, scope: Scope, change: ChangeInput): Promise<UnsubscribeOutcome> {
    return await this.#deps.settings.edit(
      scope,
      ({ lists, ...rest }) => {
        const left = Object.entries(lists ?? {}).filter(([roomId]) => roomId !== list);
        return left.length === 0 ? rest : { ...rest, lists: Object.fromEntries(left) };
      },
      change,
    );
  }

  roomsAt(scope: Scope): readonly RoomId[] {
    return scope.kind === 'room' ? [scope.roomId] : this.#deps.lists.roomsOf(this.communityAt(scope));
  }

  /** The community, or the room without one, whose decisions about rules count at a scope; `undefined`: all of them. */
  communityAt(scope: Scope): string | undefined {
    if (scope.kind === 'room') return this.#deps.settings.communityOf(scope) ?? scope.roomId;
    return this.#deps.settings.communityOf(scope);
  }
}
