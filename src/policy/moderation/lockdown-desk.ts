/** How moderators begin and end lockdowns: in force for the next event, and in the log of actions. */
import type { Clock } from '../../telemetry/clock.ts';
import type { NewAction } from '../ports.ts';
import { parseScope } from '../settings/scope.ts';
import type { SettingsDirectory } from '../settings/settings-directory.ts';
import type { Lockdowns } from './lockdowns.ts';
import type { Lockdown } from './ports.ts';

export interface LockdownDeskDeps {
  readonly lockdowns: Lockdowns;
  readonly settings: Pick<SettingsDirectory, 'temporaryRulesChanged' | 'communityOf'>;
  readonly clock: Pick<Clock, 'now'>;
}

export type WantedLockdown = Omit<Lockdown, 'id' | 'begunAt'>;

export class LockdownDesk {
  readonly #deps: LockdownDeskDeps;

  constructor(deps: LockdownDeskDeps) {
    this.#deps = deps;
  }

  /** Those that hold, oldest first; all of them, or those of one community and its rooms. */
  list(community: string | undefined): readonly Lockdown[] {
    const { lockdowns, clock } = this.#deps;
    const all = lockdowns.all(clock.now());
    return community === undefined ? all : all.filter(({ scope }) => this.communityOf(scope) === community);
  }

  communityOf(scope: string): string | undefined {
    const parsed = parseScope(scope);
    return parsed === undefined ? undefined : this.#deps.settings.communityOf(parsed);
  }

  /** Those in the place of which a lockdown would be: of the same scope, mode and people. */
  replacedBy(wanted: WantedLockdown): readonly number[] {
    const same = this.#deps.lockdowns
      .all(this.#deps.clock.now())
      .filter(({ scope, mode, who }) => scope === wanted.scope && mode === wanted.mode && who === wanted.who);
    return same.map(({ id }) => id);
  }

  /** In the place of others: see `replacedBy`. */
  async begin(wanted: WantedLockdown): Promise<Lockdown> {
    const { lockdowns, settings, clock } = this.#deps;
    const begun = await lockdowns.begin({ ...wanted, begunAt: clock.now() }, this.replacedBy(wanted), (added) =>
      this.#actionFor('begin', added, wanted.by, wanted.note),
    );
    settings.temporaryRulesChanged();
    return begun;
  }

  /** Ends those that hold among the given ones before their time. */
  async end(given: readonly Lockdown[], actor: string, note: string): Promise<readonly Lockdown[]> {
    const { lockdowns, settings, clock } = this.#deps;
    const ended: Lockdown[] = [];
    for (const lockdown of given) {
      const actionFor = (): NewAction => this.#actionFor('end', lockdown, actor, note);
      if (!(await lockdowns.end(lockdown.id, clock.now(), actionFor))) continue;
      settings.temporaryRulesChanged();
      ended.push(lockdown);
    }
    return ended;
  }

  #actionFor(what: 'begin' | 'end', lockdown: Lockdown, actor: string, note: string): NewAction {
    const { id, scope, mode, who, intervalMs, until } = lockdown;
    return {
      at: this.#deps.clock.now(),
      ...{ actor, note, community: this.communityOf(scope), action: `lockdown.${what}`, target: scope },
      details: { id, mode, who, until, interval_ms: intervalMs },
    };
  }
}
