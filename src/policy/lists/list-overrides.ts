/** What people decide about single rules of a list, in the settings of a scope: added to what farther layers say. */
import { formatPath } from '../../config/mistakes.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { LayerDocument } from '../settings/layer-document.ts';
import { formatScope, type Scope } from '../settings/scope.ts';
import type { ChangeFailure, ChangeInput, SettingsDirectory } from '../settings/settings-directory.ts';
import type { PolicyLists } from './policy-lists.ts';
import type { UnsubscribeOutcome } from './subscribing.ts';
import { subscriptionInForce, type RuleOverride } from './subscription.ts';

export interface ListOverridesDeps {
  readonly settings: Pick<SettingsDirectory, 'edit' | 'effectiveAt'>;
  readonly lists: Pick<PolicyLists, 'rulesOf'>;
}

export interface WantedOverride {
  readonly list: RoomId;
  readonly scope: Scope;
  /** Event id of the rule, or its entity. */
  readonly rule: string;
  /** `undefined` takes away what the scope itself says. */
  readonly override: RuleOverride | undefined;
}

export type OverrideRuleOutcome =
  | Extract<UnsubscribeOutcome, { ok: true }>
  | {
      readonly ok: false;
      /** `notSubscribed`: neither the scope nor what is farther, or the list is switched off. */
      readonly reason: { readonly type: 'notSubscribed' } | { readonly type: 'noSuchRule' } | ChangeFailure;
    };

type Layered = NonNullable<LayerDocument['lists']>;

export class ListOverrides {
  readonly #deps: ListOverridesDeps;

  constructor(deps: ListOverridesDeps) {
    this.#deps = deps;
  }

  async set({ list, scope, rule, override }: WantedOverride, change: ChangeInput): Promise<OverrideRuleOutcome> {
    const { settings, lists } = this.#deps;
    if (override === undefined) return await this.#remove(list, scope, rule, change);
    const inForce = new Map(Object.entries(settings.effectiveAt(scope).settings.document.lists));
    if (subscriptionInForce(inForce.get(list)) === undefined) return { ok: false, reason: { type: 'notSubscribed' } };
    const rules = (await lists.rulesOf(list)) ?? [];
    if (!rules.some(({ eventId, entity }) => eventId === rule || entity === rule)) {
      return { ok: false, reason: { type: 'noSuchRule' } };
    }
    return await settings.edit(
      scope,
      (document) => {
        const known = document.lists?.[list];
        const overrides = Object.fromEntries([...Object.entries(known?.overrides ?? {}), [rule, override]]);
        return { ...document, lists: { ...document.lists, [list]: { ...known, overrides } } };
      },
      change,
    );
  }

  async #remove(list: RoomId, scope: Scope, rule: string, change: ChangeInput): Promise<OverrideRuleOutcome> {
    const isSubscribedFarther = this.#saysSomethingFarther(list, scope);
    return await this.#deps.settings.edit(
      scope,
      (document) => {
        const { lists, ...rest } = document;
        const known = lists?.[list];
        if (lists === undefined || known === undefined) return document;
        const { overrides = {}, ...subscription } = known;
        const left = Object.entries(overrides).filter(([name]) => name !== rule);
        const changed = left.length === 0 ? subscription : { ...subscription, overrides: Object.fromEntries(left) };
        // Where it stands for itself, an empty subscription is one, with all defaults.
        if (Object.keys(changed).length > 0 || !isSubscribedFarther) {
          return { ...rest, lists: { ...lists, [list]: changed } };
        }
        const others = without(lists, list);
        return Object.keys(others).length === 0 ? rest : { ...rest, lists: others };
      },
      change,
    );
  }

  #saysSomethingFarther(list: RoomId, scope: Scope): boolean {
    const path = `${formatPath(['lists', list])}.`;
    const { origins } = this.#deps.settings.effectiveAt(scope).settings;
    return [...origins].some(([at, origin]) => at.startsWith(path) && origin !== formatScope(scope));
  }
}

function without(lists: Layered, list: RoomId): Layered {
  return Object.fromEntries(Object.entries(lists).filter(([roomId]) => roomId !== list));
}
